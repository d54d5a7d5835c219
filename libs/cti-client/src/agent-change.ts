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

/** What an AGENT_STATE_EVENT says about the step that was written. `pending`: it takes effect when the call ends. */
export type Proof = 'reached' | 'signedOut' | 'becameNotReady' | 'pending' | 'nothing';

/**
 * What LOAD 0 makes of a LOGOUT: Not Ready, for 50002, the reason that LOAD gives, or for that of the LOGOUT. For any other
 * reason a Not Ready proves nothing: it may be a copy, per skill group, of an event before; our own Not Ready, carried out
 * late; what the peripheral does because of a call; or the agent's own doing.
 *
 * @param logoutReasonCode null: no LOGOUT was written
 */
export function isOutcomeOfLoad(
  { state, reasonCode }: Pick<ToldState, 'state' | 'reasonCode'>,
  logoutReasonCode: number | null,
): boolean {
  const isItsReason = reasonCode === ReasonCode.CTI_COMPONENT_FAILURE || reasonCode === logoutReasonCode;
  return logoutReasonCode !== null && state === AgentState.NOT_READY && isItsReason;
}

/** Reads an AGENT_STATE_EVENT that came after `step` was written. */
export function readProof(step: ChangeStep, told: ToldState): Proof {
  if (told.state === step.state) return 'reached';
  if (told.state === AgentState.LOGOUT) return 'signedOut';
  if (pendingIn(told.nextState) !== undefined) return 'pending';
  const logoutReasonCode = step.state === AgentState.LOGOUT ? step.reasonCode : null;
  return isOutcomeOfLoad(told, logoutReasonCode) ? 'becameNotReady' : 'nothing';
}
