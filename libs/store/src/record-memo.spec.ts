import { unseenAgent } from '#domain/agent';
import { encodeRecord } from './record';
import { RecordMemo } from './record-memo';

const key = { peripheralId: 5000, agentId: '1001' };
const agent = { ...unseenAgent(key), epoch: 3 };

const unreadable = expect.objectContaining({ code: 'RECORD_UNREADABLE' }) as Error;

describe('what is remembered of records', () => {
  it('answers the committed agent itself for the same text, and reads any other text anew', () => {
    const memo = new RecordMemo();
    memo.remember(agent, encodeRecord(agent, 'aaaaaaaa'));
    const same = memo.read(key, 'k', encodeRecord(agent, 'aaaaaaaa'));
    expect(same).toEqual({ agent, version: 'aaaaaaaa' });
    expect(same.agent).toBe(agent);
    const newer = { ...agent, epoch: 4 };
    expect(memo.read(key, 'k', encodeRecord(newer, 'aaaaaaaa'))).toEqual({ agent: newer, version: 'aaaaaaaa' });
    expect(memo.read(key, 'k', encodeRecord(agent, 'bbbbbbbb')).version).toBe('bbbbbbbb');
  });

  it('does not remember what it cannot read', () => {
    const memo = new RecordMemo();
    expect(() => memo.read(key, 'k', 'rubbish')).toThrow(unreadable);
    expect(() => memo.read(key, 'k', 'rubbish')).toThrow(unreadable);
  });

  it('forgets the agent it has not met for longest', () => {
    const memo = new RecordMemo(2);
    const [first, second, third] = ['1', '2', '3'].map((agentId) => unseenAgent({ peripheralId: 5000, agentId }));
    for (const one of [first, second]) memo.remember(one!, encodeRecord(one!, 'aaaaaaaa'));
    memo.remember(first!, encodeRecord(first!, 'bbbbbbbb'));
    memo.remember(third!, encodeRecord(third!, 'aaaaaaaa'));
    expect(memo.read(first!.key, 'k', encodeRecord(first!, 'bbbbbbbb')).agent).toBe(first);
    expect(memo.read(second!.key, 'k', encodeRecord(second!, 'aaaaaaaa')).agent).not.toBe(second);
  });
});
