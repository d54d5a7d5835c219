import fc from 'fast-check';
import { agentLife, type Step } from './agent-life';
import { DueQueue } from './due-queue';
import { type Scenario } from './scenario-file';

const still: Scenario = { name: 'still', seed: 1, agents: 10, rampSeconds: 0 };
const busy: Scenario = {
  name: 'busy',
  seed: 1,
  agents: 10,
  rampSeconds: 5,
  calls: { perAgentPerMinute: 4, talkSeconds: { min: 5, max: 11 } },
  churn: { signedInSeconds: 60, signedOutSeconds: 10 },
  desktops: { side: 'alternate', crashShare: 0.5 },
};

function stepsOf(scenario: Scenario, index: number, count = 200): Step[] {
  const steps: Step[] = [];
  for (const step of agentLife(scenario, index)) {
    steps.push(step);
    if (steps.length === count) break;
  }
  return steps;
}

const allowedNext: Readonly<Record<string, readonly string[]>> = {
  signIn: ['startCall', 'signOut', 'crashDesktop'],
  startCall: ['endCall'],
  endCall: ['startCall', 'signOut', 'crashDesktop'],
  signOut: ['signIn'],
  crashDesktop: ['signIn'],
};

describe("an agent's life in a scenario", () => {
  it('is the same for the same seed, whatever other agents there are, and another for another', () => {
    expect(stepsOf(busy, 3)).toEqual(stepsOf({ ...busy, agents: 500 }, 3));
    expect(stepsOf(busy, 3)).not.toEqual(stepsOf(busy, 4));
    expect(stepsOf(busy, 3)).not.toEqual(stepsOf({ ...busy, seed: 2 }, 3));
  });

  it('never goes back in time, and has one call at a time, between sign-in and sign-out', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 1_000 }), (seed, index) => {
        const steps = stepsOf({ ...busy, seed }, index, 60);
        for (const [at, step] of steps.entries()) {
          const next = steps[at + 1];
          if (next === undefined) return;
          expect(next.atMs).toBeGreaterThanOrEqual(step.atMs);
          expect(allowedNext[step.deed]).toContain(next.deed);
        }
      }),
    );
  });

  it('has as many calls as the rate says, each as long as the talk time', () => {
    const minutes = 60;
    const steady: Scenario = { ...still, ...(busy.calls && { calls: busy.calls }) };
    const calls = Array.from({ length: 50 }, (_, index) => stepsOf(steady, index, 2_000)).map((steps) =>
      steps.filter(({ atMs, deed }) => deed === 'startCall' && atMs < minutes * 60_000),
    );
    const perMinute = calls.flat().length / calls.length / minutes;
    expect(perMinute).toBeGreaterThan(3.8);
    expect(perMinute).toBeLessThan(4.2);
    const steps = stepsOf(steady, 0);
    for (const [at, { deed, atMs }] of steps.entries()) {
      if (deed !== 'startCall' || at === steps.length - 1) continue;
      const lengthMs = (steps[at + 1]?.atMs ?? 0) - atMs;
      expect(lengthMs).toBeGreaterThanOrEqual(5_000);
      expect(lengthMs).toBeLessThanOrEqual(11_000.001);
    }
  });

  it('crashes about as often as the share says', () => {
    const ends = Array.from({ length: 40 }, (_, index) => stepsOf(busy, index))
      .flat()
      .filter(({ deed }) => deed === 'signOut' || deed === 'crashDesktop');
    const share = ends.filter(({ deed }) => deed === 'crashDesktop').length / ends.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  });

  it('ends after the sign-in when there are neither calls nor churn', () => {
    expect(stepsOf(still, 0)).toEqual([{ atMs: 0, deed: 'signIn' }]);
  });
});

describe('the queue of what is due', () => {
  it('gives everything back in order of time, and of agents within a moment', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 100 }), (times) => {
        const queue = new DueQueue();
        for (const [index, atMs] of times.entries()) queue.push({ index, step: { atMs, deed: 'signIn' } });
        const out = times.map(() => queue.shift());
        expect(queue.first).toBeUndefined();
        const sorted = times
          .map((atMs, index) => ({ atMs, index }))
          .sort((a, b) => a.atMs - b.atMs || a.index - b.index);
        expect(out.map((due) => due?.index)).toEqual(sorted.map(({ index }) => index));
      }),
    );
  });
});
