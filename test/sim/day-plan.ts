import { type Side } from '#domain/agent';
import { defaultPolicy, type Policy, type Stage, withoutDesktopRules } from '#domain/policy';
import { type Random } from '../kit/random';

export type Leaving = 'bye' | 'closed' | 'crashed' | 'cableOut';

/** An event of an ordinary day: nothing is broken, and many agents act at once. It begins at `at` (ms). */
export type DayEvent = { readonly at: number } & (
  | {
      readonly kind: 'shiftEnd';
      readonly side: Side | 'both';
      /** Of those with a desktop there, so many go home… */
      readonly share: number;
      /** …within so many ms; so many of them do not sign out before. */
      readonly spreadMs: number;
      readonly ghostShare: number;
      /** A desktop is gone so long after its agent signed out, at most. */
      readonly closesMsMax: number;
    }
  | {
      readonly kind: 'lunch';
      readonly side: Side | 'both';
      readonly share: number;
      readonly spreadMs: number;
      readonly awayMsMin: number;
      readonly awayMsMax: number;
      /** So many come back on the other side. */
      readonly elsewhereShare: number;
    }
  /** Agents sign out and in, and go Ready and Not Ready, by telephone, in whatever phase their record is. */
  | { readonly kind: 'telephones'; readonly until: number; readonly everyMs: number; readonly share: number }
);

/** A policy that one process takes after the other, at most so late (ms). */
export interface PolicyChange {
  readonly at: number;
  readonly policy: Policy;
  readonly lateMsMax: number;
}

/** What is ordinary about a seed's days; drawn from a stream of its own, so that faults and lives stay as they were. */
export interface DayPlan {
  readonly events: readonly DayEvent[];
  /** Agents who sign in by telephone alone. */
  readonly phoneAgents: number;
  /** What every process begins with. */
  readonly policy: Policy;
  readonly policyChanges: readonly PolicyChange[];
  /** A shift or a lunch needs so many agents at least; 0: as many as there are. */
  readonly agentsMin: number;
  /** Agents whose desktop is known elsewhere, and fed in. */
  readonly fedAgents: number;
  /** Their feed renews them by heartbeats, not by reports. */
  readonly feedHeartbeats: boolean;
}

export const noDays: DayPlan = {
  events: [],
  phoneAgents: 0,
  policy: defaultPolicy,
  policyChanges: [],
  agentsMin: 0,
  fedAgents: 0,
  feedHeartbeats: false,
};

/** How likely each kind is in a seed. */
const chances = {
  shiftEnd: 0.07,
  lunch: 0.07,
  telephones: 0.08,
  phoneAgents: 0.12,
  policies: 0.1,
  feeds: 0.1,
} as const;

export function makeDays(random: Random, activeMs: number): DayPlan {
  const hasShiftEnd = random.chance(chances.shiftEnd);
  const hasLunch = random.chance(chances.lunch);
  const hasPhoneAgents = random.chance(chances.phoneAgents);
  const hasTelephones = random.chance(hasPhoneAgents ? 0.4 : chances.telephones);
  const changesPolicy = random.chance(chances.policies);
  const policy: Policy = changesPolicy
    ? makePolicy(random)
    : { ...defaultPolicy, withoutDesktop: hasPhoneAgents ? random.pick(withoutDesktopRules) : 'leave' };
  const hasFeed = random.chance(chances.feeds);
  return {
    events: [
      ...(hasShiftEnd ? [makeShiftEnd(random, activeMs)] : []),
      ...(hasLunch ? [makeLunch(random, activeMs)] : []),
      ...(hasTelephones ? [makeTelephones(random, activeMs)] : []),
    ],
    phoneAgents: hasPhoneAgents ? random.whole(1, 4) : 0,
    policy,
    policyChanges: changesPolicy
      ? Array.from({ length: random.whole(1, 2) }, () => makePolicyChange(random, activeMs))
      : [],
    agentsMin: hasShiftEnd || hasLunch ? random.whole(10, 24) : 0,
    fedAgents: hasFeed ? random.whole(1, 4) : 0,
    feedHeartbeats: hasFeed && random.chance(0.5),
  };
}

const places = ['primary', 'secondary', 'both'] as const;

