import { type Agent, type Cause, type Desktop } from '#domain/agent';
import { type Task } from './lanes';

/** An assertion that is to be made, or has been. */
export interface Asserting {
  readonly task: Task;
  /** The record after it; null when the desktop went before. */
  readonly done: Promise<Agent | null>;
  readonly settle: (agent: Agent | null) => void;
}

/** One desktop that this server holds: from before its opening is told to the store until its going was. */
export interface Holding {
  readonly agentId: string;
  readonly desktop: Desktop;
  /** Epoch ms by this process's clock, for people to read. */
  readonly openedAt: number;
  /** Whether the store may know of it: an opening was at least begun. */
  told: boolean;
  /** Why it is gone; null while it is open. */
  gone: Cause | null;
  /** The newest assertion that is still to be made; it serves whoever asks before it begins. */
  assertion: Asserting | null;
}

export function newHolding(agentId: string, desktop: Desktop): Holding {
  return { agentId, desktop, openedAt: Date.now(), told: false, gone: null, assertion: null };
}

/** The truth about this server's own desktops. A last look is answered from it. */
export class DesktopTable {
  private readonly agents = new Map<string, Map<string, Holding>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get agentCount(): number {
    return this.agents.size;
  }

  agentIds(): string[] {
    return [...this.agents.keys()];
  }

  /** Replaces a holding of the same agent and connection: a feed may name a desktop anew before its loss was told. */
  put(holding: Holding): void {
    const ofAgent = this.agents.get(holding.agentId) ?? new Map<string, Holding>();
    this.agents.set(holding.agentId, ofAgent);
    if (!ofAgent.has(holding.desktop.connection)) this.count += 1;
    ofAgent.set(holding.desktop.connection, holding);
  }

  /** Does nothing when another holding has taken its place. */
  remove(holding: Holding): void {
    const ofAgent = this.agents.get(holding.agentId);
    if (ofAgent?.get(holding.desktop.connection) !== holding) return;
    ofAgent.delete(holding.desktop.connection);
    this.count -= 1;
    if (ofAgent.size === 0) this.agents.delete(holding.agentId);
  }

  find(agentId: string, connection: string): Holding | undefined {
    return this.agents.get(agentId)?.get(connection);
  }

  of(agentId: string): Holding[] {
    return [...(this.agents.get(agentId)?.values() ?? [])];
  }

  all(): Holding[] {
    return [...this.agents.values()].flatMap((ofAgent) => [...ofAgent.values()]);
  }

  /** The answer to a last look: a desktop of that agent, one that is not on its way out if there is one. */
  desktopOf(agentId: string): Desktop | undefined {
    const holdings = this.of(agentId);
    return (holdings.find(({ gone }) => gone === null) ?? holdings[0])?.desktop;
  }
}
