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

/** A crowd as if it were the only one. */
interface CrowdAlone extends Crowd {
  /** When its first turn is (epoch ms, store time). */
  readonly freeAt: number;
  /** From one of its turns to the next. */
  readonly spacingMs: number;
}

const lines: readonly (Side | null)[] = ['primary', 'secondary', null];

/** The crowds among the held losses; those that end last come first. */
export function crowdsOf(facts: CrowdFacts): readonly Crowd[] {
  const crowds = lines
    .flatMap((side) => {
      const ofLine = facts.held.filter((agent) => limitedSideOf(agent) === side);
      return [
        rateCrowd(side, waitingFor(ofLine, 'rate'), facts),
        massLossCrowd(side, waitingFor(ofLine, 'massLoss'), facts),
      ];
    })
    .filter((crowd) => crowd !== null);
  return crowds
    .map((crowd) => sharing(crowd, crowds, facts.perSecondMax))
    .sort((one, other) => other.lastAt - one.lastAt);
}

/**
 * All crowds together have the limit of the CTI server: where they want more than that, each ends later than alone. Until the
 * last one of this crowd is out, each other crowd has let out as many as its own pace allows meanwhile.
 */
function sharing(crowd: CrowdAlone, crowds: readonly CrowdAlone[], perSecondMax: number): Crowd {
  const { reason, side, count, freeAt, spacingMs } = crowd;
  // One that still waits for the end of a protection takes nothing from those whose turn is before it.
  const rivals = crowds.filter((other) => other.freeAt <= freeAt);
  const meanwhile = rivals.map((other) => Math.min(other.count, Math.ceil((count * spacingMs) / other.spacingMs)));
  const together = meanwhile.reduce((total, number) => total + number, 0);
  const lastAt = Math.max(crowd.lastAt, freeAt + crowdMs(together, limitsOf(null, perSecondMax)));
  return { reason, side, count, lastAt };
}

function waitingFor(held: readonly Agent[], reason: CrowdReason): readonly Agent[] {
  return held.filter(({ phase }) => phase.name === 'held' && phase.reasons.every((each) => each === reason));
}

/** Each one with a place was told its turn. Those who came when the line was at its longest have none yet, and follow. */
function rateCrowd(side: Side | null, agents: readonly Agent[], facts: CrowdFacts): CrowdAlone | null {
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
  const { spacingMs } = line;
  return { reason: 'rate', side, count: agents.length, lastAt: Math.max(now, lastAt), freeAt: now, spacingMs };
}

/** They are kept for as long as a protection may last, and are signed out slowly after it. */
function massLossCrowd(side: Side | null, agents: readonly Agent[], facts: CrowdFacts): CrowdAlone | null {
  if (agents.length === 0) return null;
  const { now, protections, massLoss, perSecondMax } = facts;
  const freeAt = Math.max(now, protectedUntil(protections, side, massLoss) ?? now);
  const slow: Protection = { state: 'slow', since: freeAt, lost: agents.length };
  const pace = side === null ? null : paceOf(slow, facts.signedIn[side], massLoss);
  const limits = limitsOf(pace, perSecondMax);
  return {
    reason: 'massLoss',
    side,
    count: agents.length,
    lastAt: freeAt + crowdMs(agents.length, limits),
    freeAt,
    spacingMs: spacingOf(limits),
  };
}

function paceAt(side: Side, { protections, signedIn, massLoss }: CrowdFacts): Pace {
  return paceOf(protections[side], signedIn[side], massLoss);
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((one, other) => Math.max(one, other));
}
