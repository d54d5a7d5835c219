import { defaultPolicy, type Policy, type Stage } from '#domain/policy';
import { noDays } from './day-plan';
import { type Plan, type PlannedFault } from './plan';
import { type Switch } from './switches';
import { type Invariant } from './oracle-rules';

/**
 * What each rule, gate and guard is for: without it the oracle finds a violation within `seedsMax` seeds, and with it, in
 * the same worlds, none. Where a second line of defence would hide the first one, both are taken out in turn: `without`
 * is the whole of it, `beside` is the part that stays out when the rule itself is put back.
 */
export interface Mutation {
  readonly name: string;
  readonly without: readonly Switch[];
  /** Still taken out when the rule is back: then there must be no violation. */
  readonly beside: readonly Switch[];
  /** What the parts that stay out break by themselves, whatever becomes of the rule. */
  readonly besideBreaks?: readonly Invariant[];
  /** One of these must be among the violations. */
  readonly breaks: readonly Invariant[];
  readonly seedsMax: number;
  /** Makes the world one in which the rule matters; the rest is as the seed has it. */
  readonly adapt: (plan: Plan) => Plan;
}

const few = (plan: Plan): Plan => ({
  ...plan,
  ...{ agents: Math.min(plan.agents, 4), faults: [], hooks: [], calls: 0, days: noDays },
});
const lateReturns = (plan: Plan): Plan => ({ ...few(plan), load: 1, lateReturns: 1 });

function withFaults(plan: Plan, faults: readonly PlannedFault[]): Plan {
  return { ...plan, faults };
}

/** So many faults of one kind, one after the other. */
function often(plan: Plan, make: (at: number) => PlannedFault, everyMs = 12_000): Plan {
  const times = Array.from({ length: Math.floor(plan.activeMs / everyMs) }, (_, n) => 5_000 + n * everyMs);
  return withFaults(
    plan,
    times.map((at) => make(at)),
  );
}

/** Both CTI servers are away again and again, for long enough to miss the beginning of a call. */
function linksDown(plan: Plan): Plan {
  const down = (side: 'a' | 'b'): readonly PlannedFault[] =>
    often(plan, (at) => ({ kind: 'ctiSideDown', at, until: at + 7_000, side })).faults;
  return withFaults(plan, [...down('a'), ...down('b')]);
}

const slowCti = (plan: Plan): PlannedFault => ({
  kind: 'weather',
  at: 1_000,
  until: plan.activeMs + 60_000,
  change: { ctiSlowMs: 3_000 },
});

