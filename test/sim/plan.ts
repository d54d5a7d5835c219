import { makeAddedFaults } from './added-faults';
import { type DuringCalls } from './cti-centre';
import { type DayPlan, describeDays, makeDays } from './day-plan';
import { type Side } from '#domain/agent';
import { type Random } from '../kit/random';
import { type Weather } from './weather';

/** A fault of the plan: begins at `at` and is over at `until` (ms), apart from what it takes to recover. */
export type PlannedFault = { readonly at: number; readonly until: number } & (
  | { readonly kind: 'weather'; readonly change: Partial<Weather> }
  | { readonly kind: 'storeDown' }
  | { readonly kind: 'failover'; readonly lagMs: number }
  | { readonly kind: 'rollback'; readonly lostMs: number }
  | { readonly kind: 'splitBrain'; readonly lagMs: number; readonly stays: Side; readonly heardAfterMs: number }
  | { readonly kind: 'cutOff'; readonly who: 'server' | 'worker'; readonly index: number }
  | { readonly kind: 'sideCutOff'; readonly side: Side }
  | { readonly kind: 'serverKilled' | 'serverFrozen' | 'serverStopped'; readonly index: number }
  | { readonly kind: 'workerKilled' | 'workerFrozen'; readonly index: number }
  | { readonly kind: 'clockJumped'; readonly who: 'server' | 'worker'; readonly index: number; readonly byMs: number }
  | { readonly kind: 'storeClockStepped'; readonly byMs: number }
  | { readonly kind: 'obliterated' }
  | { readonly kind: 'linkLost'; readonly index: number; readonly isSilent: boolean }
  | { readonly kind: 'ctiSideDown'; readonly side: 'a' | 'b' }
  | { readonly kind: 'sideLost'; readonly side: Side; readonly backShare: number; readonly how: 'closed' | 'bye' }
  | { readonly kind: 'straySeen' }
);

/** What happens the moment a record entered issuing, each so many times. */
export const issueHooks = [
  'freeze',
  'kill',
  'cut',
  'cutSilently',
  'return',
  'freezeAndReturn',
  'call',
  'failover',
  'cutOffWorker',
] as const;
export type IssueHook = (typeof issueHooks)[number];

export interface Plan {
  readonly seed: number;
  readonly agents: number;
  readonly serversPerSide: number;
  readonly workersPerSide: number;
  readonly load: 0 | 1;
  readonly duringCalls: DuringCalls;
  /** Agents live and faults begin until then (ms). */
  readonly activeMs: number;
  readonly skewsMs: readonly number[];
  readonly faults: readonly PlannedFault[];
  readonly hooks: readonly IssueHook[];
  /** How likely a leaving desktop comes back around the end of its grace. */
  readonly lateReturns: number;
  readonly calls: number;
  readonly days: DayPlan;
}

/** Agents with a desktop. */
export function agentCountOf({ agents, days }: Plan): number {
  return Math.max(agents, days.agentsMin);
}

const minute = 60_000;
const skewMsMax = 5 * minute;
/** Several leases. */
const splitMsMax = 90_000;
/** A Sentinel tells the others every 2 s whom it takes for the master. */
const heardMsMax = 3_000;

const callsWords: Readonly<Record<DuringCalls, string>> = {
  refuses: 'calls refuse changes',
  keepsNotReady: 'calls keep Not Ready pending',
  keepsBoth: 'calls keep all changes pending',
};

/**
 * Everything that a seed decides before the simulation begins.
 *
 * @param daysRandom what ordinary days are drawn from
 * @param addedRandom what faults are drawn from that came later than the others
 */
export function makePlan(seed: number, random: Random, daysRandom: Random, addedRandom: Random): Plan {
  const size = random.next();
  const agents =
    size < 0.9
      ? random.whole(1, 4)
      : size < 0.98
        ? random.whole(5, 20)
        : size < 0.996
          ? random.whole(25, 70)
          : random.whole(150, 400);
  const activeMs = agents > 100 ? 150_000 : random.between(100_000, 260_000);
  const skewed = random.chance(0.35);
  const calmRun = random.chance(0.15);
  const added = makeAddedFaults(addedRandom, activeMs);
  return {
    seed,
    agents,
    serversPerSide: random.chance(0.8) ? 1 : 2,
    workersPerSide: random.chance(0.75) ? 1 : 2,
    load: random.chance(0.8) ? 1 : 0,
    duringCalls: duringCallsOf(seed),
    activeMs,
    skewsMs: Array.from({ length: 8 }, () => (skewed ? Math.round(random.between(-skewMsMax, skewMsMax)) : 0)),
    faults: [
      ...(calmRun ? [] : Array.from({ length: random.whole(1, 4) }, () => makeFault(random, activeMs, agents))),
      ...added,
    ],
    hooks:
      calmRun || random.chance(0.5) ? [] : Array.from({ length: random.whole(1, 3) }, () => random.pick(issueHooks)),
    lateReturns: random.pick([0.1, 0.3, 0.6]),
    calls: random.pick([0, 0.1, 0.3]),
    days: makeDays(daysRandom, activeMs),
  };
}

