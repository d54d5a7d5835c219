import { z } from 'zod';
import { type Side, sides } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { asStoreError } from './store-error';

/** As many as a mirror follows; a peripheral has at most some 12 000 agents. */
export const configuredAgentsMax = 20_000;

/** Agents by id, and the login names of those who have one. */
export interface AgentNames {
  readonly agentIds: readonly string[];
  /** By agent id. */
  readonly loginNames: ReadonlyMap<string, string>;
}

const agentIdsShape = z.array(z.string()).max(configuredAgentsMax);

/** A release that knows no login names publishes without them, and leaves those that were there: they are of another version. */
const loginNamesShape = z.object({
  of: z.string(),
  names: z.record(z.string(), z.string()),
});

/** Who works on the peripheral by the CTI server's configuration: told by the workers that have a link, read by all others. */
export class ConfiguredAgents {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Replaces what that side said before. `version` differs where the agents do. Rejects with a StoreError. */
  async publish(side: Side, version: string, names: AgentNames): Promise<void> {
    try {
      const kept = names.agentIds.slice(0, configuredAgentsMax);
      const agents = JSON.stringify(kept);
      const pairs = kept.flatMap((id) => (names.loginNames.has(id) ? [[id, names.loginNames.get(id)]] : []));
      const loginNames = JSON.stringify({ of: version, names: Object.fromEntries(pairs) as object });
      await this.redis.hset(this.keys.configuredAgents(side), { version, agents, loginNames });
    } catch (error) {
      throw asStoreError('configured agents', error);
    }
  }

  /** Of what each side said last; null for a side that said nothing. Rejects with a StoreError. */
  async versions(): Promise<readonly (string | null)[]> {
    return (await this.fields('version')).map(([version]) => version ?? null);
  }

  /** All agents that any side named; undefined while none did. Where both name one, the primary's login name counts. */
  async read(): Promise<AgentNames | undefined> {
    const said = (await this.fields('version', 'agents', 'loginNames')).flatMap(([version, agents, loginNames]) =>
      agents == null ? [] : [{ ids: parse(agentIdsShape, agents), names: loginNamesOf(version, loginNames) }],
    );
    if (said.length === 0) return undefined;
    const agentIds = [...new Set(said.flatMap(({ ids }) => ids))];
    return { agentIds, loginNames: new Map(said.reverse().flatMap(({ names }) => Object.entries(names))) };
  }

  /** Those fields of each side. Rejects with a StoreError. */
  private async fields(...names: string[]): Promise<readonly (readonly (string | null)[])[]> {
    const pipeline = this.redis.pipeline();
    for (const side of sides) pipeline.hmget(this.keys.configuredAgents(side), ...names);
    return (await allOf('configured agents', pipeline)) as (string | null)[][];
  }
}

function loginNamesOf(version: string | null | undefined, text: string | null | undefined): Record<string, string> {
  if (text == null) return {};
  const { of, names } = parse(loginNamesShape, text);
  return of === version ? names : {};
}

function parse<T>(shape: z.ZodType<T>, text: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw asStoreError('configured agents', error);
  }
}
