/** Requests about one agent: looking at it, and changing its state by the rules of GED-188 (`agent-change.ts`). */
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type Logger } from 'pino';
import { type ChangeStep, type Goal, isOutcomeOfLoad, nextMove, readProof } from './agent-change';
import { AgentEnquiry, TURN_REFUSED } from './agent-enquiry';
import { type AgentView } from './agent-view';
import { Dialogs } from './dialogs';
import { type CtiLink } from './link';
import { type Mirror, VOICE_MRD_ID } from './mirror';
import { OwnChanges } from './own-changes';
import { Reminder } from './reminder';
import {
  type DoubtSettled,
  doubtSettledBy,
  forbidsInThisState,
  type LookAnswer,
  pendingIn,
  type Refusal,
  rejectionOf,
  type RequestOutcome,
  saysSignedOut,
  spell,
  type StateOutcome,
  type UnconfirmedOutcome,
  type Wanted,
} from './request-outcome';
import { type ChangeRequest, StateWriter } from './state-writer';
import { WarmUp, type WarmUpOptions } from './warm-up';

export type { DoubtSettled, LookAnswer, RequestOutcome, StateOutcome } from './request-outcome';

export interface DeskOptions {
  log: Logger;
  voiceMrdId?: number;
  /** For the times of calls, epoch ms. */
  now?: () => number;
  /** Keep the mirror filled with all agents; without it agents are asked about when somebody looks. */
  warmUp?: Omit<WarmUpOptions, 'log'>;
}

export interface ForcedChangeRequest extends ChangeRequest {
  /** EventReasonCode of the state that is wanted in the end. */
  reasonCode: number;
  /** EventReasonCode of the Not Ready that goes before a sign-out; not 50002, by which LOAD's answer is told apart. */
  notReadyReasonCode: number;
}

/** What became of a withdrawal. Nothing else proves that nothing is pending any more. */
export type WithdrawalOutcome =
  | { kind: 'withdrawn'; evidence: string }
  | { kind: 'loggedOut'; reasonCode: number }
  /** The call was over first, and the agent is what LOAD 0 made of our sign-out. */
  | { kind: 'notReady'; reasonCode: number }
  | { kind: 'inDoubt'; why: string };

export type RestoreOutcome =
  | { kind: 'restored' }
  /** The agent is in another state, or Not Ready for another reason, or on a call: it is not ours to change. */
  | { kind: 'notOurs'; state: number }
  | { kind: 'failed'; why: string }
  /** Nothing was written. */
  | { kind: 'unavailable'; why: string };

export interface StateRequest extends ChangeRequest {
  /** AgentState: AVAILABLE or NOT_READY. */
  state: number;
  reasonCode: number;
}

/** What is to take the place of a pending request. */
export interface WithdrawalRequest extends StateRequest {
  /** Of the LOGOUT that is pending; null: it is a Not Ready. */
  logoutReasonCode: number | null;
}

/** Not Ready, then the sign-out; more writes for one change mean that somebody else changes the state against us. */
const WRITES_MAX = 2;

interface Performing {
  readonly request: ChangeRequest;
  /** Of the step before; null: there was none. */
  readonly notReadyCode: number | null;
}

type StepResult = { kind: 'reached'; state: number; reasonCode: number } | UnconfirmedOutcome;

export class AgentDesk {
  readonly warmUp: WarmUp | undefined;
  /** Changes that agents ask for themselves: sign-in, Ready, Not Ready, sign-out. */
  readonly own: OwnChanges;
  /** The calls of the agents that the mirror watches, to be shown. */
  readonly dialogs: Dialogs;
  private readonly enquiry: AgentEnquiry;
  private readonly writer: StateWriter;

