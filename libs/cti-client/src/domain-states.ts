/** A state on a media routing domain other than voice, as the last AGENT_STATE_EVENT told it. */
export interface DomainState {
  readonly mrdId: number;
  /** AgentState of GED-188. */
  readonly state: number;
  readonly reasonCode: number;
}

/** Far more than anybody works on at once: voice, chat, mail, outbound. */
export const DOMAINS_PER_AGENT_MAX = 8;

/**
 * States on the other media routing domains. An agent has one state on each (GED-188); they are shown, and
 * decide nothing. One that signs out of a domain leaves it.
 */
export class DomainStates {
  private readonly agents = new Map<string, Map<number, DomainState>>();

  constructor(private readonly agentsMax: number) {}

  /** How many agents are on other domains. */
  get size(): number {
    return this.agents.size;
  }

  of(agentId: string): readonly DomainState[] {
    return [...(this.agents.get(agentId)?.values() ?? [])];
  }

  /** Beyond the limits nothing is kept: it is for people to see. */
  put(agentId: string, told: DomainState): void {
    const domains = this.agents.get(agentId) ?? new Map<number, DomainState>();
    const isNew = !domains.has(told.mrdId);
    if (isNew && (domains.size >= DOMAINS_PER_AGENT_MAX || (domains.size === 0 && this.size >= this.agentsMax))) return;
    this.agents.set(agentId, domains.set(told.mrdId, told));
  }

  remove(agentId: string, mrdId: number): void {
    const domains = this.agents.get(agentId);
    domains?.delete(mrdId);
    if (domains?.size === 0) this.agents.delete(agentId);
  }

  clear(): void {
    this.agents.clear();
  }
}
