import { findAgentId, type FoundAgentId } from '#domain/agent-id';
import { phaseNames } from '#domain/agent';
import { ConfiguredAgents } from './configured-agents';
import { type RedisConnection } from './connection';
import { timelessPhases } from './index-moves';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { listWithoutDesktop } from './without-desktop';

/**
 * The ids of all agents that the store knows of: those with a record, those whom the CTI server named in its
 * configuration, and those whom a worker sees signed in without a desktop. For processes that have no directory.
 */
export class KnownAgents {
  private readonly keys: Keys;
  private readonly configured: ConfiguredAgents;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
    this.configured = new ConfiguredAgents(redis, options);
  }

  /** Finds whom an operator means; `asked` must be an agent id. Rejects with a StoreError. */
  async find(asked: string): Promise<FoundAgentId> {
    const [hasRecord] = await allOf('known agents', this.redis.pipeline().exists(this.keys.agent(asked)));
    // The usual case, without a look at the ids of thousands.
    return hasRecord === 1 ? { found: 'one', agentId: asked } : findAgentId(asked, await this.ids());
  }

  private async ids(): Promise<ReadonlySet<string>> {
    const pipeline = this.redis.pipeline();
    for (const name of phaseNames) {
      if (timelessPhases.includes(name)) pipeline.smembers(this.keys.phase(name));
      else pipeline.zrange(this.keys.phase(name), '0', '-1');
    }
    const [recorded, named, signedIn] = await Promise.all([
      allOf('known agents', pipeline),
      this.configured.read(),
      listWithoutDesktop(this.redis, this.options.peripheralId),
    ]);
    return new Set([...(recorded as string[][]).flat(), ...(named ?? []), ...signedIn.map(({ agentId }) => agentId)]);
  }
}