  /** Makes the mirror follow the link, too. */
  constructor(
    private readonly link: CtiLink,
    private readonly mirror: Mirror,
    private readonly options: DeskOptions,
  ) {
    const { peripheralId } = link;
    this.dialogs = new Dialogs(mirror, { peripheralId, now: options.now ?? Date.now });
    this.enquiry = new AgentEnquiry(link, mirror, this.dialogs, options.voiceMrdId ?? VOICE_MRD_ID);
    link.on('message', (message) => {
      this.dialogs.apply(message);
      mirror.apply(message);
    });
    link.on('gap', (why) => {
      mirror.forgetAll(why);
    });
    this.writer = new StateWriter(link, mirror);
    this.own = new OwnChanges({ link, mirror, writer: this.writer, desk: this, log: options.log });
    const askInSpareTurns = (agentId: string): Promise<LookAnswer> => this.enquiry.ask(agentId, 'spare');
    if (options.warmUp !== undefined)
      this.warmUp = new WarmUp(link, mirror, askInSpareTurns, { ...options.warmUp, log: options.log });
    this.warmUp?.start();
    const afterGaps = this.warmUp === undefined;
    const remind = (agentId: string): Promise<LookAnswer> => this.enquiry.ask(agentId, afterGaps ? 'first' : 'spare');
    new Reminder(link, mirror, remind, { afterGaps }).start();
  }

  /** The agent's state and calls: from the mirror when known since the last gap, else asked for. */
  look(agentId: string): Promise<LookAnswer> {
    this.warmUp?.prefer(agentId);
    // Out of service the mirror is empty.
    const view = this.mirror.view(agentId);
    return view === undefined ? this.ask(agentId) : Promise.resolve({ kind: 'known', view });
  }

  /** The same, always asking the CTI server. */
  ask(agentId: string): Promise<LookAnswer> {
    this.warmUp?.prefer(agentId);
    return this.enquiry.ask(agentId, 'first');
  }

  /** Signs the agent out, or makes it Not Ready where LOAD is 0. An agent on a call is left alone (`notSent`). */
  forceLogout(agentId: string, request: ForcedChangeRequest): Promise<RequestOutcome> {
    const { reasonCode, notReadyReasonCode } = request;
    return this.force(agentId, { state: AgentState.LOGOUT, reasonCode, notReadyReasonCode }, request);
  }

  /** Makes the agent Not Ready with `reasonCode`. One that is Not Ready already is left as it is (`confirmed`). */
  forceNotReady(agentId: string, request: ForcedChangeRequest): Promise<RequestOutcome> {
    const { reasonCode, notReadyReasonCode } = request;
    return this.force(agentId, { state: AgentState.NOT_READY, reasonCode, notReadyReasonCode }, request);
  }

  /**
   * Replaces what is pending behind the agent's call by `state` (AVAILABLE or NOT_READY). Only what proves that nothing of
   * ours is pending any more is told as an end: the agent is signed out, is on no call, or has that state or next state.
   */
  async withdraw(agentId: string, request: WithdrawalRequest): Promise<WithdrawalOutcome> {
    const outcome = await this.writer.alone(agentId, () => this.replacePending(agentId, request));
    return outcome ?? { kind: 'inDoubt', why: 'another change of this agent is under way' };
  }

  /** Makes an agent Ready who is still Not Ready with `ofReason`, and nobody else. */
  async restoreReady(agentId: string, ofReason: number, request: ChangeRequest): Promise<RestoreOutcome> {
    const stillOurs = (): boolean => {
      const view = this.mirror.view(agentId);
      return view?.state === AgentState.NOT_READY && view.reasonCode === ofReason && !view.onCall;
    };
    const first = await this.look(agentId);
    if (first.kind === 'unavailable') return { kind: 'unavailable', why: first.why };
    if (!stillOurs()) return { kind: 'notOurs', state: first.kind === 'known' ? first.view.state : AgentState.UNKNOWN };
    const goal: Goal = { state: AgentState.AVAILABLE, reasonCode: 0, notReadyReasonCode: 0 };
    const mayStillSend = (): boolean => request.mayStillSend() && stillOurs();
    const outcome = await this.alone(agentId, () => this.change(agentId, goal, { ...request, mayStillSend }));
    if (outcome.kind === 'confirmed') return { kind: 'restored' };
    if (outcome.kind === 'notSent') return { kind: 'unavailable', why: outcome.why };
    return { kind: 'failed', why: outcome.kind === 'rejected' ? outcome.code : outcome.kind };
  }

  /** Asks the CTI server, never the mirror, what became of a forced change that was in doubt. */
  async settleDoubt(agentId: string, wanted: Wanted): Promise<DoubtSettled> {
    const answer = await this.ask(agentId);
    return answer.kind === 'known' ? doubtSettledBy(answer.view, wanted) : answer;
  }

