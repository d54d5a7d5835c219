import { z } from 'zod';
import { type Side, sides } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { asStoreError } from './store-error';

/** As many as a mirror follows; a peripheral has at most some 12 000 agents. */
export const configuredAgentsMax = 20_000;

const agentIdsShape = z.array(z.string()).max(configuredAgentsMax);

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
  async publish(side: Side, version: string, agentIds: readonly string[]): Promise<void> {
    try {
      const agents = JSON.stringify(agentIds.slice(0, configuredAgentsMax));
      await this.redis.hset(this.keys.configuredAgents(side), { version, agents });
    } catch (error) {
      throw asStoreError('configured agents', error);
    }
  }

  /** Of what each side said last; null for a side that said nothing. Rejects with a StoreError. */
  async versions(): Promise<readonly (string | null)[]> {
    return (await this.field('version')) as (string | null)[];
  }

  /** All agents that any side named; undefined while none did. Rejects with a StoreError. */
  async read(): Promise<readonly string[] | undefined> {
    const texts = (await this.field('agents')) as (string | null)[];
    const named = texts.flatMap((text) => (text === null ? [] : [agentIdsOf(text)]));
    return named.length === 0 ? undefined : [...new Set(named.flat())];
  }

  private field(name: 'version' | 'agents'): Promise<unknown[]> {
    const pipeline = this.redis.pipeline();
    for (const side of sides) pipeline.hget(this.keys.configuredAgents(side), name);
    return allOf('configured agents', pipeline);
  }
}

function agentIdsOf(text: string): string[] {
  try {
    return agentIdsShape.parse(JSON.parse(text));
  } catch (error) {
    throw asStoreError('configured agents', error);
  }
}
