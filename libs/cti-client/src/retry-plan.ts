/** The two CTI servers of a pair (GED-188: sides A and B). */
export type Side = 'a' | 'b';

export const otherSide = (side: Side): Side => (side === 'a' ? 'b' : 'a');

/** Waits between attempts once both sides failed: 15, 30, 60, 120 s, then 120 s for ever (the guide's reconnect order). */
export const BACK_OFF_FIRST_MS = 15_000;
/** The wait doubles at most this often, so the last one is eight times the first. */
export const BACK_OFF_DOUBLINGS_MAX = 3;
/** Random wait before the first slow attempt: number of clients / 10, in seconds. Twenty workers on one pair make 2 s. */
export const RANDOM_WAIT_MS_MAX = 2_000;

export interface RetryLimits {
  backOffFirstMs: number;
  randomWaitMsMax: number;
}

/** What to try next: `waitMs` plus a random part of at most `jitterMs`, then `side`. */
export interface RetryPlan {
  side: Side;
  waitMs: number;
  jitterMs: number;
}

/**
 * The guide's order: the same side at once, then the other side at once, then a random wait, then the sides in turn
 * with a doubling back-off.
 *
 * @param failures how many attempts have failed since the last session that lasted, 1 or more
 * @param side the side that failed last
 */
export function planRetry(failures: number, side: Side, limits: RetryLimits): RetryPlan {
  if (failures <= 1) return { side, waitMs: 0, jitterMs: 0 };
  if (failures === 2) return { side: otherSide(side), waitMs: 0, jitterMs: 0 };
  if (failures === 3) return { side: otherSide(side), waitMs: 0, jitterMs: limits.randomWaitMsMax };
  const doublings = Math.min(failures - 4, BACK_OFF_DOUBLINGS_MAX);
  return { side: otherSide(side), waitMs: limits.backOffFirstMs * 2 ** doublings, jitterMs: 0 };
}
