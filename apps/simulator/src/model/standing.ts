/** The agent states this simulator knows, by their wire names. */
export type StateName =
  | 'LOGIN'
  | 'LOGOUT'
  | 'NOT_READY'
  | 'AVAILABLE'
  | 'TALKING'
  | 'WORK_NOT_READY'
  | 'WORK_READY'
  | 'BUSY_OTHER'
  | 'RESERVED'
  | 'UNKNOWN'
  | 'HOLD'
  | 'ACTIVE'
  | 'PAUSED'
  | 'INTERRUPTED'
  | 'NOT_ACTIVE';

/** States an agent can have without a call, and returns to when the last call is over. */
export type RestingState = 'LOGOUT' | 'NOT_READY' | 'AVAILABLE' | 'WORK_NOT_READY' | 'WORK_READY';

/** A state with its reason code; the reason counts for NOT_READY and LOGOUT only, else 0. */
export interface Standing<S extends StateName = StateName> {
  readonly state: S;
  readonly reasonCode: number;
}

/** System reason codes (Finesse 12.6 administration guide, UCCE 12.6 reporting guide). */
export const ReasonCode = {
  none: 0,
  desktopLost: 255,
  supervisorForced: 999,
  notAnswered: 32767,
  connectionFailure: 50002,
  nonAcdCall: 50005,
  loginDuringCall: 51004,
} as const;

/** How a call reached its agent: routed, straight to the extension, made by the agent, or on a non-ACD line. */
export type CallKind = 'acd' | 'direct' | 'outbound' | 'nonAcd';

export type LegState = 'alerting' | 'connected' | 'held';

/** As much of a leg as the agent's state depends on. */
export interface LegFacts {
  readonly kind: CallKind;
  readonly state: LegState;
}

/**
 * What the CTI server shows of an agent: the resting state, unless a call overlays it.
 * A logged-out agent stays logged out although the call goes on (LOAD 1).
 */
export function shownStanding(
  resting: Standing<RestingState>,
  legs: readonly LegFacts[],
  mode: 'ucce' | 'uccx',
): Standing {
  if (resting.state === 'LOGOUT' || legs.length === 0) return resting;
  return mode === 'uccx' ? shownByUccx(resting, legs) : shownByUcce(resting, legs);
}

function shownByUcce(resting: Standing<RestingState>, legs: readonly LegFacts[]): Standing {
  const onLine = legs.filter((leg) => leg.kind !== 'nonAcd');
  if (onLine.some((leg) => leg.state === 'connected')) return { state: 'TALKING', reasonCode: ReasonCode.none };
  if (onLine.some((leg) => leg.state === 'alerting' && leg.kind === 'acd')) {
    return { state: 'RESERVED', reasonCode: ReasonCode.none };
  }
  if (onLine.some((leg) => leg.state === 'held')) return { state: 'HOLD', reasonCode: ReasonCode.none };
  const onOtherLine = legs.some((leg) => leg.kind === 'nonAcd' && leg.state !== 'alerting');
  return onOtherLine ? { state: 'NOT_READY', reasonCode: ReasonCode.nonAcdCall } : resting;
}

function shownByUccx(resting: Standing<RestingState>, legs: readonly LegFacts[]): Standing {
  const routed = legs.filter((leg) => leg.kind === 'acd');
  if (routed.some((leg) => leg.state !== 'alerting')) return { state: 'TALKING', reasonCode: ReasonCode.none };
  if (routed.length > 0) return { state: 'RESERVED', reasonCode: ReasonCode.none };
  const reasonCode = resting.state === 'NOT_READY' ? resting.reasonCode : ReasonCode.none;
  return { state: 'NOT_READY', reasonCode };
}

export function isSameStanding(one: Standing, other: Standing): boolean {
  return one.state === other.state && one.reasonCode === other.reasonCode;
}
