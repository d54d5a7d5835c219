import { type Agent } from '#domain/agent';
import { type RequestResult } from '#domain/event';
import { type Action } from '#domain/policy';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type AgentView } from '#cti-client/agent-view';
import { type AgentDesk, type DoubtSettled, type RequestOutcome, type WithdrawalOutcome } from '#cti-client/agent-desk';
import { type Mirror } from '#cti-client/mirror';
import { type PendingState } from '#cti-client/request-outcome';
import { type CommandOf, CtiDesk, type RestoreResult } from '#engine/ports';
import { type LinkKeeper } from './link-keeper';

/** What this site's peripheral wants in every forced change. */
export interface ForcedChangeSettings {
  /** EventReasonCode of the Not Ready that precedes a logout. */
  readonly notReadyReasonCode: number;
  readonly password: string | undefined;
  readonly supervisorId: string | undefined;
}

/** Sends the engine's requests through the active link, and tells what came of them. */
export class LinkDesk extends CtiDesk {
  constructor(
    private readonly keeper: LinkKeeper,
    private readonly agentDesk: AgentDesk,
    private readonly mirror: Mirror,
    private readonly settings: ForcedChangeSettings,
  ) {
    super();
  }

  override async request(
    agent: Agent,
    command: CommandOf<'request'>,
    mayStillSend: () => boolean,
  ): Promise<RequestResult> {
    const { agentId } = agent.key;
    const { notReadyReasonCode, password, supervisorId } = this.settings;
    const watch = new OthersWatch(this.mirror, agentId);
    try {
      const order = {
        reasonCode: command.reasonCode,
        notReadyReasonCode: command.action === 'notReady' ? command.reasonCode : notReadyReasonCode,
        ...(password === undefined ? {} : { password }),
        ...(supervisorId === undefined ? {} : { supervisorId }),
        mayStillSend: () => mayStillSend() && this.keeper.mayRequest(),
      };
      const outcome =
        command.action === 'logout'
          ? await this.agentDesk.forceLogout(agentId, order)
          : await this.agentDesk.forceNotReady(agentId, order);
      return resultOf(outcome, watch.states);
    } finally {
      watch.end();
    }
  }

  override async settleDoubt(agent: Agent, command: CommandOf<'settleDoubt'>): Promise<RequestResult> {
    if (!this.keeper.mayRequest()) return { kind: 'inDoubt', evidence: this.keeper.whyNot, notReadyCode: null };
    const wanted = command.action === 'logout' ? 'loggedOut' : 'notReady';
    return resultOfDoubt(await this.agentDesk.settleDoubt(agent.key.agentId, wanted));
  }

  override async withdraw(
    agent: Agent,
    command: CommandOf<'withdraw'>,
    mayStillSend: () => boolean,
  ): Promise<RequestResult> {
    if (!this.keeper.mayRequest()) return { kind: 'inDoubt', evidence: this.keeper.whyNot, notReadyCode: null };
    const outcome = await this.agentDesk.withdraw(agent.key.agentId, {
      state: command.to === 'ready' ? AgentState.AVAILABLE : AgentState.NOT_READY,
      reasonCode: command.reasonCode,
      logoutReasonCode: command.logoutReasonCode,
      mayStillSend: () => mayStillSend() && this.keeper.mayRequest(),
    });
    return resultOfWithdrawal(outcome);
  }

  override async restoreReady(
    agent: Agent,
    command: CommandOf<'restoreReady'>,
    mayStillSend: () => boolean,
  ): Promise<RestoreResult> {
    if (!this.keeper.mayRequest())
      return { isOver: false, evidence: `Ready could not be given back. ${this.keeper.whyNot}` };
    const outcome = await this.agentDesk.restoreReady(agent.key.agentId, command.reasonCode, {
      mayStillSend: () => mayStillSend() && this.keeper.mayRequest(),
    });
    switch (outcome.kind) {
      case 'restored':
        return { isOver: true, evidence: 'Ready was given back.' };
      case 'notOurs': {
        const state = nameOf(AgentState, outcome.state);
        return { isOver: true, evidence: `Ready was not given back: the agent is ${state}, and not by our request.` };
      }
      case 'failed':
        return { isOver: true, evidence: `Ready could not be given back: ${outcome.why}.` };
      case 'unavailable':
        return { isOver: false, evidence: `Ready could not be given back: ${outcome.why}.` };
    }
  }
}

/** States that a sentence of the journal names. */
const statesNamedMax = 5;

/**
 * Notices when an agent is acted upon by others while a request is on its way: a state that our request cannot have
 * caused. The protocol has no compare-and-set, so this can only be told, not prevented.
 */
