import { FailureCode } from '#cti-protocol/enumerations';
import { type Logger } from 'pino';
import { TURN_REFUSED } from './agent-enquiry';
import { type AgentView } from './agent-view';
import { type CtiLink } from './link';
import { type Mirror } from './mirror';
import {
  answerAtOnce,
  didNotHappen,
  isFulfilled,
  orderOf,
  type OwnOutcome,
  proofOf,
  rejectionBy,
  signedOutMeanwhile,
  unknownAgent,
  type Wish,
} from './own-change';
import { type LookAnswer, type Refusal, saysSignedOut } from './request-outcome';
import { type ChangeRequest, type StateWriter } from './state-writer';

interface Asking {
  look(agentId: string): Promise<LookAnswer>;
  ask(agentId: string): Promise<LookAnswer>;
}

/** Changes that agents ask for themselves, by the rules of `own-change.ts`. Each is written once at most. */
export class OwnChanges {
  constructor(
    private readonly parts: { link: CtiLink; mirror: Mirror; writer: StateWriter; desk: Asking; log: Logger },
  ) {}

  /** Signs the agent in on an extension. */
  signIn(agentId: string, request: ChangeRequest & { extension: string }): Promise<OwnOutcome> {
    return this.fulfil(agentId, { kind: 'signIn', extension: request.extension }, request);
  }

  /** `state`: AgentState AVAILABLE or NOT_READY. During a call it takes effect after it. */
  setState(agentId: string, request: ChangeRequest & { state: number; reasonCode: number }): Promise<OwnOutcome> {
    const { state, reasonCode } = request;
    return this.fulfil(agentId, { kind: 'setState', state, reasonCode }, request);
  }

  /** Signs the agent out, unforced: most peripherals allow it from Not Ready only. */
  signOut(agentId: string, request: ChangeRequest & { reasonCode: number }): Promise<OwnOutcome> {
    return this.fulfil(agentId, { kind: 'signOut', reasonCode: request.reasonCode }, request);
  }

  /** Two clicks of one agent, or a click and a forced change, follow one upon the other. */
  private async fulfil(agentId: string, wish: Wish, request: ChangeRequest): Promise<OwnOutcome> {
    const { writer, log } = this.parts;
    for (;;) {
      const outcome = await writer.alone(agentId, () => this.change(agentId, wish, request));
      if (outcome === undefined) await writer.changeOf(agentId);
      else {
        log.info({ agentId, wish, outcome: outcome.kind }, `${wish.kind} of agent ${agentId}: ${outcome.kind}`);
        return outcome;
      }
    }
  }

  private async change(agentId: string, wish: Wish, request: ChangeRequest): Promise<OwnOutcome> {
    const { link, mirror, writer, desk } = this.parts;
    // A sign-in comes after a logout by the other side's link perhaps, of which this link has not been told yet.
    const first = await (wish.kind === 'signIn' ? desk.ask(agentId) : desk.look(agentId));
    if (first.kind === 'unknownAgent') return unknownAgent(agentId);
    if (first.kind === 'unavailable') return { kind: 'notSent', why: first.why };
    const turn = await link.turn();
    if (turn !== 'now') return { kind: 'notSent', why: TURN_REFUSED[turn] };
    // From here to the write nothing is awaited: what the mirror says now is what the write rests on.
    const view = mirror.view(agentId);
    if (view === undefined) return { kind: 'notSent', why: `the agent is not known any more: ${link.why}` };
    const answer = answerAtOnce(wish, view);
    if (answer !== undefined) return answer;
    const written = await writer.write(orderOf(wish, view), request, (told) => proofOf(wish, view, told));
    switch (written.kind) {
      case 'notSent':
        return written;
      case 'proved':
        return written.proof === 'signedOut' ? signedOutMeanwhile(agentId) : this.lookAfter(agentId, wish);
      case 'refused':
        return this.readRefusal(agentId, wish, written.refusal);
      case 'inDoubt':
        return this.settleDoubt(agentId, wish, written.why);
    }
  }

  /** The calls of an agent that has just signed in are not known yet: the look asks for them. */
  private async lookAfter(agentId: string, wish: Wish): Promise<OwnOutcome> {
    const answer = await this.parts.desk.look(agentId);
    if (answer.kind === 'known') return answerAfterProof(wish, answer.view);
    const why = answer.kind === 'unavailable' ? answer.why : 'the CTI server does not know the agent any more';
    return { kind: 'inDoubt', why: `an event proved it, but then ${why}` };
  }

  /** A refusal may say that the agent is as it was wished already, which our mirror did not know. */
  private async readRefusal(agentId: string, wish: Wish, refusal: Refusal): Promise<OwnOutcome> {
    const isPerhapsDone =
      (wish.kind === 'signIn' && saysSignedOn(refusal)) || (wish.kind === 'signOut' && saysSignedOut(refusal));
    const answer = isPerhapsDone ? await this.parts.desk.ask(agentId) : undefined;
    const isDone = answer?.kind === 'known' && isFulfilled(wish, answer.view);
    return isDone ? { kind: 'done', view: answer.view } : rejectionBy(refusal);
  }

  private async settleDoubt(agentId: string, wish: Wish, why: string): Promise<OwnOutcome> {
    const answer = await this.parts.desk.ask(agentId);
    if (answer.kind === 'unknownAgent') return unknownAgent(agentId);
    if (answer.kind === 'unavailable') return { kind: 'inDoubt', why: `${why}; asked again: ${answer.why}` };
    if (isFulfilled(wish, answer.view)) return { kind: 'done', view: answer.view };
    // During a call it may have been noted: nobody can ask for that.
    return answer.view.onCall
      ? { kind: 'inDoubt', why: `${why}; the agent is on a call` }
      : didNotHappen(answer.view, why);
  }
}

/** Somebody else may have signed the agent in elsewhere, or out again, at the same moment. */
function answerAfterProof(wish: Wish, view: AgentView): OwnOutcome {
  if (wish.kind !== 'signIn') return { kind: 'done', view };
  return view.signedOut ? signedOutMeanwhile(view.agentId) : (answerAtOnce(wish, view) ?? { kind: 'done', view });
}

const saysSignedOn = (refusal: Refusal): boolean =>
  refusal.kind === 'controlFailure' && refusal.failureCode === FailureCode.SPECIFIED_AGENT_ALREADY_SIGNED_ON;