  private async force(agentId: string, goal: Goal, request: ChangeRequest): Promise<RequestOutcome> {
    const outcome = await this.alone(agentId, () => this.change(agentId, goal, request));
    if (outcome.kind !== 'confirmed') return outcome;
    const { state, reasonCode, previousState } = outcome;
    const became = state === AgentState.LOGOUT ? 'loggedOut' : 'notReady';
    return { kind: 'confirmed', became, reasonCode, previousState };
  }

  private async alone(agentId: string, change: () => Promise<StateOutcome>): Promise<StateOutcome> {
    const outcome = await this.writer.alone(agentId, change);
    if (outcome === undefined) return { kind: 'notSent', why: 'another change of this agent is under way' };
    this.options.log.info({ agentId, outcome }, `request about agent ${agentId}: ${outcome.kind}`);
    return outcome;
  }

  private async change(agentId: string, goal: Goal, request: ChangeRequest): Promise<StateOutcome> {
    const first = await this.look(agentId);
    if (first.kind === 'unknownAgent') return { kind: 'notSent', why: 'the CTI server knows no such agent' };
    if (first.kind === 'unavailable') return { kind: 'notSent', why: first.why };
    const previousState = first.view.state;
    let notReadyCode: number | null = null;
    for (let writes = 0; writes < WRITES_MAX; writes++) {
      const turn = await this.link.turn();
      if (turn !== 'now') return cut(notReadyCode, TURN_REFUSED[turn]);
      // From here to the write nothing is awaited: what the mirror says now is what the write rests on.
      const view = this.mirror.view(agentId);
      if (view === undefined) return cut(notReadyCode, `the agent is not known any more: ${this.link.why}`);
      const move = nextMove(goal, view);
      if (move.kind === 'signedOut') return { kind: 'alreadySignedOut' };
      if (move.kind === 'onCall') return callBegan(notReadyCode);
      if (move.kind === 'reached')
        return { kind: 'confirmed', state: view.state, reasonCode: view.reasonCode, previousState };
      const result = await this.perform(view, move.step, { request, notReadyCode });
      if (result.kind === 'notSent') return cut(notReadyCode, result.why);
      if (result.kind !== 'reached') return result;
      if (move.step.isLast) return { ...result, kind: 'confirmed', previousState };
      notReadyCode = result.reasonCode;
    }
    return { kind: 'inDoubt', why: 'the agent left Not Ready before the sign-out could be written', notReadyCode };
  }

  /** Writes one step and waits for its proof. Nothing is awaited before the write. */
  private async perform(view: AgentView, step: ChangeStep, { request, notReadyCode }: Performing): Promise<StepResult> {
    const { agentId, instrument = view.extension } = view;
    const written = await this.writer.write({ agentId, instrument, ...step }, request, (told) => {
      const proof = readProof(step, told);
      return proof === 'nothing' ? undefined : proof;
    });
    switch (written.kind) {
      case 'proved': {
        const { state, reasonCode, nextState } = written.told;
        if (written.proof === 'signedOut') return { kind: 'alreadySignedOut' };
        if (written.proof !== 'pending') return { kind: 'reached', state, reasonCode };
        return { kind: 'pending', state: pendingIn(nextState) ?? 'notReady', notReadyCode };
      }
      case 'refused': {
        if (saysSignedOut(written.refusal)) return { kind: 'alreadySignedOut' };
        return rejectionOf(written.refusal, this.mirror.view(agentId)?.onCall ?? false, notReadyCode);
      }
      case 'inDoubt':
        return { ...written, notReadyCode };
      case 'notSent':
        return written;
    }
  }

