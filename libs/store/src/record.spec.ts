import { type Agent, type Desktop, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { decodeRecord, encodeRecord } from './record';

const key = { peripheralId: 5000, agentId: '1001' };
const desktop: Desktop = { connection: 'srv-1:c1', desktopId: 'desk-1', side: 'primary', serverId: 'srv-1' };
const present: Agent = {
  ...unseenAgent(key),
  epoch: 7,
  desktops: { [desktop.connection]: desktop },
  hadDesktop: true,
  phase: { name: 'present', restore: null },
};

describe('the text of a record', () => {
  it('is short, and readable with redis-cli', () => {
    expect(encodeRecord(present, 'k3f9a2bq')).toBe(
      'k3f9a2bq|{"e":7,"had":1,"on":[["~:c1","desk-1","p","srv-1"]],"present":0}',
    );
  });

  it('leaves out what is false, zero, unknown, or the same as the epoch', () => {
    const loss = aLoss({ epoch: 8, lostAt: 1000, desktop });
    const grace: Agent = { ...unseenAgent(key), epoch: 8, phase: { name: 'grace', loss, dueAt: 61_000 } };
    expect(encodeRecord(grace, 'k3f9a2bq')).toBe(
      'k3f9a2bq|{"e":8,"grace":{"due":61000,"loss":{"why":"lost","at":1000,"was":["~:c1","desk-1","p","srv-1"],"do":[60000,"logout",255]}}}',
    );
  });

  it.each([
    ['no phase', 'k3f9a2bq|{"e":7}'],
    ['two phases', 'k3f9a2bq|{"e":7,"present":0,"settled":["returned",1]}'],
    ['a field that nobody knows', 'k3f9a2bq|{"e":7,"present":0,"x":1}'],
    ['a value of a wrong kind', 'k3f9a2bq|{"e":"7","present":0}'],
    ['no version', '{"e":7,"present":0}'],
    ['something else', 'hello'],
  ])('is refused with the key in the error when it has %s', (_, text) => {
    expect(() => decodeRecord(key, '{5000}:agent:1001', text)).toThrow(
      expect.objectContaining({
        code: 'RECORD_UNREADABLE',
        subject: '{5000}:agent:1001',
        retriable: false,
        message: expect.stringContaining('{5000}:agent:1001') as string,
      }) as Error,
    );
  });
});
