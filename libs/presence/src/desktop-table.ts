import { type Agent, type Cause, type Desktop } from '#domain/agent';
import { foldAgentId } from '#domain/agent-id';
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
  /** Whether a commit of its opening has been answered: there must be a record of its agent from then on. */
  recorded: boolean;
  /** Why it is gone; null while it is open. */
  gone: Cause | null;
  /** The newest assertion that is still to be made; it serves whoever asks before it begins. */
  assertion: Asserting | null;
}

export function newHolding(agentId: string, desktop: Desktop): Holding {
  return { agentId, desktop, openedAt: Date.now(), told: false, recorded: false, gone: null, assertion: null };
}

/** The answer to a last look: a desktop, none for sure, or why that cannot be said. */
export type Look = Desktop | undefined | { readonly unknown: string };

/** The truth about this server's own desktops. A last look is answered from it. */
export class DesktopTable {
  private readonly agents = new Map<string, Map<string, Holding>>();
  /** By folded id, how the agents who have desktops here are spelled: in one way, where there is a directory. */
  private readonly spellings = new Map<string, Set<string>>();
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
    this.spell(holding.agentId);
    if (!ofAgent.has(holding.desktop.connection)) this.count += 1;
    ofAgent.set(holding.desktop.connection, holding);
  }

  /** Does nothing when another holding has taken its place. */
  remove(holding: Holding): void {
    const ofAgent = this.agents.get(holding.agentId);
    if (ofAgent?.get(holding.desktop.connection) !== holding) return;
    ofAgent.delete(holding.desktop.connection);
    this.count -= 1;
    if (ofAgent.size > 0) return;
    this.agents.delete(holding.agentId);
    this.forgetSpelling(holding.agentId);
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

  /** How an agent who has desktops here is spelled whose id differs from this in case alone; undefined for none, or several. */
  spellingOf(agentId: string): string | undefined {
    const [spelling, ...others] = this.spellings.get(foldAgentId(agentId)) ?? [];
    return others.length === 0 ? spelling : undefined;
  }

  /** Without a directory one agent may be known under two spellings: a desktop under another one is no "none". */
  look(agentId: string): Look {
    const desktop = this.desktopOf(agentId);
    if (desktop !== undefined || !this.spellings.has(foldAgentId(agentId))) return desktop;
    return { unknown: 'a desktop is open here under an agent id that differs in case alone' };
  }

  /** A desktop of that agent, one that is not on its way out if there is one. */
  desktopOf(agentId: string): Desktop | undefined {
    const holdings = this.of(agentId);
    return (holdings.find(({ gone }) => gone === null) ?? holdings[0])?.desktop;
  }

  private spell(agentId: string): void {
    const folded = foldAgentId(agentId);
    const known = this.spellings.get(folded);
    if (known === undefined) this.spellings.set(folded, new Set([agentId]));
    else known.add(agentId);
  }

  private forgetSpelling(agentId: string): void {
    const folded = foldAgentId(agentId);
    const known = this.spellings.get(folded);
    known?.delete(agentId);
    if (known?.size === 0) this.spellings.delete(folded);
  }
}
