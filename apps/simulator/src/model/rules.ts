import { ReasonCode, type RestingState, type Standing, type StateName } from './standing';
import { type Settings } from './settings';

/** A change of state that a client (or the agent himself, by HTTP) asks for. */
export interface StateRequest {
  readonly state: StateName;
  readonly reasonCode: number;
  /** 0 as the rules allow, 1 regardless of validity, 2 authenticate only. */
  readonly forcedFlag: number;
}

/** What the rules look at. */
export interface AgentFacts {
  readonly resting: Standing<RestingState>;
  readonly onCall: boolean;
  readonly wrapUpEntered: boolean;
}

export type Verdict =
  | { readonly kind: 'apply'; readonly standing: Standing<RestingState> }
  | { readonly kind: 'pending'; readonly standing: Standing<RestingState>; readonly forced: boolean }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refuse'; readonly failureCode: number; readonly peripheralErrorCode: number };

/** FailureCode of CONTROL_FAILURE_CONF. */
const Failure = {
  valueOutOfRange: 3,
  invalidObjectState: 22,
  invalidAgentReasonCode: 266,
  wrapUpDataRequired: 280,
  reasonCodeRequired: 281,
} as const;

/** PeripheralErrorCode as UCCE gives it. */
const Acd = {
  none: 0,
  alreadyLoggedOut: 10101,
  cannotGoUnavailable: 10104,
  badTransition: 10108,
  cannotGoReady: 10111,
  cannotLogOut: 10112,
} as const;

/** A logout is forced by its reason (the desktop is lost) or by its flag. */
export function isForcedLogout(request: StateRequest): boolean {
  return request.state === 'LOGOUT' && (request.reasonCode === ReasonCode.desktopLost || request.forcedFlag === 1);
}

/** Judges one request; changes nothing. A forced logout becomes what LOAD says, and on UCCE never before NOT_READY. */
export function judge(agent: AgentFacts, request: StateRequest, settings: Settings): Verdict {
  switch (request.state) {
    case 'LOGIN':
      return judgeLogin(agent, request);
    case 'LOGOUT':
      return judgeLogout(agent, request, settings);
    case 'NOT_READY':
      return judgeNotReady(agent, request, settings);
    case 'AVAILABLE':
      return judgeAvailable(agent, settings);
    case 'WORK_READY':
    case 'WORK_NOT_READY':
      return agent.onCall && agent.resting.state !== 'LOGOUT'
        ? { kind: 'pending', standing: { state: request.state, reasonCode: ReasonCode.none }, forced: false }
        : refuse(Failure.invalidObjectState, Acd.badTransition);
    default:
      return refuse(Failure.invalidObjectState, Acd.badTransition);
  }
}

function judgeLogin(agent: AgentFacts, request: StateRequest): Verdict {
  const authenticateOnly = request.forcedFlag === 2;
  // Signing in again on the same extension is allowed and keeps the current state.
  if (authenticateOnly || agent.resting.state !== 'LOGOUT') return { kind: 'nothing' };
  const reasonCode = agent.onCall ? ReasonCode.loginDuringCall : ReasonCode.none;
  return { kind: 'apply', standing: { state: 'NOT_READY', reasonCode } };
}

function judgeLogout(agent: AgentFacts, request: StateRequest, settings: Settings): Verdict {
  if (agent.resting.state === 'LOGOUT') return refuse(Failure.invalidObjectState, Acd.alreadyLoggedOut);
  const reasonRefusal = judgeReason(request.reasonCode, settings);
  if (reasonRefusal !== undefined) return reasonRefusal;
  const forced = isForcedLogout(request);
  const standing = forced ? forcedOutcome(request, settings) : logout(request.reasonCode);
  if (agent.onCall) {
    if (forced && settings.load === 1 && settings.mode === 'ucce') return { kind: 'apply', standing };
    if (settings.onCall === 'refuse') return refuse(Failure.invalidObjectState, Acd.cannotLogOut);
    return { kind: 'pending', standing, forced };
  }
  if (forced && settings.honourForcedFlag) return { kind: 'apply', standing };
  const isAllowed =
    agent.resting.state === 'NOT_READY' || (settings.mode === 'uccx' && agent.resting.state === 'AVAILABLE');
  return isAllowed ? { kind: 'apply', standing } : refuse(Failure.invalidObjectState, Acd.cannotLogOut);
}

