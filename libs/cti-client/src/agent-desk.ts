/** Requests about one agent: looking at it, and changing its state by the rules of GED-188 (`agent-change.ts`). */
import { AgentState } from '#cti-protocol/enumerations';
import { type Logger } from 'pino';
import { type ChangeStep, type Goal, nextMove, readProof } from './agent-change';
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
  type LookAnswer,
  rejectionOf,
  type RequestOutcome,
  saysSignedOut,
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

export interface StateRequest extends ChangeRequest {
  /** AgentState: AVAILABLE or NOT_READY. */
  state: number;
  reasonCode: number;
}

/** Not Ready, then the sign-out; more writes for one change mean that somebody else changes the state against us. */
const WRITES_MAX = 2;

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

  /** Gives an agent a state back, as `restoreOnReturn` wants it. */
  async setState(agentId: string, request: StateRequest): Promise<StateOutcome> {
    const { state, reasonCode } = request;
    const goal: Goal = { state, reasonCode, notReadyReasonCode: reasonCode };
    return this.alone(agentId, () => this.change(agentId, goal, request));
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
    for (let writes = 0; writes < WRITES_MAX; writes++) {
      const turn = await this.link.turn();
      if (turn !== 'now') return cut(writes, TURN_REFUSED[turn]);
      // From here to the write nothing is awaited: what the mirror says now is what the write rests on.
      const view = this.mirror.view(agentId);
      if (view === undefined) return cut(writes, `the agent is not known any more: ${this.link.why}`);
      const move = nextMove(goal, view);
      if (move.kind === 'signedOut') return { kind: 'alreadySignedOut' };
      if (move.kind === 'onCall') return cut(writes, 'the agent is on a call');
      if (move.kind === 'reached')
        return { kind: 'confirmed', state: view.state, reasonCode: view.reasonCode, previousState };
      const result = await this.perform(view, move.step, request);
      if (result.kind === 'notSent') return cut(writes, result.why);
      if (result.kind !== 'reached') return result;
      if (move.step.isLast) return { ...result, kind: 'confirmed', previousState };
    }
    return { kind: 'inDoubt', why: 'the agent left Not Ready before the sign-out could be written' };
  }

  /** Writes one step and waits for its proof. Nothing is awaited before the write. */
  private async perform(view: AgentView, step: ChangeStep, request: ChangeRequest): Promise<StepResult> {
    const { agentId, instrument = view.extension } = view;
    const written = await this.writer.write({ agentId, instrument, ...step }, request, ({ state, reasonCode }) => {
      const proof = readProof(step, view.reasonCode, state, reasonCode);
      return proof === 'nothing' ? undefined : proof;
    });
    switch (written.kind) {
      case 'proved': {
        const { state, reasonCode } = written.told;
        return written.proof === 'signedOut' ? { kind: 'alreadySignedOut' } : { kind: 'reached', state, reasonCode };
      }
      case 'refused': {
        if (saysSignedOut(written.refusal)) return { kind: 'alreadySignedOut' };
        return rejectionOf(written.refusal, this.mirror.view(agentId)?.onCall ?? false);
      }
      case 'inDoubt':
      case 'notSent':
        return written;
    }
  }
}

/** A change that stops between its writes: with nothing written nothing happened, else nobody knows what came of it. */
const cut = (writes: number, why: string): UnconfirmedOutcome =>
  writes === 0 ? { kind: 'notSent', why } : { kind: 'inDoubt', why: `after Not Ready, before the sign-out: ${why}` };
