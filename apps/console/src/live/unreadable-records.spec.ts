import { StoreError } from '#store/store-error';
import { metMsMax, namedMax, UnreadableRecords } from './unreadable-records';

function setUp() {
  const state = { nowMs: 0, logged: 0 };
  const log = { error: () => (state.logged += 1) };
  const records = new UnreadableRecords(() => state.nowMs, log);
  const meet = (agentId: string): void => {
    records.add(new StoreError('RECORD_UNREADABLE', `{5000}:agent:${agentId}`));
  };
  return { records, state, meet };
}

describe('records that cannot be read', () => {
  it('are named with their key, and logged once while they are met', () => {
    const { records, state, meet } = setUp();
    meet('1001');
    state.nowMs += metMsMax;
    meet('1001');
    expect(records.sentences).toEqual([expect.stringContaining('{5000}:agent:1001')]);
    expect(state.logged).toBe(1);
  });

  it('are forgotten when they are not met any more', () => {
    const { records, state, meet } = setUp();
    meet('1001');
    state.nowMs += metMsMax + 1;
    expect(records.sentences).toEqual([]);
    meet('1001');
    expect(state.logged).toBe(2);
  });

  it('are counted beyond those that are named', () => {
    const { records, meet } = setUp();
    for (let n = 0; n < namedMax + 2; n++) meet(String(1_001 + n));
    expect(records.sentences).toHaveLength(namedMax + 1);
    expect(records.sentences.at(-1)).toBe('The records of 2 more agents cannot be read.');
  });
});
