/**
 * The rules for changes that agents ask for themselves, at their desktops, as pure functions. They are never forced: the
 * CTI server judges them, and what it refuses is refused. The AGENT_STATE_EVENT is the only proof (GED-188).
 *
 * - A sign-in again, on the same extension, is done and keeps the state; on another extension it is refused.
 * - During a call a state is only noted: NextAgentState of the event says so, and it takes effect after the call.
 */
import { AgentState, FailureCode, nameOf, PeripheralErrorCode, StatusCode } from '#cti-protocol/enumerations';
import { type AgentView } from './agent-view';
import { type Refusal, spell } from './request-outcome';
import { type StateOrder, type ToldState } from './state-writer';

export type Wish =
  | { readonly kind: 'signIn'; readonly extension: string }
  /** AgentState AVAILABLE or NOT_READY. */
  | { readonly kind: 'setState'; readonly state: number; readonly reasonCode: number }
  | { readonly kind: 'signOut'; readonly reasonCode: number };

export interface Rejection {
  readonly kind: 'rejected';
  /** `CF_` and the name of a FailureCode, or `E_CTI_` and the name of a StatusCode, as Finesse spells them. */
  readonly code: string;
  /** 0 where there is none. */
  readonly peripheralErrorCode: number;
  readonly sentence: string;
}

/** What became of a wish. */
export type OwnOutcome =
  | { readonly kind: 'done'; readonly view: AgentView }
  | Rejection
  | { readonly kind: 'inDoubt'; readonly why: string }
  /** Nothing left this process. */
  | { readonly kind: 'notSent'; readonly why: string };

/** States in which an agent is not signed in, or not yet. */
const STATES_BEFORE_SIGN_IN: readonly number[] = [AgentState.LOGIN, AgentState.LOGOUT, AgentState.UNKNOWN];

/** What can be said about a wish without asking the CTI server; undefined when it is to be written. */
export function answerAtOnce(wish: Wish, view: AgentView): OwnOutcome | undefined {
  if (wish.kind === 'signIn' && !view.signedOut && !isAt(view, wish.extension)) return signedOnElsewhere(view);
  const isAnotherReason =
    wish.kind === 'setState' && wish.state === AgentState.NOT_READY && wish.reasonCode !== view.reasonCode;
  return isFulfilled(wish, view) && !isAnotherReason ? { kind: 'done', view } : undefined;
}

/** Whether the agent is as the wish wants it, or will be after its call. */
export function isFulfilled(wish: Wish, view: AgentView): boolean {
  switch (wish.kind) {
    case 'signIn':
      return !view.signedOut && isAt(view, wish.extension);
    case 'setState':
      return view.state === wish.state || view.nextState === wish.state;
    case 'signOut':
      return view.signedOut || view.nextState === AgentState.LOGOUT;
  }
}

/** The request that asks for it. */
export function orderOf(wish: Wish, view: AgentView): StateOrder {
  const { agentId, instrument = view.extension } = view;
  switch (wish.kind) {
    case 'signIn':
      return { agentId, instrument: wish.extension, state: AgentState.LOGIN, reasonCode: 0, forced: false };
    case 'setState':
      return { agentId, instrument, state: wish.state, reasonCode: wish.reasonCode, forced: false };
    case 'signOut':
      return { agentId, instrument, state: AgentState.LOGOUT, reasonCode: wish.reasonCode, forced: false };
  }
}

/** What an event after the write proves. `signedOut`: somebody signed the agent out instead. */
export function proofOf(wish: Wish, before: AgentView, told: ToldState): 'fulfilled' | 'signedOut' | undefined {
  switch (wish.kind) {
    case 'signIn':
      return STATES_BEFORE_SIGN_IN.includes(told.state) ? undefined : 'fulfilled';
    case 'setState': {
      if (told.state === AgentState.LOGOUT) return 'signedOut';
      if (told.nextState === wish.state) return 'fulfilled';
      // A copy, per skill group, of the Not Ready that was proves nothing.
      const isCopy = told.state === before.state && told.reasonCode !== wish.reasonCode;
      return told.state === wish.state && !isCopy ? 'fulfilled' : undefined;
    }
    case 'signOut':
      return told.state === AgentState.LOGOUT || told.nextState === AgentState.LOGOUT ? 'fulfilled' : undefined;
  }
}

export function rejectionBy(refusal: Refusal): Rejection {
  const sentence = `The CTI server refused: ${spell(refusal)}.`;
  return refusal.kind === 'failure'
    ? { kind: 'rejected', code: `E_CTI_${nameOf(StatusCode, refusal.status)}`, peripheralErrorCode: 0, sentence }
    : {
        kind: 'rejected',
        code: `CF_${nameOf(FailureCode, refusal.failureCode)}`,
        peripheralErrorCode: refusal.peripheralErrorCode,
        sentence,
      };
}

export const signedOnElsewhere = ({ agentId, extension = 'another device' }: AgentView): Rejection =>
  decline('SPECIFIED_AGENT_ALREADY_SIGNED_ON', `Agent ${agentId} is signed in on ${extension} already.`);

export const unknownAgent = (agentId: string): Rejection =>
  decline('INVALID_AGENT_ID_SPECIFIED', `The CTI server knows no agent ${agentId}.`);

export const signedOutMeanwhile = (agentId: string): Rejection => ({
  ...decline('INVALID_OBJECT_STATE', `Agent ${agentId} was signed out meanwhile.`),
  peripheralErrorCode: PeripheralErrorCode.ALREADY_LOGGED_OUT,
});

export const didNotHappen = (view: AgentView, why: string): Rejection =>
  decline('REQUEST_TIMEOUT_REJECTION', `${why}; asked again, the agent is ${nameOf(AgentState, view.state)}.`);

const decline = (failure: keyof typeof FailureCode, sentence: string): Rejection => ({
  kind: 'rejected',
  code: `CF_${failure}`,
  peripheralErrorCode: 0,
  sentence,
});

const isAt = (view: AgentView, extension: string): boolean =>
  view.extension === extension || view.instrument === extension;
