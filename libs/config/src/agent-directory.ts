import { foldAgentId } from '#domain/agent-id';

/** In the order in which they count: what the first says of an agent holds. */
const sources = ['agentsFile', 'ctiConfiguration'] as const;

/** Who names agents: AGENTS_FILE, or the configuration that the CTI server tells to a worker. */
export type DirectorySource = (typeof sources)[number];

/** The store answers within milliseconds of a start, or it is away. */
const readMsMax = 2_000;

/** Spellings of one id that cannot both be right. */
export type Clash = readonly [string, string];

/** Spelling by folded id. Of two agents whose ids differ in case alone both are kept, by their own spelling only. */
class Entries {
  readonly spellings = new Map<string, string>();
  readonly clashes: Clash[] = [];
  private readonly ambiguous = new Map<string, Set<string>>();

  constructor(agentIds: Iterable<string>) {
    for (const agentId of agentIds) {
      const folded = foldAgentId(agentId);
      const known = this.spellings.get(folded);
      if (known === undefined) this.spellings.set(folded, agentId);
      else if (known !== agentId) this.clash(folded, [known, agentId]);
    }
  }

  find(agentId: string): string | undefined {
    const folded = foldAgentId(agentId);
    const several = this.ambiguous.get(folded);
    if (several !== undefined) return several.has(agentId) ? agentId : undefined;
    return this.spellings.get(folded);
  }

  private clash(folded: string, clash: Clash): void {
    this.clashes.push(clash);
    this.ambiguous.set(folded, new Set([...(this.ambiguous.get(folded) ?? []), ...clash]));
  }
}

/**
 * The one spelling of each agent's id. Whatever names an agent from outside (tokens, XMPP accounts, addresses, people) is
 * mapped to it where it enters, so that records, last looks and requests to the CTI server all mean the same agent.
 * Without any source ids are taken as they come.
 */
export class AgentDirectory {
  private readonly bySource = new Map<DirectorySource, Entries>();
  private readonly listeners = new Set<() => void>();
  private readonly read = Promise.withResolvers<undefined>();

  /** Every source has said what it has, for the first time. */
  sourcesRead(): void {
    this.read.resolve(undefined);
  }

  /**
   * Resolves with the first of those times, since before it a spelling may be one that does not count; and when it does not
   * come in time: without the store nobody is acknowledged, and with what is known nobody is lost.
   */
  async whenRead(): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, readMsMax, undefined);
    await Promise.race([this.read.promise, late.promise]);
    clearTimeout(timer);
  }

  /** Whether anybody has named the agents; without that nobody can be called unknown. */
  get isKnown(): boolean {
    return this.bySource.size > 0;
  }

  get size(): number {
    return new Set([...this.bySource.values()].flatMap(({ spellings }) => [...spellings.keys()])).size;
  }

  /** The agent's id as the directory spells it; undefined where there is a directory and it knows no such agent. */
  canonical(agentId: string): string | undefined {
    if (!this.isKnown) return agentId;
    for (const source of sources) {
      const found = this.bySource.get(source)?.find(agentId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * All agents of a source, in place of those that it named before.
   * @returns ids that differ in case alone: two of this source, or one of it and one of the other
   */
  replace(source: DirectorySource, agentIds: Iterable<string>): readonly Clash[] {
    const entries = new Entries(agentIds);
    this.bySource.set(source, entries);
    const others = sources.filter((other) => other !== source);
    const between = others.flatMap((other) => clashesBetween(entries, this.bySource.get(other)));
    for (const listener of this.listeners) listener();
    return [...entries.clashes, ...between];
  }

  /** Told after every change. */
  follow(listener: () => void): void {
    this.listeners.add(listener);
  }
}

function clashesBetween(one: Entries, other: Entries | undefined): Clash[] {
  return [...one.spellings].flatMap(([folded, agentId]): Clash[] => {
    const spelling = other?.spellings.get(folded);
    return spelling === undefined || spelling === agentId ? [] : [[agentId, spelling]];
  });
}
