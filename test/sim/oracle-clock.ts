import { type Observation } from './oracle-log';

/** A shift of store time that is no greater may be no step (decision 0032); what the readings add is in it. */
const unseenMs = 600;
/** The offset that takes a step back returns by this share of the time that passes. */
const returnShare = 0.01;

/** How much earlier or later than promised something that lasts `ms` may end at that time, by the clock of the store. */
export type ClockError = (at: number, ms: number) => number;

/** None before the clock of the store's host has stepped. */
export function clockErrorOf(observations: readonly Observation[]): ClockError {
  const first = observations.find(({ what }) => what === 'storeClockStepped')?.at ?? Number.POSITIVE_INFINITY;
  return (at, ms) => (at < first ? 0 : unseenMs + returnShare * ms);
}
