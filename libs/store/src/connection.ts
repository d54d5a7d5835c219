import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type Logger } from 'pino';
import { type RedisAddress } from '#config/redis-url';
import { SteadySentinelConnector } from './steady-sentinel-connector';
import { type RedisAccess } from './redis-access';

export type RedisConnection = Redis | Cluster;

/** We let answers have the shapes that they have always had. */
type Options = Omit<RedisOptions, 'replyMapping'>;

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
  /** Default: the system's CAs, and no password for Sentinels. */
  readonly access?: RedisAccess;
}

/** A command of the store that has no answer by then has failed; it may still be carried out. */
export const commandTimeoutMs = 2_000;

/** Reconnections after which a waiting command of the store is given up: about 0.75 s with the delays below. */
const reconnectsPerCommandMax = 5;

/** A host that is gone answers no connection; ioredis' default would wait 10 s for it. */
const connectMsMax = 2_000;

/**
 * A connection on which something was sent and nothing came for so long is made anew, by way of the Sentinels where there
 * are some: a master that hangs or is cut off ends no connection. No command of ours blocks for so long.
 */
const silenceMsMax = 5_000;

/** A Sentinel that is not there or hangs; the next one is asked. */
const sentinelAnswerMsMax = 1_000;
/** How often a Sentinel that went away is tried again, so that it can tell of failovers. */
const detectorRetryMs = 10_000;

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

function open(address: RedisAddress, options: ConnectOptions): RedisConnection {
  const common = commonOptions(address, options);
  switch (address.kind) {
    case 'single': {
      const { host, port } = address.endpoint;
      return new Redis({ ...common, host, port, db: address.db, retryStrategy: reconnectDelayMs });
    }
    case 'sentinel':
      return new Redis({ ...common, ...sentinelOptions(address, options), retryStrategy: reconnectDelayMs });
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

function commonOptions(address: RedisAddress, { name, role, access }: ConnectOptions): Options {
  return {
    connectionName: name,
    connectTimeout: connectMsMax,
    socketTimeout: silenceMsMax,
    // A demoted master answers READONLY for as long as the connection lives: leave it, and send the command again.
    reconnectOnError: (error: Error) => (error.message.includes('READONLY') ? 2 : false),
    ...(address.user === undefined ? {} : { username: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: trust(access) } : {}),
    ...(role === 'store' ? boundedWait : unboundedWait),
  };
}

function sentinelOptions(
  { masterName, sentinels, db, tls }: Extract<RedisAddress, { kind: 'sentinel' }>,
  { access }: ConnectOptions,
): Options {
  return {
    name: masterName,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    db,
    role: 'master',
    Connector: SteadySentinelConnector,
    // Without it a client that is cut off together with the old master saw no error and stayed there.
    failoverDetector: true,
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelReconnectStrategy: () => detectorRetryMs,
    sentinelCommandTimeout: sentinelAnswerMsMax,
    ...(access?.sentinelUser === undefined ? {} : { sentinelUsername: access.sentinelUser }),
    ...(access?.sentinelPassword === undefined ? {} : { sentinelPassword: access.sentinelPassword }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: trust(access) } : {}),
  };
}

/** The CA alone: that the certificate is for the host is checked by Node. */
function trust(access: RedisAccess | undefined): { ca?: string } {
  return access?.ca === undefined ? {} : { ca: access.ca };
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

/**
 * A connection of its own with the same address, for commands that block: they have no time limit. It is lost and found
 * together with the one it was made from, which tells of it; what is asked of it fails by itself.
 */
export function duplicateForBlocking(connection: RedisConnection): RedisConnection {
  const unlimited = { ...unboundedWait, commandTimeout: undefined };
  const duplicate =
    connection instanceof Redis
      ? connection.duplicate(unlimited)
      : connection.duplicate([], { redisOptions: unlimited });
  return duplicate.on('error', () => undefined);
}
