import keySlot from 'cluster-key-slot';
import { Redis, type RedisOptions } from 'ioredis';
import { describeAddress, type RedisAddress } from '#config/redis-url';
import { connectorTo } from './cluster-connector';
import { ClusterNodes } from './cluster-nodes';
import { Keys } from './keys';
import { askInfoPatiently } from './patient-info';
import { type RedisAccess } from './redis-access';
import { SteadySentinelConnector } from './steady-sentinel-connector';
import { type StoreOutage } from './store-outage';

export type RedisConnection = Redis;

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
  /** What tells people that the connection is lost or back, for all connections of the process. */
  readonly outage: Pick<StoreOutage, 'lost' | 'back'>;
  readonly role: ConnectionRole;
  /** Whose keys are asked for: in a Cluster the connection goes to the master of their slot. */
  readonly peripheralId: number;
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
export const silenceMsMax = 5_000;

/** How often a subscriber asks whether Redis is there. */
const askMs = 2_000;

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

/** Opens a connection to one node, to the master of a Sentinel set, or to that of a slot of a Cluster. It reconnects for ever. */
export function connect(address: RedisAddress, options: ConnectOptions): RedisConnection {
  const connection = open(address, options);
  tell(connection, address, options);
  if (options.role === 'subscriber') keepAsking(connection);
  if (options.role === 'queue') askInfoPatiently(connection, () => undefined);
  return connection;
}

/** The connections of a process that decides: for the records, for the queue, and for what it subscribes to. */
export function connectAll(
  address: RedisAddress,
  options: Omit<ConnectOptions, 'role'>,
): [store: RedisConnection, queue: RedisConnection, subscriber: RedisConnection] {
  const as = (role: ConnectionRole): RedisConnection => connect(address, { ...options, role });
  return [as('store'), as('queue'), as('subscriber')];
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
    case 'cluster': {
      const nodes = new ClusterNodes(address.nodes, keySlot(new Keys(options.peripheralId).servers));
      return new Redis({ ...common, Connector: connectorTo(nodes), retryStrategy: reconnectDelayMs });
    }
  }
}

function commonOptions(address: RedisAddress, { name, role, access }: ConnectOptions): Options {
  return {
    connectionName: name,
    connectTimeout: connectMsMax,
    socketTimeout: silenceMsMax,
    reconnectOnError: leave,
    ...(address.user === undefined ? {} : { username: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: trust(access) } : {}),
    ...(role === 'store' ? boundedWait : unboundedWait),
  };
}

/**
 * A demoted master answers READONLY, in a Cluster MOVED, for as long as the connection lives: leave it, and send the
 * command again. One that is cut off from its Cluster answers CLUSTERDOWN, and so does a whole Cluster that is not ready:
 * leave it, and let the command fail, since it may last.
 */
function leave({ message }: Error): boolean | 2 {
  const code = message.split(' ', 1)[0];
  return code === 'READONLY' || code === 'MOVED' ? 2 : code === 'CLUSTERDOWN';
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

/** How a connection to a Sentinel itself signs in. */
export function sentinelCredentials(
  { tls }: Extract<RedisAddress, { kind: 'sentinel' }>,
  access: RedisAccess | undefined,
): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
  return {
    ...(access?.sentinelUser === undefined ? {} : { username: access.sentinelUser }),
    ...(access?.sentinelPassword === undefined ? {} : { password: access.sentinelPassword }),
    ...(tls ? { tls: trust(access) } : {}),
  };
}

/** The CA alone: that the certificate is for the host is checked by Node. */
function trust(access: RedisAccess | undefined): { ca?: string } {
  return access?.ca === undefined ? {} : { ca: access.ca };
}

/**
 * A subscriber that only listens would never learn that nobody speaks any more. So something is asked all the time, and
 * what has no answer ends the connection after `silenceMsMax`.
 */
function keepAsking(connection: RedisConnection): void {
  const timer = setInterval(() => {
    if (connection.status === 'ready') connection.ping().catch(() => undefined);
  }, askMs).unref();
  connection.once('end', () => {
    clearInterval(timer);
  });
}

function tell(connection: RedisConnection, address: RedisAddress, { outage }: ConnectOptions): void {
  const redis = describeAddress(address);
  connection.on('error', (error: Error) => {
    outage.lost(connection, redis, error);
  });
  connection.on('ready', () => {
    outage.back();
  });
}

/**
 * A connection of its own with the same address, for commands that block: they have no time limit. It is lost and found
 * together with the one it was made from, which tells of it; what is asked of it fails by itself.
 */
export function duplicateForBlocking(connection: RedisConnection): RedisConnection {
  return connection.duplicate({ ...unboundedWait, commandTimeout: undefined }).on('error', () => undefined);
}

/**
 * The same for commands with a WAIT behind them, which answers for what was sent to its own node before: none is sent again to
 * another node while the old one answers the WAIT. A node that is not the master's makes the connection leave, and the command fails.
 */
export function duplicateForWaiting(connection: RedisConnection): RedisConnection {
  const reconnectOnError = (error: Error): boolean => leave(error) !== false;
  return connection
    .duplicate({ ...unboundedWait, commandTimeout: undefined, reconnectOnError })
    .on('error', () => undefined);
}
