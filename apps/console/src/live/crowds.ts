import { type Agent, type HoldReason, type Side } from '#domain/agent';
import { type Pace, paceOf, protectedUntil, type Protection } from '#domain/mass-loss';
import { type MassLossPolicy } from '#domain/policy';
import { crowdMs, limitsOf, spacingOf, turnInLine } from '#domain/request-line';
import { type RequestPlaces } from '#store/request-places';
import { limitedSideOf } from '#store/side-of-loss';

/** What a crowd waits for. Other holds end when something happens outside, and nobody knows when. */
export type CrowdReason = Extract<HoldReason, 'rate' | 'massLoss'>;

/** Held losses that wait for the same limit or protection, and for nothing else. */
export interface Crowd {
  readonly reason: CrowdReason;
  /** Whose limit counts; null: that of the CTI server alone. */
  readonly side: Side | null;
  readonly count: number;
  /** When the last of them is expected to be signed out, if none of them returns (epoch ms, store time). */
  readonly lastAt: number;
}

export interface CrowdFacts {
  /** Store time, epoch ms. */
  readonly now: number;
  /** All held losses. */
  readonly held: readonly Agent[];
  readonly protections: Readonly<Record<Side, Protection | null>>;
  /** Agents of each side who are signed in, with a desktop or without. */
  readonly signedIn: Readonly<Record<Side, number>>;
  readonly placesOf: (side: Side | null) => RequestPlaces;
  readonly massLoss: MassLossPolicy;
  readonly perSecondMax: number;
}

const lines: readonly (Side | null)[] = ['primary', 'secondary', null];

/** The crowds among the held losses; those that end last come first. */
export function crowdsOf(facts: CrowdFacts): readonly Crowd[] {
  const crowds = lines.flatMap((side) => {
    const ofLine = facts.held.filter((agent) => limitedSideOf(agent) === side);
    return [
      rateCrowd(side, waitingFor(ofLine, 'rate'), facts),
      massLossCrowd(side, waitingFor(ofLine, 'massLoss'), facts),
    ];
  });
  return crowds.filter((crowd) => crowd !== null).sort((one, other) => other.lastAt - one.lastAt);
}

function waitingFor(held: readonly Agent[], reason: CrowdReason): readonly Agent[] {
  return held.filter(({ phase }) => phase.name === 'held' && phase.reasons.every((each) => each === reason));
}

/** Each one with a place was told its turn. Those who came when the line was at its longest have none yet, and follow. */
function rateCrowd(side: Side | null, agents: readonly Agent[], facts: CrowdFacts): Crowd | null {
  if (agents.length === 0) return null;
  const { now, perSecondMax } = facts;
  const { turns, perMinuteMax } = facts.placesOf(side);
  const told = agents.flatMap(({ key }) => turns.get(key.agentId) ?? []);
  const behind = agents.length - told.length;
  const pace = side === null ? null : paceAt(side, facts);
  const limits = limitsOf(
    pace === null ? null : { ...pace, perMinuteMax: perMinuteMax ?? pace.perMinuteMax },
    perSecondMax,
  );
  const line = { freeAt: now, lastAt: latest([...turns.values()]), spacingMs: spacingOf(limits) };
  const lastAt = behind > 0 ? turnInLine(line, behind) : (latest(told) ?? now);
  return { reason: 'rate', side, count: agents.length, lastAt: Math.max(now, lastAt) };
}

/** They are kept for as long as a protection may last, and are signed out slowly after it. */
function massLossCrowd(side: Side | null, agents: readonly Agent[], facts: CrowdFacts): Crowd | null {
  if (agents.length === 0) return null;
  const { now, protections, massLoss, perSecondMax } = facts;
  const freeAt = Math.max(now, protectedUntil(protections, side, massLoss) ?? now);
  const slow: Protection = { state: 'slow', since: freeAt, lost: agents.length };
  const pace = side === null ? null : paceOf(slow, facts.signedIn[side], massLoss);
  return {
    reason: 'massLoss',
    side,
    count: agents.length,
    lastAt: freeAt + crowdMs(agents.length, limitsOf(pace, perSecondMax)),
  };
}

function paceAt(side: Side, { protections, signedIn, massLoss }: CrowdFacts): Pace {
  return paceOf(protections[side], signedIn[side], massLoss);
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((one, other) => Math.max(one, other));
}