  private async replacePending(agentId: string, request: WithdrawalRequest): Promise<WithdrawalOutcome> {
    const answer = await this.ask(agentId);
    if (answer.kind !== 'known') {
      return {
        kind: 'inDoubt',
        why: answer.kind === 'unavailable' ? answer.why : 'the CTI server does not know the agent',
      };
    }
    const turn = await this.link.turn();
    if (turn !== 'now') return { kind: 'inDoubt', why: TURN_REFUSED[turn] };
    const view = this.mirror.view(agentId);
    if (view === undefined) return { kind: 'inDoubt', why: `the agent is not known any more: ${this.link.why}` };
    if (view.signedOut) return { kind: 'loggedOut', reasonCode: view.reasonCode };
    if (!view.onCall) {
      if (isOutcomeOfLoad(view, request.logoutReasonCode)) return { kind: 'notReady', reasonCode: view.reasonCode };
      return { kind: 'withdrawn', evidence: 'The agent is on no call.' };
    }
    // Not Ready as the next state may be what LOAD 0 makes of our sign-out, for a reason of its own: it is replaced as well.
    const isReplaced = view.nextState === request.state && request.state !== AgentState.NOT_READY;
    if (isReplaced) return { kind: 'withdrawn', evidence: nextStateIs(request.state) };
    return this.writeWithdrawal(view, request);
  }

  private async writeWithdrawal(view: AgentView, request: WithdrawalRequest): Promise<WithdrawalOutcome> {
    const { agentId, instrument = view.extension } = view;
    const { state, reasonCode } = request;
    const order = { agentId, instrument, state, reasonCode, forced: false };
    const written = await this.writer.write(order, request, (told) => {
      if (told.state === AgentState.LOGOUT) return 'loggedOut';
      // The call was over first; what was written now takes effect at once, and has an event of its own.
      if (isOutcomeOfLoad(told, request.logoutReasonCode) && reasonCode !== told.reasonCode) return undefined;
      return told.state === state || told.nextState === state ? 'withdrawn' : undefined;
    });
    switch (written.kind) {
      case 'proved':
        return written.proof === 'loggedOut'
          ? { kind: 'loggedOut', reasonCode: written.told.reasonCode }
          : { kind: 'withdrawn', evidence: nextStateIs(state) };
      case 'refused':
        return this.afterRefusal(view, request, written.refusal);
      case 'inDoubt':
        return this.afterSilence(view, request, written.why);
      case 'notSent':
        return { kind: 'inDoubt', why: written.why };
    }
  }

  /**
   * A server may tell nothing where the next state was Not Ready before: then nobody will be signed out, and only the reason
   * is not known.
   */
  private afterSilence({ agentId, nextState }: AgentView, { state }: StateRequest, why: string): WithdrawalOutcome {
    const now = this.mirror.view(agentId);
    const isNotReady = state === AgentState.NOT_READY && nextState === state && now?.nextState === state;
    if (!isNotReady || !now.onCall) return { kind: 'inDoubt', why };
    return { kind: 'withdrawn', evidence: `${nextStateIs(state)} Its reason is not known: ${why}.` };
  }

  /**
   * A server that refuses Not Ready because the agent is on a call keeps nothing pending behind one, unless it has told of
   * something. Ready may be refused for other reasons, so Not Ready is tried in its place.
   */
  private async afterRefusal(
    view: AgentView,
    request: WithdrawalRequest,
    refusal: Refusal,
  ): Promise<WithdrawalOutcome> {
    const why = `the withdrawal was refused: ${spell(refusal)}`;
    if (!forbidsInThisState(refusal) || pendingIn(view.nextState) !== undefined) return { kind: 'inDoubt', why };
    if (request.state !== AgentState.NOT_READY)
      return this.writeWithdrawal(view, { ...request, state: AgentState.NOT_READY });
    return { kind: 'withdrawn', evidence: `Nothing is kept pending behind a call: ${spell(refusal)}.` };
  }
}

const nextStateIs = (state: number): string => `The next state is ${nameOf(AgentState, state)}.`;

/** A change that stops between its writes: with nothing written nothing happened, else nobody knows what came of it. */
const cut = (notReadyCode: number | null, why: string): UnconfirmedOutcome =>
  notReadyCode === null
    ? { kind: 'notSent', why }
    : { kind: 'inDoubt', why: `after Not Ready, before the sign-out: ${why}`, notReadyCode };

/** Nothing of ours is pending: what was written before has taken effect, and no more is written. */
const callBegan = (notReadyCode: number | null): UnconfirmedOutcome =>
  notReadyCode === null
    ? { kind: 'notSent', why: 'the agent is on a call' }
    : {
        kind: 'rejected',
        code: 'a call began after Not Ready, before the sign-out was written',
        failureCode: 0,
        peripheralErrorCode: 0,
        onCall: true,
        notReadyCode,
      };
