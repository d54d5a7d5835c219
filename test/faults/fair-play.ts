import { runningProcesses } from '../kit/process';
import { describeShortage, isFair, type Shortage, ShortageWatch } from '../kit/processor-shortage';

/**
 * A red run shows something about the product only where its processes got the processor when they wanted it. One that is red
 * while they did not is void and played again; when no fair run could be had, there is no verdict, which is not green.
 */

/** Runs that are red and void before it is given up. */
const voidedMax = 3;

/** One run, and how long its processes waited for a processor; null: it ended before any ran. */
export interface Played<Result> {
  readonly result: Result;
  readonly shortage: Shortage | null;
}

export interface Verdict<Result> {
  /** Of the last run. */
  readonly result: Result;
  /** Runs before it that were void. */
  readonly voided: number;
  /** Why there is no verdict; null: the result is one. */
  readonly notJudged: string | null;
}

export interface FairPlay<Result> {
  /** A red run is fair when nobody waited for a processor for more than a part of this (processor-shortage.ts). */
  readonly boundMs: number;
  readonly play: () => Promise<Played<Result>>;
  readonly isRed: (result: Result) => boolean;
  /** Whether a red run is so red that this shortage, longer than fair as it is, cannot be the cause. Without it none is. */
  readonly isBeyond?: ((result: Result, shortage: Shortage) => boolean) | undefined;
  readonly onVoid?: ((result: Result, why: string) => void) | undefined;
}

export async function playFairly<Result>(fairPlay: FairPlay<Result>): Promise<Verdict<Result>> {
  const { boundMs, play, isRed, isBeyond = () => false, onVoid } = fairPlay;
  for (let voided = 0; ; voided++) {
    const { result, shortage } = await play();
    const counts = !isRed(result) || shortage === null || isFair(shortage, boundMs) || isBeyond(result, shortage);
    if (counts) return { result, voided, notJudged: null };
    const why = describeShortage(shortage);
    if (voided === voidedMax) return { result, voided, notJudged: why };
    onVoid?.(result, why);
  }
}

/** Watches over all processes that the tests run now, while `body` runs. */
export async function watched<Result>(boundMs: number, body: () => Promise<Result>): Promise<Played<Result>> {
  const watch = new ShortageWatch(boundMs, runningProcesses);
  try {
    const result = await body();
    return { result, shortage: watch.end() };
  } finally {
    watch.end();
  }
}
