import { findAgentId, foldAgentId, type FoundAgentId, isAgentId, nearIdsMax } from '#domain/agent-id';
import { phaseNames } from '#domain/agent';
import { type AgentNames, ConfiguredAgents } from './configured-agents';
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

  /** Finds whom an operator means by an id or a login name. Rejects with a StoreError. */
  async find(asked: string): Promise<FoundAgentId> {
    if (isAgentId(asked)) {
      const [hasRecord] = await allOf('known agents', this.redis.pipeline().exists(this.keys.agent(asked)));
      // The usual case, without a look at the ids of thousands.
      if (hasRecord === 1) return { found: 'one', agentId: asked };
    }
    const named = await this.configured.read();
    const found = findAgentId(asked, await this.ids(named?.agentIds ?? []));
    return found.found === 'none' ? (findLoginName(asked, named) ?? found) : found;
  }

  private async ids(named: readonly string[]): Promise<ReadonlySet<string>> {
    const pipeline = this.redis.pipeline();
    for (const name of phaseNames) {
      if (timelessPhases.includes(name)) pipeline.smembers(this.keys.phase(name));
      else pipeline.zrange(this.keys.phase(name), '0', '-1');
    }
    const [recorded, signedIn] = await Promise.all([
      allOf('known agents', pipeline),
      listWithoutDesktop(this.redis, this.options.peripheralId),
    ]);
    return new Set([...(recorded as string[][]).flat(), ...named, ...signedIn.map(({ agentId }) => agentId)]);
  }
}

/** A login name of two agents means either of them: their ids are near. */
function findLoginName(asked: string, named: AgentNames | undefined): FoundAgentId | undefined {
  const folded = foldAgentId(asked);
  const [first, ...others] = [...(named?.loginNames ?? [])].flatMap(([agentId, loginName]) =>
    foldAgentId(loginName) === folded ? [agentId] : [],
  );
  if (first === undefined) return undefined;
  return others.length === 0
    ? { found: 'one', agentId: first }
    : { found: 'none', near: [first, ...others].slice(0, nearIdsMax) };
}