/** LOAD of finesse: 0 leaves the agent Not Ready, 1 logs out; UCCX always logs out. */
function forcedOutcome(request: StateRequest, settings: Settings): Standing<RestingState> {
  if (settings.mode === 'uccx') return logout(request.reasonCode);
  return settings.load === 1
    ? logout(ReasonCode.connectionFailure)
    : { state: 'NOT_READY', reasonCode: ReasonCode.connectionFailure };
}

function judgeNotReady(agent: AgentFacts, request: StateRequest, settings: Settings): Verdict {
  if (agent.resting.state === 'LOGOUT') return refuse(Failure.invalidObjectState, Acd.badTransition);
  const refusal = judgeReason(request.reasonCode, settings) ?? judgeWrapUp(agent, settings);
  if (refusal !== undefined) return refusal;
  const standing = { state: 'NOT_READY', reasonCode: request.reasonCode } as const;
  if (!agent.onCall) return { kind: 'apply', standing };
  return settings.onCall === 'refuse'
    ? refuse(Failure.invalidObjectState, Acd.cannotGoUnavailable)
    : { kind: 'pending', standing, forced: false };
}

function judgeAvailable(agent: AgentFacts, settings: Settings): Verdict {
  if (agent.resting.state === 'LOGOUT') return refuse(Failure.invalidObjectState, Acd.cannotGoReady);
  const refusal = judgeWrapUp(agent, settings);
  if (refusal !== undefined) return refusal;
  const standing = { state: 'AVAILABLE', reasonCode: ReasonCode.none } as const;
  if (!agent.onCall) return { kind: 'apply', standing };
  return settings.onCall === 'refuse'
    ? refuse(Failure.invalidObjectState, Acd.cannotGoReady)
    : { kind: 'pending', standing, forced: false };
}

function judgeReason(reasonCode: number, settings: Settings): Verdict | undefined {
  if (reasonCode === ReasonCode.none) {
    return settings.reasonCodeRequired ? refuse(Failure.reasonCodeRequired, Acd.none) : undefined;
  }
  // What a supervisor forces has a reason code of the system's.
  if (reasonCode === ReasonCode.supervisorForced) return undefined;
  const listed = settings.reasonCodes.length === 0 || settings.reasonCodes.includes(reasonCode);
  return listed ? undefined : refuse(Failure.invalidAgentReasonCode, Acd.none);
}

function judgeWrapUp(agent: AgentFacts, settings: Settings): Verdict | undefined {
  const wrappingUp = agent.resting.state === 'WORK_READY' || agent.resting.state === 'WORK_NOT_READY';
  const missing = settings.wrapUp === 'required' && wrappingUp && !agent.wrapUpEntered;
  return missing ? refuse(Failure.wrapUpDataRequired, Acd.none) : undefined;
}

function logout(reasonCode: number): Standing<RestingState> {
  return { state: 'LOGOUT', reasonCode };
}

function refuse(failureCode: number, peripheralErrorCode: number): Verdict {
  return { kind: 'refuse', failureCode, peripheralErrorCode };
}

/** The verdict for a state number that names no agent state. */
export const stateOutOfRange: Verdict = refuse(Failure.valueOutOfRange, Acd.none);

/** Where an agent comes to rest after the last call: a wrap-up first when one is set, a forced change at once. */
export function restAfterCall(
  resting: Standing<RestingState>,
  pending: { readonly standing: Standing<RestingState>; readonly forced: boolean } | undefined,
  routed: boolean,
  settings: Settings,
): Standing<RestingState> {
  const next = pending?.standing ?? resting;
  if (settings.wrapUp === 'none' || !routed || pending?.forced === true) return next;
  if (next.state === 'AVAILABLE') return { state: 'WORK_READY', reasonCode: ReasonCode.none };
  if (next.state === 'NOT_READY') return { state: 'WORK_NOT_READY', reasonCode: ReasonCode.none };
  return next;
}
