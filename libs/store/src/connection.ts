import { Cluster, Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type RedisAddress } from '#config/redis-url';

export type RedisConnection = Redis | Cluster;

/**
 * What a connection is for. `store`: commands give up after a bounded time, so that a caller learns that Redis is away.
 * `queue`: BullMQ's; commands wait for ever. `subscriber`: pub/sub and reads that block.
 */
export type ConnectionRole = 'store' | 'queue' | 'subscriber';

export interface ConnectOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly log: Logger;
  readonly role: ConnectionRole;
}

/** A command of the store that has no answer by then has failed; it may still be carried out. */
export const commandTimeoutMs = 2_000;

/** Reconnections after which a waiting command of the store is given up: about 0.75 s with the delays below. */
const reconnectsPerCommandMax = 5;

/** With BullMQ's default of up to 20 s, Redis away for 12 s cost 6 s more; with this 0.3 s. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * attempt, 500);
}

const boundedWait = { commandTimeout: commandTimeoutMs, maxRetriesPerRequest: reconnectsPerCommandMax };
const unboundedWait = { maxRetriesPerRequest: null };

/** Opens a connection to one node, to the master of a Sentinel set, or to a Cluster. It reconnects for ever. */
export function connect(address: RedisAddress, options: ConnectOptions): RedisConnection {
  const connection = open(address, options);
  tell(connection, options);
  return connection;
}

function open(address: RedisAddress, { name, role }: ConnectOptions): RedisConnection {
  const common = {
    connectionName: name,
    // A demoted master answers READONLY for as long as the connection lives: leave it, and send the command again.
    reconnectOnError: (error: Error) => (error.message.includes('READONLY') ? (2 as const) : (false as const)),
    ...(address.user === undefined ? {} : { username: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    ...(role === 'store' ? boundedWait : unboundedWait),
  };
  switch (address.kind) {
    case 'single': {
      const { host, port } = address.endpoint;
      return new Redis({ ...common, host, port, db: address.db, retryStrategy: reconnectDelayMs });
    }
    case 'sentinel':
      return new Redis({
        ...common,
        name: address.masterName,
        sentinels: address.sentinels.map(({ host, port }) => ({ host, port })),
        db: address.db,
        role: 'master',
        // Without it a client that is cut off together with the old master saw no error and stayed there.
        failoverDetector: true,
        retryStrategy: reconnectDelayMs,
        sentinelRetryStrategy: reconnectDelayMs,
        ...(address.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      });
    case 'cluster':
      return new Cluster(
        address.nodes.map(({ host, port }) => ({ host, port })),
        {
          redisOptions: common,
          clusterRetryStrategy: reconnectDelayMs,
          clusterNodeRetryStrategy: reconnectDelayMs,
          scaleReads: 'master',
        },
      );
  }
}

/** One line when the connection is lost and one when it is back, not one for each attempt. */
function tell(connection: RedisConnection, { name, role, log }: ConnectOptions): void {
  let isLost = false;
  connection.on('error', (error: Error) => {
    if (isLost) return;
    isLost = true;
    log.warn({ connection: name, role, err: error }, 'The connection to Redis is lost; it is tried again.');
  });
  connection.on('ready', () => {
    if (isLost) log.info({ connection: name, role }, 'The connection to Redis is back.');
    isLost = false;
  });
}

/** A connection of its own with the same address, for commands that block: they have no time limit. */
export function duplicateForBlocking(connection: RedisConnection): RedisConnection {
  const unlimited = { ...unboundedWait, commandTimeout: undefined };
  return connection instanceof Redis
    ? connection.duplicate(unlimited)
    : connection.duplicate([], { redisOptions: unlimited });
}