function makeShiftEnd(random: Random, activeMs: number): DayEvent {
  return {
    kind: 'shiftEnd',
    at: random.between(20_000, Math.min(activeMs, 120_000)),
    side: random.pick(places),
    share: random.between(0.5, 1),
    spreadMs: random.pick([1_000, 15_000, 60_000]),
    ghostShare: random.pick([0.1, 0.2, 0.4]),
    closesMsMax: random.pick([1_000, 10_000]),
  };
}

function makeLunch(random: Random, activeMs: number): DayEvent {
  const awayMsMin = random.pick([20_000, 60_000, 180_000]);
  return {
    kind: 'lunch',
    at: random.between(20_000, Math.min(activeMs, 120_000)),
    side: random.pick(places),
    share: random.between(0.3, 0.9),
    spreadMs: random.pick([2_000, 20_000, 60_000]),
    awayMsMin,
    awayMsMax: awayMsMin + random.between(10_000, 120_000),
    elsewhereShare: random.pick([0, 0.5, 1]),
  };
}

function makeTelephones(random: Random, activeMs: number): DayEvent {
  const at = random.between(5_000, activeMs / 2);
  return {
    kind: 'telephones',
    at,
    until: Math.max(activeMs, at + 60_000) + 60_000,
    everyMs: random.pick([8_000, 25_000]),
    share: random.between(0.3, 1),
  };
}

function makePolicyChange(random: Random, activeMs: number): PolicyChange {
  return { at: random.between(20_000, activeMs), policy: makePolicy(random), lateMsMax: random.pick([10_000, 90_000]) };
}

/** No grace is longer than the one of a server that was lost. */
function makePolicy(random: Random): Policy {
  const lost = random.pick([30_000, 60_000, 100_000]);
  const serverLost = random.pick([100_000, 120_000, 180_000]);
  const logout = (afterMs: number): Stage => ({ afterMs, action: 'logout', reasonCode: 255 });
  const notReady: Stage = { afterMs: random.pick([20_000, lost]), action: 'notReady', reasonCode: 777 };
  const stages: Policy['stages'] = random.chance(0.5)
    ? [logout(random.pick([0, lost, 90_000]))]
    : [notReady, logout(notReady.afterMs + random.pick([10_000, 60_000]))];
  return {
    ...defaultPolicy,
    stages,
    graceMs: { ...defaultPolicy.graceMs, bye: lost, lost, serverLost, withoutDesktop: serverLost },
    withoutDesktop: random.pick(withoutDesktopRules),
  };
}

/** As lines of the plan that is printed before anything happens. */
export function describeDays({ events, phoneAgents, policy, policyChanges, ...feeds }: DayPlan): string[] {
  const words = ({ at, kind, ...more }: DayEvent): string =>
    `  from ${(at / 1000).toFixed(1)} s: ${kind} ${JSON.stringify(more, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value))}`;
  return [
    ...(phoneAgents > 0
      ? [`  ${String(phoneAgents)} agent(s) with a telephone alone, withoutDesktop ${policy.withoutDesktop}`]
      : []),
    ...(feeds.fedAgents > 0 ? [describeFeeds(feeds)] : []),
    ...(policyChanges.length > 0 ? [`  at first: ${describePolicy(policy)}`] : []),
    ...policyChanges.map(
      (change) =>
        `  from ${(change.at / 1000).toFixed(1)} s, within ${String(change.lateMsMax / 1000)} s: ${describePolicy(change.policy)}`,
    ),
    ...[...events].sort((one, other) => one.at - other.at).map(words),
  ];
}

function describePolicy({ stages, graceMs, withoutDesktop }: Policy): string {
  const steps = stages.map(({ afterMs, action }) => `${action} after ${String(afterMs / 1000)} s`).join(', ');
  return `policy ${steps}; grace ${String(graceMs.lost / 1000)} s and ${String(graceMs.serverLost / 1000)} s; withoutDesktop ${withoutDesktop}`;
}

function describeFeeds({ fedAgents, feedHeartbeats }: Pick<DayPlan, 'fedAgents' | 'feedHeartbeats'>): string {
  return `  ${String(fedAgents)} agent(s) whose desktop is fed in${feedHeartbeats ? ', and renewed by heartbeats' : ''}`;
}
