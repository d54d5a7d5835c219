import { seconds } from '#domain/transitions';

/** What a step was, for log and journal. `shiftMs` is what store time lacks; `by`: who corrected it, null: nobody yet. */
export function clockSentence(shiftMs: number, by: string | null): string {
  const [went, put] = shiftMs < 0 ? ['stepped ahead', 'back'] : ['fell back or stood still', 'forward'];
  const measured = `The clock of the Redis host ${went} by ${seconds(Math.abs(shiftMs))}`;
  return by === null
    ? `${measured}, and store time is not corrected yet: nothing is sent.`
    : `${measured}, by the monotonic clock of ${by}: store time was put ${put} by that, so graces and leases go on as if it had not.`;
}

/** Why nothing is sent for a lease after a correction. It names no moment, so that it is the same at every look. */
export function unsettledSentence(shiftMs: number): string {
  const went = shiftMs < 0 ? 'ahead' : 'back';
  return `The clock of the Redis host stepped ${went} by ${seconds(Math.abs(shiftMs))}; store time was corrected, and servers renew their leases first.`;
}