export const mutations: readonly Mutation[] = [
  {
    name: 'EPOCH',
    without: ['EPOCH', 'last look'],
    beside: ['last look'],
    breaks: ['I1'],
    seedsMax: 400,
    adapt: (plan) => withFaults(lateReturns(plan), [slowStore(plan)]),
  },
  {
    name: 'GATE',
    without: ['GATE'],
    beside: [],
    breaks: ['I1'],
    seedsMax: 60,
    adapt: (plan) => ({ ...withFaults(lateReturns(plan), [slowCti(plan)]), hooks: ['return', 'return'] }),
  },
  {
    name: 'GEN',
    without: ['GEN', 'last look'],
    beside: ['last look'],
    breaks: ['I1'],
    seedsMax: 300,
    adapt: (plan) => often(lateReturns(plan), (at) => ({ kind: 'failover', at, until: at + 500, lagMs: 8_000 })),
  },
  {
    name: 'SWEEP',
    without: ['SWEEP'],
    beside: [],
    breaks: ['I3'],
    seedsMax: 40,
    adapt: (plan) => often({ ...few(plan), lateReturns: 0.1 }, (at) => ({ kind: 'obliterated', at, until: at })),
  },
  {
    name: 'WAIT',
    without: ['WAIT', 'last look'],
    beside: ['last look'],
    breaks: ['I1'],
    seedsMax: 200,
    adapt: (plan) => ({
      ...withFaults({ ...few(plan), load: 1, lateReturns: 0.2 }, [slowCti(plan)]),
      hooks: ['failover', 'failover'],
    }),
  },
  {
    name: 'MASTER',
    without: ['MASTER'],
    beside: [],
    breaks: ['I1'],
    seedsMax: 60,
    adapt: (plan) =>
      often(
        { ...few(plan), load: 1, lateReturns: 0.6 },
        (at) => ({
          kind: 'splitBrain',
          at,
          until: at + 70_000,
          lagMs: 500,
          heardAfterMs: 500,
          stays: at % 2 === 0 ? 'primary' : 'secondary',
        }),
        75_000,
      ),
  },
  {
    name: 'PENDING',
    without: ['PENDING'],
    beside: [],
    breaks: ['I1'],
    seedsMax: 100,
    adapt: (plan) => ({
      ...withFaults(lateReturns(plan), [slowCti(plan)]),
      duringCalls: 'keepsBoth',
      hooks: ['call', 'call', 'call'],
    }),
  },
  {
    name: 'a pending Not Ready is replaced, too',
    without: ['Not Ready over Not Ready'],
    beside: [],
    breaks: ['I1'],
    seedsMax: 100,
    adapt: (plan) => ({
      ...withFaults({ ...lateReturns(plan), load: 0 }, [slowCti(plan)]),
      duringCalls: 'keepsBoth',
      hooks: ['call', 'call', 'call'],
    }),
  },
  {
    name: 'gate: link',
    without: ['link gate'],
    beside: [],
    breaks: ['I5'],
    seedsMax: 150,
    adapt: (plan) => ({ ...linksDown({ ...few(plan), lateReturns: 0.1 }), calls: 0.9 }),
  },
  {
    name: 'gate: signed out',
    without: ['signed-out gate'],
    beside: [],
    breaks: ['I4'],
    seedsMax: 150,
    adapt: (plan) => ({ ...few(plan), activeMs: 250_000 }),
  },
  {
    name: 'gate: call',
    without: ['call gate'],
    beside: [],
    breaks: ['I5'],
    seedsMax: 60,
    adapt: (plan) => ({ ...few(plan), calls: 0.9 }),
  },
  {
    name: 'gate: outage of the side',
    without: ['side-outage gate'],
    beside: [],
    breaks: ['I2'],
    seedsMax: 100,
    adapt: (plan) => ({
      ...often(
        { ...few(plan), lateReturns: 0.1 },
        (at) => ({ kind: 'serverKilled', at, until: at + 200_000, index: at / 1_000 }),
        25_000,
      ),
      serversPerSide: 2,
    }),
  },
  {
    name: 'gate: mass loss',
    without: ['mass-loss gate'],
    beside: [],
    breaks: ['I6'],
    seedsMax: 30,
    adapt: (plan) => ({
      ...few(plan),
      agents: 14,
      faults: [{ kind: 'sideLost', at: 40_000, until: 40_000, side: 'primary', backShare: 0, how: 'closed' }],
    }),
  },
  {
    name: 'gate: last look',
    without: ['last look', 'repair of records'],
    beside: ['repair of records'],
    // A record that is not repaired takes the end of a desktop that was never there for the loss, and its grace for that of the last one.
    besideBreaks: ['I2'],
    breaks: ['I1'],
    seedsMax: 80,
    adapt: (plan) => often(few(plan), (at) => ({ kind: 'straySeen', at, until: at + 12_000 })),
  },
  {
    name: 'commit guard: send window, lease margin and stall watch',
    without: ['send window', 'lease margin', 'stall'],
    beside: [],
    breaks: ['I1'],
    seedsMax: 300,
    adapt: (plan) => ({
      ...few(plan),
      load: 1,
      lateReturns: 0.2,
      hooks: ['freezeAndReturn', 'freezeAndReturn', 'freezeAndReturn'],
    }),
  },
  {
    name: 'rate (M4)',
    without: ['rate'],
    beside: [],
    breaks: ['I6'],
    seedsMax: 30,
    adapt: (plan) => ({
      ...few(plan),
      agents: 25,
      faults: [{ kind: 'sideLost', at: 40_000, until: 40_000, side: 'primary', backShare: 0, how: 'closed' }],
    }),
  },
  {
    name: 'signed out is no loss',
    without: ['signed out is no loss', 'losses that are none'],
    beside: ['losses that are none'],
    breaks: ['I3'],
    seedsMax: 60,
    adapt: (plan) => ({
      ...few(plan),
      ...{ agents: 24, activeMs: 16_000 },
      days: {
        ...noDays,
        events: [
          {
            kind: 'shiftEnd',
            at: 28_000,
            side: 'primary',
            share: 1,
            spreadMs: 8_000,
            ghostShare: 0.25,
            closesMsMax: 5_000,
          },
        ],
      },
    }),
  },
  {
    name: 'the stage stands in the record',
    without: ['stage of the loss'],
    beside: [],
    breaks: ['I2'],
    seedsMax: 40,
    adapt: (plan) => ({
      ...few(plan),
      lateReturns: 0.1,
      days: {
        ...noDays,
        policy: policyWith({ afterMs: 60_000, action: 'notReady', reasonCode: 777 }, logoutAfter(100_000)),
        policyChanges: [{ at: 30_000, policy: policyWith(logoutAfter(100_000)), lateMsMax: 150_000 }],
      },
    }),
  },
  {
    name: 'agents with a telephone alone',
    without: ['telephone alone'],
    beside: [],
    breaks: ['I8'],
    seedsMax: 20,
    adapt: (plan) => ({ ...few(plan), activeMs: 200_000, days: { ...noDays, phoneAgents: 2 } }),
  },
  {
    name: 'store time does not step',
    without: ['clock'],
    beside: [],
    breaks: ['I2'],
    seedsMax: 20,
    adapt: (plan) =>
      often(
        { ...few(plan), lateReturns: 0.1 },
        (at) => ({ kind: 'storeClockStepped', at, until: at, byMs: 45_000 }),
        25_000,
      ),
  },
  {
    name: 'a report is about one version of a record',
    without: ['version of a report'],
    beside: [],
    breaks: ['I7'],
    seedsMax: 100,
    adapt: (plan) => ({
      ...withFaults({ ...few(plan), agents: 8 }, [
        {
          ...slowStore(plan),
          change: { storeSlowMs: 1_000, reportsLateMs: 3_000, reportsRepeated: 0.5 },
        },
      ]),
      days: {
        ...noDays,
        events: [{ kind: 'telephones', at: 5_000, until: plan.activeMs, everyMs: 8_000, share: 1 }],
      },
    }),
  },
  {
    name: 'notices of feeds',
    without: ['feed notices'],
    beside: [],
    breaks: ['I3'],
    seedsMax: 100,
    // Fewer than a mass loss, which may wait for longer than a seed lasts.
    adapt: (plan) => ({
      ...few(plan),
      ...{ agents: 1, activeMs: 200_000, days: { ...noDays, fedAgents: 3, feedHeartbeats: true } },
    }),
  },
];

const logoutAfter = (afterMs: number): Stage => ({ afterMs, action: 'logout', reasonCode: 255 });

function policyWith(...stages: Policy['stages']): Policy {
  return { ...defaultPolicy, stages };
}

function slowStore(plan: Plan): Extract<PlannedFault, { kind: 'weather' }> {
  return { kind: 'weather', at: 1_000, until: plan.activeMs + 60_000, change: { storeSlowMs: 1_000 } };
}
