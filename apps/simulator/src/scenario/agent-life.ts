import { meanOf, type Scenario } from './scenario-file';
import { drawAround, drawBetween, type Random, seededRandom } from './seeded-random';

export type Deed = 'signIn' | 'startCall' | 'endCall' | 'signOut' | 'crashDesktop';

/** One deed of an agent; ms since the start of the scenario. */
export interface Step {
  readonly atMs: number;
  readonly deed: Deed;
}

const msPerSecond = 1_000;
const secondsPerMinute = 60;

/**
 * Everything one agent will do, in order of time: signs in within the ramp, talks on one call after the other, signs out
 * (or his desktop crashes) when a stretch is over, and comes back. It depends on the scenario and the agent's index alone:
 * what the real world does to the agent meanwhile makes deeds impossible, never different.
 */
export function* agentLife(scenario: Scenario, index: number): Generator<Step, void> {
  const { churn } = scenario;
  const random = seededRandom(scenario.seed, index);
  let atMs = drawBetween(random, 0, scenario.rampSeconds * msPerSecond);
  for (;;) {
    yield { atMs, deed: 'signIn' };
    const untilMs = churn === undefined ? Infinity : atMs + drawAround(random, churn.signedInSeconds * msPerSecond);
    atMs = yield* callsUntil(scenario, random, atMs, untilMs);
    if (churn === undefined) return;
    const crashes = random() < (scenario.desktops?.crashShare ?? 0);
    yield { atMs, deed: crashes ? 'crashDesktop' : 'signOut' };
    atMs += drawAround(random, churn.signedOutSeconds * msPerSecond);
  }
}

/** No call begins after the stretch, but the last one may last longer. @returns when the agent is free to go */
function* callsUntil(scenario: Scenario, random: Random, fromMs: number, untilMs: number): Generator<Step, number> {
  const { calls } = scenario;
  if (calls === undefined) return untilMs;
  const { min, max } = calls.talkSeconds;
  const idleSeconds = secondsPerMinute / calls.perAgentPerMinute - meanOf(calls.talkSeconds);
  let atMs = fromMs;
  for (;;) {
    const callAtMs = atMs + drawAround(random, idleSeconds * msPerSecond);
    if (callAtMs >= untilMs) return Math.max(atMs, untilMs);
    yield { atMs: callAtMs, deed: 'startCall' };
    atMs = callAtMs + drawBetween(random, min, max) * msPerSecond;
    yield { atMs, deed: 'endCall' };
  }
}
