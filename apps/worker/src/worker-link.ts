import { AgentState } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type OwnOutcome } from '#cti-client/own-change';
import { type ChangeOrder, type ChangeResult, type LinkService, type LookResult } from '#store/link-call';
import { HeldLink } from '#store/link-answerer';
import { type LinkKeeper } from './link-keeper';
import { type Standings } from './standings';

export interface WorkerLinkParts {
  readonly keeper: Pick<LinkKeeper, 'mayRequest' | 'holdsLease' | 'whyNot'>;
  readonly agentDesk: Pick<AgentDesk, 'look' | 'own'>;
  readonly standings: Pick<Standings, 'of'>;
  /** What this site's peripheral wants for sign-ins and sign-outs where an order brings no password of its own. */
  readonly password: string | undefined;
}

/** This worker's CTI link, for the servers of its side. */
export class WorkerLink extends HeldLink {
  constructor(private readonly parts: WorkerLinkParts) {
    super();
  }

  override isHeld(): boolean {
    return this.parts.keeper.holdsLease();
  }

  override service(): LinkService {
    const { keeper } = this.parts;
    return keeper.mayRequest() ? { inService: true } : { inService: false, why: keeper.whyNot };
  }

  override async look(agentId: string): Promise<LookResult> {
    const { keeper, agentDesk, standings } = this.parts;
    if (!keeper.mayRequest()) return { kind: 'unavailable', why: keeper.whyNot };
    const answer = await agentDesk.look(agentId);
    return answer.kind === 'known' ? { kind: 'known', standing: standings.of(answer.view) } : answer;
  }

  override async change(agentId: string, order: ChangeOrder, mayStillSend: () => boolean): Promise<ChangeResult> {
    const { keeper } = this.parts;
    if (!keeper.mayRequest()) return { kind: 'unavailable', why: keeper.whyNot };
    return this.resultOf(await this.carryOut(agentId, order, () => mayStillSend() && keeper.mayRequest()));
  }

  private carryOut(agentId: string, order: ChangeOrder, mayStillSend: () => boolean): Promise<OwnOutcome> {
    const { own } = this.parts.agentDesk;
    const password = order.kind === 'signIn' ? (order.password ?? this.parts.password) : this.parts.password;
    const request = { mayStillSend, ...(password === undefined ? {} : { password }) };
    switch (order.kind) {
      case 'signIn':
        return own.signIn(agentId, { ...request, extension: order.extension });
      case 'setState': {
        const state = order.state === 'READY' ? AgentState.AVAILABLE : AgentState.NOT_READY;
        return own.setState(agentId, { mayStillSend, state, reasonCode: order.reasonCode });
      }
      case 'signOut':
        return own.signOut(agentId, { ...request, reasonCode: order.reasonCode });
    }
  }

  private resultOf(outcome: OwnOutcome): ChangeResult {
    switch (outcome.kind) {
      case 'done':
        return { kind: 'done', standing: this.parts.standings.of(outcome.view) };
      case 'notSent':
        return { kind: 'unavailable', why: outcome.why };
      case 'rejected':
      case 'inDoubt':
        return outcome;
    }
  }
}
