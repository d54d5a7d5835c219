import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';

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
  readonly asserted: string;
}

/** `alive`: it has renewed meanwhile. `notEmpty`: records still name desktops of it. Only `removed` changed anything. */
export type Removal = 'removed' | 'alive' | 'notEmpty';

/** Leases of servers. A server is one process: its id must be new for every start of it. */
export class ServerLeases {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number; readonly leaseMs: number },
  ) {}
  /** Stamps the lease. `asserted` = the generation this server has re-asserted all its desktops for, or ''. */
  renew(serverId: string, side: Side, asserted: string): Promise<Renewal> {
    return this.missing(serverId, side, asserted);
  }
  live(): Promise<LiveServer[]> {
    return this.missing();
  }
  lapsed(): Promise<{ serverId: string; side: Side }[]> {
    return this.missing();
  }
  /** Agents with a desktop on a server whose lease has ended, at most `limit`; none once it is alive again. */
  agentsOf(serverId: string, limit: number): Promise<string[]> {
    return this.missing(serverId, limit);
  }
  /** Agents whose record names a desktop of this server, alive or not: for the server itself to compare. */
  recordedAgents(serverId: string): Promise<string[]> {
    return this.missing(serverId);
  }
  /** Forgets a server whose lease has ended and whose desktops were all closed. */
  remove(serverId: string): Promise<Removal> {
    return this.missing(serverId);
  }
  private missing<T>(...args: unknown[]): Promise<T> {
    return Promise.reject(new Error(`not written yet ${args.length}${this.redis.status}${this.options.leaseMs}`));
  }
}
