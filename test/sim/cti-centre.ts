import { AgentState } from '#cti-protocol/enumerations';

/** What LOAD says a forced logout becomes (Finesse administration guide): 0 leaves the agent Not Ready. */
export type Load = 0 | 1;

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
}

export interface StateOrder {
  readonly agentId: string;
  readonly state: number;
  readonly reason: number;
}

/** `became`: whether anything changed. `refused`: the peripheral's error code. */
export type OrderAnswer =
  { readonly kind: 'became'; readonly changed: boolean } | { readonly kind: 'refused'; readonly code: number };

/** The agents and calls of one peripheral, and its rules for forced changes (GED-188). Pure: it tells nobody. */
export class CtiCentre {
  readonly agents = new Map<string, CentreAgent>();
  private callIds = 0;

  constructor(readonly load: Load) {}

  add(agentId: string, device: string): void {
    const state = AgentState.NOT_READY;
    this.agents.set(agentId, { agentId, device, state, reason: 0, calls: new Set() });
  }

  of(agentId: string): CentreAgent {
    const agent = this.agents.get(agentId);
    if (agent === undefined) throw new Error(`no agent ${agentId}`);
    return agent;
  }

  isSignedIn(agentId: string): boolean {
    return this.of(agentId).state !== AgentState.LOGOUT;
  }

  order({ agentId, state, reason }: StateOrder): OrderAnswer {
    const agent = this.of(agentId);
    if (agent.state === AgentState.LOGOUT) return { kind: 'refused', code: alreadyLoggedOut };
    const isLogout = state === AgentState.LOGOUT;
    if (agent.calls.size > 0) return { kind: 'refused', code: isLogout ? cannotLogOut : cannotGoUnavailable };
    if (isLogout && agent.state !== AgentState.NOT_READY) return { kind: 'refused', code: cannotLogOut };
    const becomes = isLogout && this.load === 0 ? AgentState.NOT_READY : state;
    const becauseOf = isLogout ? reasonOfLoad : reason;
    const changed = agent.state !== becomes || agent.reason !== becauseOf;
    agent.state = becomes;
    agent.reason = becauseOf;
    return { kind: 'became', changed };
  }

  /** The agent does it by hand. */
  set(agentId: string, state: number): void {
    const agent = this.of(agentId);
    agent.state = state;
    agent.reason = 0;
  }

  beginCall(agentId: string): number {
    const agent = this.of(agentId);
    const callId = ++this.callIds;
    agent.calls.add(callId);
    agent.state = AgentState.TALKING;
    agent.reason = 0;
    return callId;
  }

  endCall(agentId: string, callId: number): void {
    const agent = this.of(agentId);
    if (!agent.calls.delete(callId) || agent.calls.size > 0 || agent.state === AgentState.LOGOUT) return;
    agent.state = AgentState.NOT_READY;
    agent.reason = 0;
  }
}