/** By the seed alone: what the other numbers of a seed decide stays as it was. */
function duringCallsOf(seed: number): DuringCalls {
  const kinds = ['refuses', 'keepsNotReady', 'keepsBoth'] as const;
  return kinds[seed % kinds.length] ?? 'refuses';
}

function makeFault(random: Random, activeMs: number, agents: number): PlannedFault {
  const at = random.between(5_000, activeMs);
  const lasting = (min: number, max: number): number => at + random.between(min, max);
  const index = random.whole(0, 3);
  const side = random.pick(['primary', 'secondary'] as const);
  const makers: (() => PlannedFault)[] = [
    () => ({ kind: 'weather', at, until: lasting(10_000, 90_000), change: makeWeather(random) }),
    () => ({ kind: 'weather', at, until: lasting(10_000, 90_000), change: makeWeather(random) }),
    () => ({ kind: 'weather', at, until: lasting(10_000, 90_000), change: makeWeather(random) }),
    () => ({ kind: 'storeDown', at, until: lasting(500, 30_000) }),
    () => ({ kind: 'failover', at, until: lasting(500, 6_000), lagMs: random.between(0, 10_000) }),
    () => ({ kind: 'rollback', at, until: lasting(5_000, 12_000), lostMs: random.between(100, 30_000) }),
    () => ({
      kind: 'splitBrain',
      at,
      until: lasting(3_000, splitMsMax),
      lagMs: random.between(0, 8_000),
      stays: side,
      heardAfterMs: random.between(0, heardMsMax),
    }),
    () => ({ kind: 'cutOff', at, until: lasting(3_000, 90_000), who: random.pick(['server', 'worker']), index }),
    () => ({ kind: 'sideCutOff', at, until: lasting(10_000, 100_000), side }),
    () => ({ kind: 'serverKilled', at, until: lasting(1_000, 60_000), index }),
    () => ({ kind: 'serverFrozen', at, until: lasting(1_000, 60_000), index }),
    () => ({ kind: 'serverStopped', at, until: lasting(2_000, 30_000), index }),
    () => ({ kind: 'workerKilled', at, until: lasting(1_000, 60_000), index }),
    () => ({ kind: 'workerFrozen', at, until: lasting(1_000, 60_000), index }),
    () => ({ kind: 'clockJumped', at, until: at, who: random.pick(['server', 'worker']), index, byMs: jump(random) }),
    () => ({ kind: 'obliterated', at, until: at }),
    () => ({ kind: 'linkLost', at, until: at, index, isSilent: random.chance(0.5) }),
    () => ({ kind: 'ctiSideDown', at, until: lasting(2_000, 60_000), side: random.pick(['a', 'b']) }),
    () => ({ kind: 'straySeen', at, until: lasting(5_000, 60_000) }),
  ];
  if (agents >= 5 && random.chance(0.3))
    return { kind: 'sideLost', at, until: at, side, backShare: random.pick([0, 0.5, 0.95]), how: 'closed' };
  return random.pick(makers)();
}

const jump = (random: Random): number => Math.round(random.between(-90_000, 90_000));

function makeWeather(random: Random): Partial<Weather> {
  const makers: (() => Partial<Weather>)[] = [
    () => ({ storeAnswerLost: random.between(0.01, 0.15) }),
    () => ({ storeRequestLost: random.between(0.01, 0.15) }),
    () => ({ storeSlowMs: random.between(50, 1_500) }),
    () => ({ lastLookLost: random.between(0.1, 0.7) }),
    () => ({ lastLookLateMs: random.between(50, 1_500) }),
    () => ({ lastLookDoubled: random.between(0.1, 0.7), lastLookLateMs: random.between(0, 600) }),
    () => ({ jobLost: random.between(0.1, 0.9) }),
    () => ({ jobDoubled: random.between(0.1, 0.9) }),
    () => ({ jobLateMs: random.between(500, 20_000) }),
    () => ({ ctiAnswerLost: random.between(0.2, 1) }),
    () => ({ ctiSlowMs: random.between(500, 12_000) }),
    () => ({ ctiRejects: random.between(0.1, 0.7) }),
  ];
  return random.pick(makers)();
}

/** The plan as it is printed before anything happens. */
export function describePlan(plan: Plan): string {
  const { seed, serversPerSide, workersPerSide, load, duringCalls, activeMs } = plan;
  const skews = plan.skewsMs.some((skew) => skew !== 0) ? `clocks ${plan.skewsMs.join(' ')} ms` : 'clocks right';
  const lines = [
    `seed ${String(seed)}: ${String(agentCountOf(plan))} agents, ${String(serversPerSide)} server(s) and ${String(workersPerSide)} worker(s) per side, LOAD ${String(load)}, ${callsWords[duringCalls]}, ${String(Math.round(activeMs / 1000))} s, ${skews}`,
    ...[...plan.faults].sort((one, other) => one.at - other.at).map(describeFault),
    ...describeDays(plan.days),
    ...(plan.hooks.length > 0 ? [`  when a request was committed: ${plan.hooks.join(', ')}`] : []),
  ];
  return lines.join('\n');
}

function describeFault({ kind, at, until, ...more }: PlannedFault): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return `  ${seconds(at)} to ${seconds(until)} s: ${kind} ${JSON.stringify(more, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value))}`;
}
