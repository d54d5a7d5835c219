import {
  AgentState,
  FailureCode,
  nameOf,
  PeripheralErrorCode,
  ReasonCode,
  StatusCode,
} from '#cti-protocol/enumerations';
import { type AgentView } from './agent-view';
import { type Answer } from './pending-requests';
import { spellStatus } from './session-inputs';

/** What the CTI server told of an agent, or why nothing can be told. */
export type LookAnswer =
  { kind: 'known'; view: AgentView } | { kind: 'unknownAgent' } | { kind: 'unavailable'; why: string };

/** What became of a forced change. Only an AGENT_STATE_EVENT confirms; a CONF proves nothing (GED-188). */
export type RequestOutcome =
  | {
      kind: 'confirmed';
      became: 'loggedOut' | 'notReady';
      /** Of the event that proved it: with LOAD 50002, whatever was asked for. */
      reasonCode: number;
      /** Before the first write. */
      previousState: number;
    }
  | UnconfirmedOutcome;

/** What became of a change to some other state. */
export type StateOutcome =
  { kind: 'confirmed'; state: number; reasonCode: number; previousState: number } | UnconfirmedOutcome;

/** `notReadyCode`: reason code of the NOT_READY that took effect before the sign-out was written; null: none did. */
export type UnconfirmedOutcome =
  | { kind: 'alreadySignedOut' }
  | Rejected
  /** The agent is on a call and the CTI server keeps the state until its end. */
  | { kind: 'pending'; state: PendingState; notReadyCode: number | null }
  /** Something was written and no outcome was seen: ask (`settleDoubt`), never assume. */
  | { kind: 'inDoubt'; why: string; notReadyCode: number | null }
  /** Nothing that changes anything left this process. */
  | { kind: 'notSent'; why: string };

export interface Rejected {
  readonly kind: 'rejected';
  /** The answer spelled out: `CONTROL_FAILURE 22 INVALID_OBJECT_STATE / 10112 CANNOT_LOG_OUT_FROM_THIS_STATE`. */
  readonly code: string;
  /** FailureCode of CONTROL_FAILURE_CONF, or Status of FAILURE_CONF; 0 where nobody refused. */
  readonly failureCode: number;
  /** 0 for a FAILURE_CONF. */
  readonly peripheralErrorCode: number;
  readonly onCall: boolean;
  readonly notReadyCode: number | null;
}

/** A state that takes effect when the call ends. */
export type PendingState = 'loggedOut' | 'notReady';

/** What the CTI server says after a doubt about a forced change. */
export type DoubtSettled =
  | { kind: 'loggedOut'; reasonCode: number }
  /** Not Ready was wanted, and is; or it is what LOAD 0 made of a sign-out. */
  | { kind: 'notReady'; reasonCode: number }
  /** Not proved: the request may be made again, which is harmless. */
  | { kind: 'signedIn'; state: number }
  /** On a call: what was written is pending (`isTold`), or may be, since no event has told otherwise. */
  | { kind: 'pending'; state: PendingState; isTold: boolean }
  | { kind: 'unknownAgent' }
  | { kind: 'unavailable'; why: string };

/**
 * The one rule for what a state proves after a doubt: a sign-out is always proof, Not Ready only where it was wanted.
 * After a sign-out was asked for, Not Ready may be the step before it or somebody else's doing, unless it carries LOAD's
 * own reason. During a call nothing is proved: the CTI server may keep what was written until the end of it.
 */
export function doubtSettledBy(view: AgentView, wanted: Wanted): DoubtSettled {
  const { state, reasonCode, signedOut, onCall, nextState } = view;
  if (signedOut) return { kind: 'loggedOut', reasonCode };
  if (onCall) {
    const told = pendingIn(nextState);
    return { kind: 'pending', state: told ?? wanted, isTold: told !== undefined };
  }
  const isOfLoad = reasonCode === ReasonCode.CTI_COMPONENT_FAILURE;
  if (state === AgentState.NOT_READY && (wanted === 'notReady' || isOfLoad)) return { kind: 'notReady', reasonCode };
  return { kind: 'signedIn', state };
}

/** Which of our changes that next state would be; undefined: none. */
export function pendingIn(nextState: number | undefined): PendingState | undefined {
  if (nextState === AgentState.LOGOUT) return 'loggedOut';
  return nextState === AgentState.NOT_READY ? 'notReady' : undefined;
}

/** What a forced change is to end in. */
export type Wanted = 'loggedOut' | 'notReady';

/** A negative answer. */
export type Refusal = Extract<Answer, { kind: 'controlFailure' | 'failure' }>;

const REFUSALS_OF_A_STATE: readonly number[] = [
  PeripheralErrorCode.CANNOT_GO_UNAVAILABLE_NOW,
  PeripheralErrorCode.BAD_STATE_TRANSITION,
  PeripheralErrorCode.CANNOT_GO_READY,
  PeripheralErrorCode.CANNOT_LOG_OUT_FROM_THIS_STATE,
];

/** Whether a change was refused because of the state that the agent is in. */
export const forbidsInThisState = (refusal: Refusal): boolean =>
  refusal.kind === 'controlFailure' && REFUSALS_OF_A_STATE.includes(refusal.peripheralErrorCode);

/** Whether a refusal says that the agent is signed out already. */
export const saysSignedOut = (refusal: Refusal): boolean =>
  refusal.kind === 'controlFailure'
    ? refusal.peripheralErrorCode === PeripheralErrorCode.ALREADY_LOGGED_OUT
    : refusal.status === StatusCode.AGENT_NOT_LOGGED_ON;

const FAILURES_OF_AN_UNKNOWN_AGENT: readonly number[] = [
  FailureCode.OBJECT_NOT_KNOWN,
  FailureCode.INVALID_AGENT_ID_SPECIFIED,
];

/** Whether a refused query says that there is no such agent. */
export const saysUnknownAgent = (refusal: Refusal): boolean =>
  refusal.kind === 'controlFailure'
    ? FAILURES_OF_AN_UNKNOWN_AGENT.includes(refusal.failureCode)
    : refusal.status === StatusCode.INVALID_AGENT_DATA;

export function rejectionOf(refusal: Refusal, onCall: boolean, notReadyCode: number | null): Rejected {
  const isFailure = refusal.kind === 'failure';
  return {
    kind: 'rejected',
    code: spell(refusal),
    failureCode: isFailure ? refusal.status : refusal.failureCode,
    peripheralErrorCode: isFailure ? 0 : refusal.peripheralErrorCode,
    onCall,
    notReadyCode,
  };
}

/** An answer as a log and a journal should show it. */
export function spell(answer: Answer): string {
  switch (answer.kind) {
    case 'confirmed':
      return answer.message.name;
    case 'controlFailure': {
      const { failureCode, peripheralErrorCode } = answer;
      const failure = withName(FailureCode, failureCode);
      return `CONTROL_FAILURE ${failure} / ${withName(PeripheralErrorCode, peripheralErrorCode)}`;
    }
    case 'failure':
      return `FAILURE ${spellStatus(answer.status)}`;
    case 'timedOut':
      return 'no answer in time';
    case 'lost':
      return `the link was lost: ${answer.why}`;
  }
}

function withName(table: Readonly<Record<string, number>>, value: number): string {
  const name = nameOf(table, value);
  return name === String(value) ? name : `${value} ${name}`;
}
