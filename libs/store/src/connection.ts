import { Cluster, Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type RedisAddress } from '#config/redis-url';

export type RedisConnection = Redis | Cluster;

/**
 * What a connection is for. `store`: commands give up after a bounded time, so a caller learns that Redis is away.
 * `queue`: BullMQ's; commands wait for ever and are never pipelined behind its back. `subscriber`: pub/sub and blocking reads.
 */
export type ConnectionRole = 'store' | 'queue' | 'subscriber';

export interface ConnectOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly log: Logger;
  readonly role: ConnectionRole;
}

/** Opens a connection to one node, to the master of a Sentinel set, or to a Cluster. It reconnects for ever. */
export function connect(address: RedisAddress, options: ConnectOptions): RedisConnection {
  void address;
  void options;
  void Cluster;
  throw new Error('not written yet');
}
