import { foldAgentId, isAgentId } from '#domain/agent-id';

/** In the order in which they count: what the first says of an agent holds. */
const sources = ['agentsFile', 'ctiConfiguration'] as const;

/** Who names agents: AGENTS_FILE, or the configuration that the CTI server tells to a worker. */
export type DirectorySource = (typeof sources)[number];

/** The store answers within milliseconds of a start, or it is away. */
const readMsMax = 2_000;

/** What two agents cannot both have. */
export type Clash =
  /** Spellings of one id that cannot both be right. */
  | { readonly kind: 'spelling'; readonly agentIds: readonly [string, string] }
  /** A login name of two agents, or one that is the id of the second. The first one is not found by it. */
  | { readonly kind: 'loginName'; readonly loginName: string; readonly agentIds: readonly [string, string] };

const noLoginNames: ReadonlyMap<string, string> = new Map();

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

  private clash(folded: string, agentIds: readonly [string, string]): void {
    this.clashes.push({ kind: 'spelling', agentIds });
    this.ambiguous.set(folded, new Set([...(this.ambiguous.get(folded) ?? []), ...agentIds]));
  }
}

/** Ids by folded login name. A name of two agents means neither: a wrong one would be signed out. */
class LoginNames {
  readonly clashes: Clash[] = [];
  private readonly owners = new Map<string, string | null>();

  /** @param byAgentId login names by the ids of their agents */
  constructor(readonly byAgentId: ReadonlyMap<string, string>) {
    for (const [agentId, loginName] of byAgentId) {
      const owner = this.owners.get(foldAgentId(loginName));
      if (owner === undefined) {
        this.owners.set(foldAgentId(loginName), agentId);
        continue;
      }
      this.owners.set(foldAgentId(loginName), null);
      if (owner !== null) this.clashes.push({ kind: 'loginName', loginName, agentIds: [agentId, owner] });
    }
  }

  /** Null for a name of two agents. */
  find(loginName: string): string | null | undefined {
    return this.owners.get(foldAgentId(loginName));
  }
}

/**
 * The one spelling of each agent's id. Whatever names an agent from outside (tokens, XMPP accounts, addresses, people), by
 * id or by login name, is mapped to it where it enters, so that records, last looks and requests to the CTI server all mean
 * the same agent. An id goes before a login name. Without any source ids are taken as they come.
 */
export class AgentDirectory {
  private readonly bySource = new Map<DirectorySource, Entries>();
  private readonly loginNames = new Map<DirectorySource, LoginNames>();
  private readonly listeners = new Set<() => void>();
  private readonly read = Promise.withResolvers<undefined>();
  private wasRead = false;

  /** Every source has said what it has, for the first time. */
  sourcesRead(): void {
    this.wasRead = true;
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

  /** Whether every source has been read; before that a login name may be somebody's all the same. */
  get isRead(): boolean {
    return this.wasRead;
  }

  /** Whether anybody has named the agents; without that nobody can be called unknown. */
  get isKnown(): boolean {
    return this.bySource.size > 0;
  }

  get size(): number {
    return new Set([...this.bySource.values()].flatMap(({ spellings }) => [...spellings.keys()])).size;
  }

  /**
   * The id, as the directory spells it, of the agent of that id or else of that login name; undefined where there is a
   * directory and it knows no such agent, and for a login name without one.
   */
  canonical(name: string): string | undefined {
    if (!this.isKnown) return isAgentId(name) ? name : undefined;
    return this.byId(name) ?? this.byLoginName(name);
  }

  /** The login name of an agent who has one; `agentId` as the directory spells it. */
  loginNameOf(agentId: string): string | undefined {
    for (const source of sources) {
      const spelling = this.bySource.get(source)?.find(agentId);
      const found = spelling === undefined ? undefined : this.loginNames.get(source)?.byAgentId.get(spelling);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * All agents of a source, in place of those that it named before.
   * @param loginNames by the ids of their agents
   * @returns what two agents have who must not: both of this source, or one of it and one of the other
   */
  replace(source: DirectorySource, agentIds: Iterable<string>, loginNames = noLoginNames): readonly Clash[] {
    const entries = new Entries(agentIds);
    const named = new LoginNames(loginNames);
    this.bySource.set(source, entries);
    this.loginNames.set(source, named);
    const others = sources.filter((other) => other !== source);
    const between = others.flatMap((other) => clashesBetween(entries, this.bySource.get(other)));
    const clashes = [...entries.clashes, ...between, ...named.clashes, ...this.loginNameClashes()];
    for (const listener of this.listeners) listener();
    return clashes;
  }

  private byId(agentId: string): string | undefined {
    for (const source of sources) {
      const found = this.bySource.get(source)?.find(agentId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private byLoginName(loginName: string): string | undefined {
    for (const source of sources) {
      const found = this.loginNames.get(source)?.find(loginName);
      // What the first source cannot tell apart, the second one does not decide.
      if (found !== undefined) return found === null ? undefined : this.byId(found);
    }
    return undefined;
  }

  /** Login names of one source that mean another agent by the other one, or that are the id of one. */
  private loginNameClashes(): Clash[] {
    return [...this.loginNames.values()].flatMap(({ byAgentId }) =>
      [...byAgentId].flatMap(([agentId, loginName]): Clash[] => {
        const meant = this.canonical(loginName);
        if (meant === undefined || meant === this.byId(agentId)) return [];
        return [{ kind: 'loginName', loginName, agentIds: [agentId, meant] }];
      }),
    );
  }

  /** Told after every change. */
  follow(listener: () => void): void {
    this.listeners.add(listener);
  }
}

function clashesBetween(one: Entries, other: Entries | undefined): Clash[] {
  return [...one.spellings].flatMap(([folded, agentId]): Clash[] => {
    const spelling = other?.spellings.get(folded);
    if (spelling === undefined || spelling === agentId) return [];
    return [{ kind: 'spelling', agentIds: [agentId, spelling] }];
  });
}