class OthersWatch {
  /** Names of the states that others brought the agent into, in their order. */
  readonly states: string[] = [];
  private state: number | undefined;
  private readonly onChange = (_: AgentView | undefined, after: AgentView): void => {
    if (after.agentId !== this.agentId || after.state === this.state) return;
    this.state = after.state;
    const ours = after.signedOut || after.state === AgentState.NOT_READY;
    if (!ours && this.states.length < statesNamedMax) this.states.push(nameOf(AgentState, after.state));
  };

  constructor(
    private readonly mirror: Mirror,
    private readonly agentId: string,
  ) {
    this.state = mirror.view(agentId)?.state;
    mirror.on('agentChanged', this.onChange);
  }

  end(): void {
    this.mirror.off('agentChanged', this.onChange);
  }
}

function resultOf(outcome: RequestOutcome, othersStates: readonly string[]): RequestResult {
  switch (outcome.kind) {
    case 'confirmed': {
      const { became, reasonCode, previousState } = outcome;
      const othersActed = othersStates.length > 0;
      const others = othersActed
        ? ` Between request and effect somebody else made the agent ${othersStates.join(', then ')}.`
        : '';
      const evidence = `AGENT_STATE_EVENT: ${became === 'loggedOut' ? 'LOGOUT' : 'NOT_READY'}, reason ${String(reasonCode)}, was ${nameOf(AgentState, previousState)}.${others}`;
      return { kind: 'confirmed', became, evidence, othersActed, reasonCode };
    }
    case 'alreadySignedOut':
      return { kind: 'alreadySignedOut', evidence: 'The CTI server says: already signed out.' };
    case 'rejected': {
      const { code, onCall, notReadyCode } = outcome;
      return { kind: 'rejected', evidence: `Rejected: ${code}.`, onCall, notReadyCode };
    }
    case 'pending': {
      const { state, notReadyCode } = outcome;
      return { kind: 'pending', state: actionOf(state), notReadyCode, evidence: pendingEvidence(state, true) };
    }
    case 'inDoubt':
      return { kind: 'inDoubt', evidence: outcome.why, notReadyCode: outcome.notReadyCode };
    case 'notSent':
      return { kind: 'notSent', evidence: outcome.why };
  }
}

function resultOfDoubt(settled: DoubtSettled): RequestResult {
  switch (settled.kind) {
    case 'loggedOut':
    case 'notReady': {
      const { kind: became, reasonCode } = settled;
      const evidence = `Asked after a doubt: the CTI server says ${became === 'loggedOut' ? 'LOGOUT' : 'NOT_READY'}.`;
      return { kind: 'confirmed', became, evidence, othersActed: false, reasonCode };
    }
    case 'signedIn': {
      const evidence = `Asked after a doubt: still signed in, ${nameOf(AgentState, settled.state)}.`;
      return { kind: 'rejected', evidence, onCall: false, notReadyCode: null };
    }
    case 'pending': {
      const { state, isTold } = settled;
      return { kind: 'pending', state: actionOf(state), notReadyCode: null, evidence: pendingEvidence(state, isTold) };
    }
    case 'unknownAgent':
      return { kind: 'unknownAgent', evidence: 'Asked after a doubt: the CTI server does not know the agent.' };
    case 'unavailable':
      return { kind: 'inDoubt', evidence: settled.why, notReadyCode: null };
  }
}

function resultOfWithdrawal(outcome: WithdrawalOutcome): RequestResult {
  switch (outcome.kind) {
    case 'withdrawn':
      return { kind: 'withdrawn', evidence: outcome.evidence };
    case 'loggedOut': {
      const evidence = 'The call ended first: the CTI server says LOGOUT.';
      const { reasonCode } = outcome;
      return { kind: 'confirmed', became: 'loggedOut', evidence, othersActed: false, reasonCode };
    }
    case 'notReady': {
      const { reasonCode } = outcome;
      const evidence = `The call ended first: the CTI server says NOT_READY, reason ${String(reasonCode)}.`;
      return { kind: 'confirmed', became: 'notReady', evidence, othersActed: false, reasonCode };
    }
    case 'inDoubt':
      return { kind: 'inDoubt', evidence: outcome.why, notReadyCode: null };
  }
}

function actionOf(state: PendingState): Action {
  return state === 'loggedOut' ? 'logout' : 'notReady';
}

function pendingEvidence(state: PendingState, isTold: boolean): string {
  const name = state === 'loggedOut' ? 'LOGOUT' : 'NOT_READY';
  return isTold ? `The next state is ${name}.` : `${name} may be pending: the agent is on a call.`;
}
