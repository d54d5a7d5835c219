import { AgentLink, type ChangeOrder, type ChangeResult, type LinkListener } from './link-call';
import { type LinkService, type LookResult, type Standing } from './link-call';

/** An agent that is Not Ready on 3001 and on no call, with what a test wants different. */
export const standingOf = (different: Partial<Standing> = {}): Standing => ({
  agentId: '1001',
  state: 'NOT_READY',
  reasonCode: 0,
  extension: '3001',
  pendingState: undefined,
  changedAt: 1_700_000_000_000,
  signedOut: false,
  onCall: false,
  dialogs: [],
  ...different,
});

/** A link that does what it is told at once; what it should refuse, a test puts into `results`. */
export class FakeAgentLink extends AgentLink {
  readonly standings = new Map<string, Standing>();
  private readonly newer = new Map<string, Standing>();
  readonly orders: { agentId: string; order: ChangeOrder }[] = [];
  /** Answers of the next changes, in turn; without one the change is done. */
  readonly results: ChangeResult[] = [];
  private readonly listeners = new Set<LinkListener>();
  private serviceNow: LinkService = { inService: true };

  override look(agentId: string): Promise<LookResult> {
    if (!this.serviceNow.inService) return Promise.resolve({ kind: 'unavailable', why: this.serviceNow.why });
    const standing = this.standings.get(agentId);
    const newer = this.newer.get(agentId);
    if (newer !== undefined) return Promise.resolve({ kind: 'known', standing: newer });
    return Promise.resolve(standing === undefined ? { kind: 'unknownAgent' } : { kind: 'known', standing });
  }

  override change(agentId: string, order: ChangeOrder): Promise<ChangeResult> {
    if (!this.serviceNow.inService) return Promise.resolve({ kind: 'unavailable', why: this.serviceNow.why });
    this.orders.push({ agentId, order });
    const result = this.results.shift();
    if (result !== undefined) return Promise.resolve(result);
    const before = this.standings.get(agentId) ?? standingOf({ agentId, state: 'LOGOUT', signedOut: true });
    const after = { ...before, ...afterOf(order) };
    this.show(after);
    return Promise.resolve({ kind: 'done', standing: after });
  }

  override service(): LinkService {
    return this.serviceNow;
  }

  override follow(listener: LinkListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A look is answered with it, and the news of it comes later. */
  knows(after: Standing): void {
    this.newer.set(after.agentId, after);
  }

  /** The CTI server tells of an agent. */
  show(after: Standing): void {
    this.newer.delete(after.agentId);
    const before = this.standings.get(after.agentId);
    this.standings.set(after.agentId, after);
    for (const listener of this.listeners) listener.changed(before, after);
  }

  /** The link comes into service or goes out of it. */
  setService(now: LinkService): void {
    this.serviceNow = now;
    for (const listener of this.listeners) listener.service(now);
  }
}

function afterOf(order: ChangeOrder): Partial<Standing> {
  switch (order.kind) {
    case 'signIn':
      return { state: 'NOT_READY', reasonCode: 0, extension: order.extension, signedOut: false };
    case 'setState':
      return { state: order.state, reasonCode: order.reasonCode };
    case 'signOut':
      return { state: 'LOGOUT', reasonCode: order.reasonCode, extension: undefined, signedOut: true };
  }
}
