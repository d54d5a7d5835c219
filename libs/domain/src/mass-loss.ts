import { type Side } from './agent';
import { type MassLossPolicy } from './policy';

/**
 * The life of a protection, one for each side that lost too many desktops at once.
 *
 * It begins `held`, when a burst of losses took too large a part of the side (rule M1): none of the side's losses is
 * signed out. It ends in one of three ways (rule M2): most of those that were lost are back and the shortest hold has
 * passed (`over`); an operator let its losses go (`released`); or the longest hold has passed, and then those that are
 * still absent are signed out slowly, one after the other (`slow`), until none is left (`over`).
 * A protection that is not held any more is remembered as long as its burst could be found again, so that the same
 * losses do not begin another one.
 */
export interface Protection {
  readonly state: 'held' | 'released' | 'slow' | 'over';
  /** When its burst was found (epoch ms, Redis time). */
  readonly since: number;
  /** Agents absent when it was found: the share that must come back is a share of these. */
  readonly lost: number;
}

/** What is counted of a side, now. Agents who are known to be signed out have nothing to lose and are nowhere counted. */
export interface Census {
  /** Agents with a desktop on that side. */
  readonly present: number;
  /** Losses within one window, byes and operators' orders left out. */
  readonly burst: number;
  /** Agents lost in the protection's burst or since, who are still absent; 0 without a protection. */
  readonly absent: number;
  /** Agents lost in the protection's burst or since, of whom it turned out later that they had signed out; 0 without one. */
  readonly cleared: number;
}

/** Rule M1: the burst took at least `lossesMin` agents of the side, and at least `share` of those it had. */
export function isBurst({ present, burst }: Pick<Census, 'present' | 'burst'>, policy: MassLossPolicy): boolean {
  return burst >= Math.max(policy.lossesMin, policy.share * (present + burst));
}

/** Whether these losses begin a protection of their own. `burstAt`: the time around which they were counted. */
export function beginsProtection(
  known: Protection | null,
  census: Pick<Census, 'present' | 'burst'>,
  burstAt: number,
  policy: MassLossPolicy,
): boolean {
  return isBurst(census, policy) && !covers(known, burstAt, policy);
}

/** The protection of a side as it should be now; null: none. `burstAt`: the time around which the burst of the census was counted. */
export function judgeProtection(
  known: Protection | null,
  census: Census,
  burstAt: number,
  now: number,
  policy: MassLossPolicy,
): Protection | null {
  if (beginsProtection(known, census, burstAt, policy))
    return { state: 'held', since: now, lost: Math.max(census.burst, census.absent) + census.cleared };
  if (known === null) return null;
  const heldMs = now - known.since;
  switch (known.state) {
    case 'held': {
      const { present, absent, cleared } = census;
      const lost = Math.max(known.lost, absent + cleared);
      const atStake = lost - cleared;
      // So many of them had signed out that the others are no burst: it was the end of a shift. The protection is forgotten,
      // since one that is over would keep the next burst from being one.
      const others = present + absent - atStake;
      if (cleared > 0 && !isBurst({ present: others, burst: atStake }, policy)) return null;
      const areBack = absent <= (1 - policy.backShare) * atStake;
      if (areBack && heldMs >= policy.holdMsMin) return { ...known, state: 'over' };
      if (heldMs >= policy.holdMsMax) return { ...known, state: 'slow' };
      return lost === known.lost ? known : { ...known, lost };
    }
    case 'released':
    case 'slow':
      return census.absent === 0 ? { ...known, state: 'over' } : known;
    case 'over':
      return heldMs > policy.holdMsMax + 2 * policy.windowMs ? null : known;
  }
}

/** Losses up to one window after the protection began are its own; a held one takes in whatever comes. */
function covers(known: Protection | null, burstAt: number, { windowMs }: MassLossPolicy): boolean {
  if (known === null) return false;
  return known.state === 'held' || burstAt <= known.since + windowMs;
}

/**
 * Rules M2 and M3: until when that side's losses are held at the longest (epoch ms, store time); null: they are not. With
 * every side protected, the observer is the suspect, and goodbyes are held too, until one of them is not.
 *
 * @param side null: of goodbyes, which count for no side
 */
export function protectedUntil(
  { primary, secondary }: Readonly<Record<Side, Protection | null>>,
  side: Side | null,
  { holdMsMax }: Pick<MassLossPolicy, 'holdMsMax'>,
): number | null {
  const endOf = (known: Protection | null): number | null => (known?.state === 'held' ? known.since + holdMsMax : null);
  const [ofPrimary, ofSecondary] = [endOf(primary), endOf(secondary)];
  if (side !== null) return side === 'primary' ? ofPrimary : ofSecondary;
  return ofPrimary === null || ofSecondary === null ? null : Math.min(ofPrimary, ofSecondary);
}

/** How fast a side's losses may be signed out (rule M4). */
export interface Pace {
  /** A share of those signed in now; the store keeps the highest of the last minute, or those signed out would lower it. */
  readonly perMinuteMax: number;
  /** Null: no further limit than that of the CTI server. */
  readonly perSecondMax: number | null;
}

/** Rule M4. Small sites get `lossesMin` a minute: 15 % of ten agents would be one. */
export function paceOf(protection: Protection | null, signedIn: number, policy: MassLossPolicy): Pace {
  const perMinuteMax = Math.max(policy.lossesMin, Math.floor(policy.logoutShare * signedIn));
  return { perMinuteMax, perSecondMax: protection?.state === 'slow' ? policy.slowPerSecondMax : null };
}
