import { type PlannedFault } from './plan';
import { type Random } from '../kit/random';

/** How likely each kind is in a seed. */
const chances = { clockSteps: 0.15, lateReports: 0.12 } as const;

const minute = 60_000;
const aheadMsMax = 5 * minute;
const backMsMax = 15 * minute;
/** Well above what a process takes for no step. */
const stepMsMin = 1_500;
const stepsMax = 4;
/** Between two steps every process has looked at the clock, and for long enough to overrule another (decision 0032). */
const apartMsMin = 10_000;
const apartMsMax = minute;

/** Faults that are drawn from a stream of their own, so that what the other numbers of a seed decide stays as it was. */
export function makeAddedFaults(random: Random, activeMs: number): PlannedFault[] {
  const hasSteps = random.chance(chances.clockSteps);
  const hasLateReports = random.chance(chances.lateReports);
  return [
    ...(hasSteps ? makeClockSteps(random, activeMs) : []),
    ...(hasLateReports ? [makeLateReports(random, activeMs)] : []),
  ];
}

/** The clock of the store's host is set, some times in a row. */
function makeClockSteps(random: Random, activeMs: number): PlannedFault[] {
  const steps: PlannedFault[] = [];
  let at = random.between(5_000, activeMs);
  for (let left = random.whole(1, stepsMax); left > 0; left--) {
    steps.push({ kind: 'storeClockStepped', at, until: at, byMs: makeStep(random) });
    at += random.between(apartMsMin, apartMsMax);
  }
  return steps;
}

function makeStep(random: Random): number {
  const isAhead = random.chance(0.5);
  const msMax = random.pick([10_000, minute, isAhead ? aheadMsMax : backMsMax]);
  const byMs = Math.round(random.between(stepMsMin, msMax));
  return isAhead ? byMs : -byMs;
}

/** What the links tell of sign-ins and sign-outs is handed in late, some of it once more. */
function makeLateReports(random: Random, activeMs: number): PlannedFault {
  const at = random.between(1_000, activeMs);
  return {
    kind: 'weather',
    at,
    until: at + random.between(20_000, 120_000),
    change: { reportsLateMs: random.between(50, 6_000), reportsRepeated: random.between(0.1, 0.7) },
  };
}
