/**
 * The rules of GED-188 for changing an agent's state, as pure functions.
 *
 * 1. A sign-out is accepted only from NOT_READY: from any other state off a call NOT_READY is asked for first, and its
 *    AGENT_STATE_EVENT awaited, since the CTI server reserves ForcedFlag and does not act on it.
 * 2. On a call nothing is sent: it would become pending and take effect later, when the agent may be back. A call may begin
 *    before the request arrives: then its next state says what is pending.
 * 3. The AGENT_STATE_EVENT is the only proof.
 * 4. LOAD 0 turns a forced sign-out into Not Ready, with reason 50002 (Finesse administration guide).
 */
import { AgentState, ReasonCode } from '#cti-protocol/enumerations';
import { type AgentView } from './agent-view';
import { pendingIn } from './request-outcome';
import { type ToldState } from './state-writer';

/** What a change is to end in, with the reason codes it sends. */
export interface Goal {
  readonly state: number;
  readonly reasonCode: number;
  /** Of the NOT_READY that goes before a sign-out. */
  readonly notReadyReasonCode: number;
}

/** One SET_AGENT_STATE_REQ. */
export interface ChangeStep {
  readonly state: number;
  readonly reasonCode: number;
  readonly forced: boolean;
  /** Whether the goal is reached with it. */
  readonly isLast: boolean;
}

export type NextMove =
  { kind: 'write'; step: ChangeStep } | { kind: 'reached' } | { kind: 'signedOut' } | { kind: 'onCall' };

/** What to do about an agent that is as `view` says. */
export function nextMove(goal: Goal, view: AgentView): NextMove {
  if (view.signedOut) return { kind: 'signedOut' };
  if (view.onCall) return { kind: 'onCall' };
  if (view.state === goal.state) return { kind: 'reached' };
  if (goal.state === AgentState.LOGOUT && view.state !== AgentState.NOT_READY) {
    const { notReadyReasonCode: reasonCode } = goal;
    return { kind: 'write', step: { state: AgentState.NOT_READY, reasonCode, forced: false, isLast: false } };
  }
  const forced = goal.state === AgentState.LOGOUT;
  return { kind: 'write', step: { state: goal.state, reasonCode: goal.reasonCode, forced, isLast: true } };
}

/** Not Ready for these reasons is the peripheral's own doing, and no answer to a request. */
const SET_BY_CALLS: ReadonlySet<number> = new Set([
  ReasonCode.OFF_HOOK,
  ReasonCode.CALL_NOT_ANSWERED,
  ReasonCode.NON_ACD_CALL,
  ReasonCode.OUTBOUND_CALL,
  ReasonCode.ROUTED_CALLS_DID_NOT_ARRIVE,
  ReasonCode.MOBILE_AGENT_LINE_BUSY,
  ReasonCode.LOGIN_WITH_CALL,
]);

/** Reason codes of a Not Ready that prove nothing about a sign-out. */
export interface StandingReasons {
  /** Of the agent when the step was written. */
  readonly before: number;
  /** Of the Not Ready that goes before a sign-out. */
  readonly ownNotReady: number;
}

/** What an AGENT_STATE_EVENT says about the step that was written. `pending`: it takes effect when the call ends. */
export type Proof = 'reached' | 'signedOut' | 'becameNotReady' | 'pending' | 'nothing';

/**
 * Reads an AGENT_STATE_EVENT that came after `step` was written.
 *
 * A NOT_READY after a LOGOUT was written is the outcome under LOAD 0 when it carries 50002, or any reason that differs
 * from the one that stood when the LOGOUT was written (the reason LOAD sets is a setting of the peripheral, and a new
 * reason proves that something changed). Not so the reasons that the peripheral sets because of calls: such a call may have
 * begun before the request, which is pending then. A NOT_READY with the old reason proves nothing: it is most likely a copy, per
 * skill group, of the event that ended the step before. Nor does one with the reason of our own Not Ready: it may be carried out
 * after the sign-out was written and before that has its effect, when the agent went Not Ready by hand at the same moment.
 */
export function readProof(step: ChangeStep, standing: StandingReasons, told: ToldState): Proof {
  const { state, reasonCode, nextState } = told;
  if (state === step.state) return 'reached';
  if (state === AgentState.LOGOUT) return 'signedOut';
  if (pendingIn(nextState) !== undefined) return 'pending';
  if (step.state !== AgentState.LOGOUT || state !== AgentState.NOT_READY || SET_BY_CALLS.has(reasonCode))
    return 'nothing';
  if (reasonCode === ReasonCode.CTI_COMPONENT_FAILURE) return 'becameNotReady';
  return reasonCode === standing.before || reasonCode === standing.ownNotReady ? 'nothing' : 'becameNotReady';
}
