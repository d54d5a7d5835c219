import { unseenAgent } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { describeAgentStore } from './contract.spec-support';
import { MemoryStore } from './memory-store';

describeAgentStore('in memory', () => {
  let now = 1_700_000_000_000;
  let isReady = true;
  let pace: Pace = { perMinuteMax: 1_000, perSecondMax: null };
  const issuingPerSecondMax = 3;
  const store = new MemoryStore({
    now: () => now,
    issuingPerSecondMax,
    paceOf: () => pace,
    refuseIssuing: () => (isReady ? null : 'generation'),
  });
  return Promise.resolve({
    store,
    issuingPerSecondMax,
    lines: () => Promise.resolve(store.lines),
    setGenerationReady: (ready) => {
      isReady = ready;
      return Promise.resolve();
    },
    quietSecond: () => {
      now += 1_001;
      return Promise.resolve();
    },
    setPace: (given) => {
      pace = given;
    },
  });
});

describe('a restored backup in memory', () => {
  it('has the old content, and never a version that was used since', async () => {
    const store = new MemoryStore({ now: () => 5 });
    const before = unseenAgent({ peripheralId: 5000, agentId: '1001' });
    const commit = (epoch: number, expectedVersion: string) =>
      store.commit({ before, agent: { ...before, epoch }, expectedVersion, entries: [], issuing: null });
    await commit(1, '');
    const backup = store.snapshot();
    const first = await store.load(before.key);
    await commit(2, first.version);
    const lost = await store.load(before.key);
    store.restore(backup);
    expect(await store.load(before.key)).toEqual(first);
    expect(await commit(3, first.version)).toBe('committed');
    expect(await commit(4, lost.version)).toBe('conflict');
  });

  it('says replicas for a commit that was written but may be lost', async () => {
    const store = new MemoryStore({ now: () => 5, refuseIssuing: () => 'replicas' });
    const before = unseenAgent({ peripheralId: 5000, agentId: '1001' });
    const agent = { ...before, epoch: 1 };
    const answer = await store.commit({ before, agent, expectedVersion: '', entries: [], issuing: { notBefore: 0 } });
    expect(answer).toBe('replicas');
    expect((await store.load(before.key)).agent).toEqual(agent);
  });
});
