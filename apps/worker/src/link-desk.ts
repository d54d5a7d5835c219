import { type Agent } from '#domain/agent';
import { type Command } from '#domain/command';
import { type RequestResult } from '#domain/event';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type AgentView } from '#cti-client/agent-view';
import { type AgentDesk, type DoubtSettled, type RequestOutcome } from '#cti-client/agent-desk';
import { type Mirror } from '#cti-client/mirror';
import { CtiDesk } from '#engine/ports';
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
    command: Extract<Command, { type: 'request' }>,
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

  override async settleDoubt(agent: Agent, command: Extract<Command, { type: 'settleDoubt' }>): Promise<RequestResult> {
    if (!this.keeper.mayRequest()) return { kind: 'inDoubt', evidence: this.keeper.whyNot };
    const wanted = command.action === 'logout' ? 'loggedOut' : 'notReady';
    return resultOfDoubt(await this.agentDesk.settleDoubt(agent.key.agentId, wanted));
  }

  override async restoreReady(agent: Agent): Promise<string> {
    if (!this.keeper.mayRequest()) return `Ready could not be given back. ${this.keeper.whyNot}`;
    const outcome = await this.agentDesk.setState(agent.key.agentId, {
      state: AgentState.AVAILABLE,
      reasonCode: 0,
      mayStillSend: () => this.keeper.mayRequest(),
    });
    return outcome.kind === 'confirmed' ? 'Ready was given back.' : `Ready could not be given back: ${outcome.kind}.`;
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
      return { kind: 'confirmed', became, evidence, othersActed, wasReady: previousState === AgentState.AVAILABLE };
    }
    case 'alreadySignedOut':
      return { kind: 'alreadySignedOut', evidence: 'The CTI server says: already signed out.' };
    case 'rejected':
      return { kind: 'rejected', evidence: `Rejected: ${outcome.code}.`, onCall: outcome.onCall };
    case 'inDoubt':
    case 'notSent':
      return { kind: outcome.kind, evidence: outcome.why };
  }
}

function resultOfDoubt(settled: DoubtSettled): RequestResult {
  switch (settled.kind) {
    case 'loggedOut':
    case 'notReady': {
      const evidence = `Asked after a doubt: the CTI server says ${settled.kind === 'loggedOut' ? 'LOGOUT' : 'NOT_READY'}.`;
      return { kind: 'confirmed', became: settled.kind, evidence, othersActed: false, wasReady: false };
    }
    case 'signedIn': {
      const evidence = `Asked after a doubt: still signed in, ${nameOf(AgentState, settled.state)}.`;
      return { kind: 'rejected', evidence, onCall: settled.onCall };
    }
    case 'unknownAgent':
      return { kind: 'alreadySignedOut', evidence: 'Asked after a doubt: the CTI server does not know the agent.' };
    case 'unavailable':
      return { kind: 'inDoubt', evidence: settled.why };
  }
}
