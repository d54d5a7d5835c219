import { AgentState } from '#cti-protocol/enumerations';

/** What LOAD says a forced logout becomes (Finesse administration guide): 0 leaves the agent Not Ready. */
export type Load = 0 | 1;

/**
 * What a CTI server does with a change that is asked for during a call: it refuses it, it keeps Not Ready pending until the
 * end of the call (UCCE), or a sign-out as well (UCCX, or UCCE for a supervisor).
 */
export type DuringCalls = 'refuses' | 'keepsNotReady' | 'keepsBoth';

/** Reason that a forced change carries in the end, whatever was asked for. */
export const reasonOfLoad = 50_002;

export const cannotLogOut = 10_112;
export const alreadyLoggedOut = 10_101;
export const cannotGoUnavailable = 10_104;

export interface CentreAgent {
  readonly agentId: string;
  readonly device: string;
  state: number;
  reason: number;
  readonly calls: Set<number>;
  /** Takes effect when the last call ends. */
  pending: PendingOrder | null;
}

/** What was asked for, by which request. */
export interface PendingOrder {
  readonly state: number;
  readonly reason: number;
  readonly request: number;
}

export interface StateOrder {
  readonly agentId: string;
  readonly state: number;
  readonly reason: number;
  /** Names it. */
  readonly request: number;
}

/** `became`: whether anything changed. `refused`: the peripheral's error code. */
export type OrderAnswer =
  | { readonly kind: 'became'; readonly changed: boolean }
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly code: number };

/** The agents and calls of one peripheral, and its rules for forced changes (GED-188). Pure: it tells nobody. */
export class CtiCentre {
  readonly agents = new Map<string, CentreAgent>();
  private callIds = 0;

  constructor(
    readonly load: Load,
    private readonly duringCalls: DuringCalls = 'refuses',
  ) {}

  add(agentId: string, device: string): void {
    const state = AgentState.NOT_READY;
    this.agents.set(agentId, { agentId, device, state, reason: 0, calls: new Set(), pending: null });
  }

  of(agentId: string): CentreAgent {
    const agent = this.agents.get(agentId);
    if (agent === undefined) throw new Error(`no agent ${agentId}`);
    return agent;
  }

  isSignedIn(agentId: string): boolean {
    return this.of(agentId).state !== AgentState.LOGOUT;
  }

  order({ agentId, state, reason, request }: StateOrder): OrderAnswer {
    const agent = this.of(agentId);
    if (agent.state === AgentState.LOGOUT) return { kind: 'refused', code: alreadyLoggedOut };
    const isLogout = state === AgentState.LOGOUT;
    if (agent.calls.size > 0) {
      if (!this.keeps(isLogout)) return { kind: 'refused', code: isLogout ? cannotLogOut : cannotGoUnavailable };
      agent.pending = { ...this.outcomeOf(state, reason), request };
      return { kind: 'pending' };
    }
    if (isLogout && agent.state !== AgentState.NOT_READY) return { kind: 'refused', code: cannotLogOut };
    return { kind: 'became', changed: this.change(agent, state, reason) };
  }

  private keeps(isLogout: boolean): boolean {
    return this.duringCalls === 'keepsBoth' || (this.duringCalls === 'keepsNotReady' && !isLogout);
  }

  /** Answers whether it made a difference. */
  private change(agent: CentreAgent, state: number, reason: number): boolean {
    const becomes = this.outcomeOf(state, reason);
    const changed = agent.state !== becomes.state || agent.reason !== becomes.reason;
    Object.assign(agent, becomes);
    return changed;
  }

  private outcomeOf(state: number, reason: number): { readonly state: number; readonly reason: number } {
    if (state !== AgentState.LOGOUT) return { state, reason };
    return { state: this.load === 0 ? AgentState.NOT_READY : state, reason: reasonOfLoad };
  }

  /** The agent does it by hand. */
  set(agentId: string, state: number): void {
    const agent = this.of(agentId);
    agent.state = state;
    agent.reason = 0;
    agent.pending = null;
  }

  beginCall(agentId: string): number {
    const agent = this.of(agentId);
    const callId = ++this.callIds;
    agent.calls.add(callId);
    agent.state = AgentState.TALKING;
    agent.reason = 0;
    return callId;
  }

  /** Answers what was pending and has taken effect. */
  endCall(agentId: string, callId: number): PendingOrder | null {
    const agent = this.of(agentId);
    if (!agent.calls.delete(callId) || agent.calls.size > 0 || agent.state === AgentState.LOGOUT) return null;
    agent.state = AgentState.NOT_READY;
    agent.reason = 0;
    const { pending } = agent;
    agent.pending = null;
    if (pending !== null) this.change(agent, pending.state, pending.reason);
    return pending;
  }
}
