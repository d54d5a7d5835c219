import { AgentState, FailureCode, nameOf, PeripheralErrorCode, StatusCode } from '#cti-protocol/enumerations';
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

export type UnconfirmedOutcome =
  | { kind: 'alreadySignedOut' }
  | {
      kind: 'rejected';
      /** The answer spelled out: `CONTROL_FAILURE 22 INVALID_OBJECT_STATE / 10112 CANNOT_LOG_OUT_FROM_THIS_STATE`. */
      code: string;
      /** FailureCode of CONTROL_FAILURE_CONF, or Status of FAILURE_CONF. */
      failureCode: number;
      /** 0 for a FAILURE_CONF. */
      peripheralErrorCode: number;
      onCall: boolean;
    }
  /** Something was written and no outcome was seen: ask (`settleDoubt`), never assume. */
  | { kind: 'inDoubt'; why: string }
  /** Nothing that changes anything left this process. */
  | { kind: 'notSent'; why: string };

/** What the CTI server says after a doubt about a forced change. */
export type DoubtSettled =
  | { kind: 'loggedOut'; reasonCode: number }
  /** Not Ready was wanted, and is. */
  | { kind: 'notReady'; reasonCode: number }
  /** Not proved: the request may be made again, which is harmless. */
  | { kind: 'signedIn'; state: number; onCall: boolean }
  | { kind: 'unknownAgent' }
  | { kind: 'unavailable'; why: string };

/**
 * The one rule for what a state proves after a doubt: a sign-out is always proof, Not Ready only where it was wanted.
 * After a sign-out was asked for, Not Ready may be what LOAD 0 made of it, the step before it, or somebody else's doing.
 */
export function doubtSettledBy({ state, reasonCode, signedOut, onCall }: AgentView, wanted: Wanted): DoubtSettled {
  if (signedOut) return { kind: 'loggedOut', reasonCode };
  if (wanted === 'notReady' && state === AgentState.NOT_READY) return { kind: 'notReady', reasonCode };
  return { kind: 'signedIn', state, onCall };
}

/** What a forced change is to end in. */
export type Wanted = 'loggedOut' | 'notReady';

/** A negative answer. */
export type Refusal = Extract<Answer, { kind: 'controlFailure' | 'failure' }>;

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

export function rejectionOf(refusal: Refusal, onCall: boolean): Extract<UnconfirmedOutcome, { kind: 'rejected' }> {
  return refusal.kind === 'failure'
    ? { kind: 'rejected', code: spell(refusal), failureCode: refusal.status, peripheralErrorCode: 0, onCall }
    : {
        kind: 'rejected',
        code: spell(refusal),
        failureCode: refusal.failureCode,
        peripheralErrorCode: refusal.peripheralErrorCode,
        onCall,
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
