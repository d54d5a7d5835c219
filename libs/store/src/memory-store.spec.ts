import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { firstCommit, issuingCommit, keyOf } from './contract/agents.spec-support';
import { type AgentLinesUnderTest, describeAgentLines } from './contract/agent-lines.spec-support';
import { describeIssuing, type IssuingUnderTest } from './contract/issuing.spec-support';
import { describeJournal, type JournalUnderTest } from './contract/journal.spec-support';
import {
  describeRateLimits,
  describeRateLimitsOverMinutes,
  type RateLimitsUnderTest,
} from './contract/rate-limits.spec-support';
import { describeRecords } from './contract/records.spec-support';
import { generationTooYoung, replicasLost } from './issuing-refusals';
import { MemoryStore } from './memory-store';

/** Everything that the memory store implements, on a clock of its own. */
function start(): Promise<IssuingUnderTest & RateLimitsUnderTest & JournalUnderTest & AgentLinesUnderTest> {
  let now = 1_700_000_000_000;
  let isReady = true;
  const paces: Record<Side, Pace> = {
    primary: { perMinuteMax: 1_000, perSecondMax: null },
    secondary: { perMinuteMax: 1_000, perSecondMax: null },
  };
  const issuingPerSecondMax = 3;
  const store = new MemoryStore({
    now: () => now,
    issuingPerSecondMax,
    paceOf: (side) => paces[side],
    refuseIssuing: () => (isReady ? null : generationTooYoung(now + 1_000)),
  });
  return Promise.resolve({
    store,
    issuingPerSecondMax,
    journal: {
      note: (entry) => {
        store.note(entry);
        return Promise.resolve();
      },
      trim: (beforeMs) => Promise.resolve(store.trim(beforeMs)),
      tellLeftOut: () => Promise.resolve(store.tellLeftOut()),
    },
    clock: {
      now: () => Promise.resolve(now),
      advance: (ms) => {
        now += ms;
        return Promise.resolve();
      },
    },
    lines: () => Promise.resolve(store.lines),
    backUp: () => {
      const backup = store.snapshot();
      return Promise.resolve(() => {
        store.restore(backup);
        return Promise.resolve();
      });
    },
    setGenerationReady: (ready) => {
      isReady = ready;
      return Promise.resolve();
    },
    setPace: (side, pace) => {
      paces[side] = pace;
    },
    stop: () => Promise.resolve(),
  });
}

describeRecords('in memory', start);
describeIssuing('in memory', start);
describeRateLimits('in memory', start);
describeRateLimitsOverMinutes('in memory', start);
describeJournal('in memory', start);
describeAgentLines('in memory', start);

describe('a commit in memory that may be lost', () => {
  it('is written, and says so', async () => {
    const store = new MemoryStore({ now: () => 5, refuseIssuing: () => replicasLost(0, 1) });
    const { agent } = issuingCommit('1001');
    expect(await store.commit(firstCommit(agent, { issuing: { notBefore: 0 } }))).toEqual(replicasLost(0, 1));
    expect((await store.load(keyOf('1001'))).agent).toEqual(agent);
  });
});
