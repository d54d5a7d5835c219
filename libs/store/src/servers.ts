import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { type Mastership, onConfirmedMaster } from './mastership';
import { Keys } from './keys';
import { lapsedAgentsLua } from './lua/lapsed-agents.lua';
import { removeServerLua } from './lua/remove-server.lua';
import { renewServerLua } from './lua/renew-server.lua';
import { serversLua } from './lua/servers.lua';
import { allOf } from './pipeline';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface Renewal {
  /** Names the store's present life; changes with every restart and failover. */
  readonly generation: string;
  /** Redis time, epoch ms. */
  readonly now: number;
  /** The lease had ended or was unknown: the server must say again which desktops it holds. */
  readonly lapsed: boolean;
  /** Agents whose record names a desktop of this server. A lasting difference from what it holds means: re-assert. */
  readonly agents: number;
}

export interface LiveServer {
  readonly serverId: string;
  readonly side: Side;
  /** The generation it has re-asserted its desktops for, or '' while it has not. */
  readonly asserted: string;
}

/** `alive`: it has renewed meanwhile. `notEmpty`: records still name desktops of it. Only `removed` changed anything. */
export type Removal = 'removed' | 'alive' | 'notEmpty';

const renewScript = new Script('renew-server', renewServerLua);
const removeScript = new Script('remove-server', removeServerLua);
const serversScript = new Script('servers', serversLua);
const lapsedAgentsScript = new Script('lapsed-agents', lapsedAgentsLua);

/** Commands per round trip. */
const existsChunk = 500;

export interface ServerLeasesOptions {
  readonly peripheralId: number;
  readonly leaseMs: number;
  /** Asked before every renewal; left out where a connection cannot reach a master that has been replaced. */
  readonly mastership?: Mastership | undefined;
}

interface Lease extends LiveServer {
  readonly isLive: boolean;
}

/**
 * Leases of servers. A server is one process and its id must be new for every start of it: a process that took over the
 * id of a dead one would renew the lease under which the dead one's desktops are still written.
 *
 * A lease ends when it is not renewed in time. From then on the sweep closes the server's desktops, as long as the lease
 * stays ended, and removes the server when none is left. A server that comes back, at whatever point of this, is told
 * that it had lapsed and counts as one that has asserted nothing, so no request goes out before it has opened its
 * desktops again; `agents` shows it the one that a sweep closed while it did so.
 */
export class ServerLeases {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: ServerLeasesOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /**
   * Stamps the lease: it ends `leaseMs` from now. `asserted` = the generation this server has re-asserted for, or ''. Rejects, and
   * the lease is not renewed, where it is not certain that the store reached is the one that all others reach.
   */
  async renew(serverId: string, side: Side, asserted: string): Promise<Renewal> {
    const { servers, generation, clock } = this.keys;
    const keys = [servers, generation, this.keys.desktops(serverId), clock];
    const args = [serverId, side, asserted, this.options.leaseMs];
    const [id, now, lapsed, agents] = (await onConfirmedMaster(
      this.options.mastership,
      this.redis,
      'renew-server',
      () => renewScript.run(this.redis, keys, args),
    )) as [string, number, 0 | 1, number];
    return { generation: id, now, lapsed: lapsed === 1, agents };
  }

  async live(): Promise<LiveServer[]> {
    const leases = (await this.leases()).filter(({ isLive }) => isLive);
    return leases.map(({ serverId, side, asserted }) => ({ serverId, side, asserted }));
  }

  async lapsed(): Promise<{ serverId: string; side: Side }[]> {
    const leases = (await this.leases()).filter(({ isLive }) => !isLive);
    return leases.map(({ serverId, side }) => ({ serverId, side }));
  }

  /** Agents with a desktop on a server whose lease has ended, at most `limit`; none once it is alive again. */
  async agentsOf(serverId: string, limit: number): Promise<string[]> {
    const keys = [this.keys.servers, this.keys.desktops(serverId), this.keys.clock];
    return (await lapsedAgentsScript.run(this.redis, keys, [serverId, limit])) as string[];
  }

  /** Agents whose record names a desktop of this server, alive or not: for the server itself to compare. */
  async recordedAgents(serverId: string): Promise<string[]> {
    try {
      return await this.redis.smembers(this.keys.desktops(serverId));
    } catch (error) {
      throw asStoreError('recorded agents', error);
    }
  }

  /** Those of these agents of whom there is no record at all. */
  async unrecorded(agentIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let first = 0; first < agentIds.length; first += existsChunk) {
      const page = agentIds.slice(first, first + existsChunk);
      const pipeline = this.redis.pipeline();
      for (const agentId of page) pipeline.exists(this.keys.agent(agentId));
      const answers = await allOf('unrecorded agents', pipeline);
      found.push(...page.filter((_, place) => answers[place] === 0));
    }
    return found;
  }

  /** Forgets a server whose lease has ended and whose desktops were all closed. */
  async remove(serverId: string): Promise<Removal> {
    const keys = [this.keys.servers, this.keys.desktops(serverId), this.keys.clock];
    return (await removeScript.run(this.redis, keys, [serverId])) as Removal;
  }

  private async leases(): Promise<Lease[]> {
    const [now, ...pairs] = (await serversScript.run(this.redis, [this.keys.servers, this.keys.clock], [])) as [
      number,
      ...string[],
    ];
    const leases: Lease[] = [];
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const [side, leaseEnd, asserted = ''] = (pairs[at + 1] ?? '').split('|');
      const isLive = Number(leaseEnd) > now;
      leases.push({ serverId: pairs[at] ?? '', side: side === 'primary' ? side : 'secondary', asserted, isLive });
    }
    return leases;
  }
}
