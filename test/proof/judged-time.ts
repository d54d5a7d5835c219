import { playFairly, watched } from '../faults/fair-play';
import { say } from './say';

/** How long it took in ms, and the latest time from which it counts. */
export interface JudgedTime {
  readonly what: string;
  readonly msMax: number;
  /** Plays it once, on a site of its own; answers the time that it took in ms. */
  readonly measure: () => Promise<number>;
}

/**
 * Expects `measure` to answer `msMax` at most. A longer time is judged only when the processes under test got the processor,
 * or when they waited for less than it is late; else it is measured again, and without any fair run the test fails as not judged.
 */
export async function expectWithin({ what, msMax, measure }: JudgedTime): Promise<void> {
  const { result, voided, notJudged } = await playFairly({
    boundMs: msMax,
    play: () => watched(msMax, measure),
    isRed: (ms) => ms > msMax,
    // Later by more than anything has waited in the whole run: no shortage explains that.
    isBeyond: (ms, { waitedInAllMs, stalledMs }) => ms - msMax > waitedInAllMs + stalledMs,
    onVoid: (ms, why) => {
      say(`  ${what}: ${inSeconds(ms)} is void and measured again: ${why}`);
    },
  });
  say(`  ${what}: ${inSeconds(result)} of ${inSeconds(msMax)}${voided === 0 ? '' : `, after ${String(voided)} void`}`);
  if (notJudged !== null) throw new Error(`not judged: ${what} took ${inSeconds(result)}, and ${notJudged}`);
  expect(result).toBeLessThanOrEqual(msMax);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
