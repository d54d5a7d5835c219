import { z } from 'zod';
import { type App, type ValueOf, byDefault, byDefaultIn, key, optional, required } from './key';
import { parseRedisUrl, type RedisAddress } from './redis-url';
import {
  duration,
  hostPort,
  identifier,
  oneOf,
  origins,
  refuse,
  serverPerSide,
  text,
  wholeNumber,
} from './value-schemas';

/**
 * Every configuration key. `--help`, the check at start, the secrets that logs hide and docs/configuration.md all
 * follow this table; a test compares it with the document.
 */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const sides = ['primary', 'secondary'] as const;
export type Side = (typeof sides)[number];

const redisUrl = z.string().transform((value, context): RedisAddress => {
  const result = parseRedisUrl(value);
  return result.kind === 'address' ? result.address : refuse(context, result.sentence);
});

const protocolVersion = wholeNumber({ min: 13, max: 25 });

export const table = {
  redisUrl: key({
    env: 'REDIS_URL',
    apps: ['server', 'worker', 'console'],
    schema: redisUrl,
    expected: 'redis://host:port, rediss://…, redis+sentinel://h1,h2/name or redis+cluster://h1,h2',
    whenAbsent: byDefault('redis://127.0.0.1:6379'),
    secret: true,
    unit: '',
    sentence: 'The Redis that both sides share: one node, a Sentinel set or a Cluster.',
  }),
  redisReplicas: key({
    env: 'REDIS_REPLICAS',
    apps: ['server', 'worker', 'console'],
    schema: wholeNumber({ min: 0, max: 16 }),
    expected: 'a whole number from 0 to 16',
    whenAbsent: byDefault('0'),
    secret: false,
    unit: 'replicas',
    sentence: 'How many replicas must hold a commit before a request goes out; a short count holds the logout.',
  }),
  side: key({
    env: 'SIDE',
    apps: ['server', 'worker'],
    schema: oneOf(sides),
    expected: 'primary or secondary',
    whenAbsent: required,
    secret: false,
    unit: '',
    sentence: 'The side that this process belongs to.',
  }),
  serverId: key({
    env: 'SERVER_ID',
    apps: ['server'],
    schema: identifier(64),
    expected: 'letters, digits, dot, underscore and hyphen, at most 64',
    whenAbsent: {
      kind: 'derived',
      description: 'side-hostname-random',
      from: (env, host) => processName(env['SIDE'] ?? 'server', host),
    },
    secret: false,
    unit: '',
    sentence: 'The name of this server in Redis, logs and journal; no two running servers may share one.',
  }),
  workerId: key({
    env: 'WORKER_ID',
    apps: ['worker'],
    schema: identifier(64),
    expected: 'letters, digits, dot, underscore and hyphen, at most 64',
    whenAbsent: {
      kind: 'derived',
      description: 'worker-side-hostname-random',
      from: (env, host) => processName(`worker-${env['SIDE'] ?? 'any'}`, host),
    },
    secret: false,
    unit: '',
    sentence: 'The name of this worker in Redis, logs and journal; no two running workers may share one.',
  }),
  httpHost: key({
    env: 'HTTP_HOST',
    apps: ['server', 'worker', 'console', 'simulator'],
    schema: text({ lengthMin: 1, lengthMax: 255 }),
    expected: 'a host name or an IP address',
    whenAbsent: byDefault('127.0.0.1'),
    secret: false,
    unit: '',
    sentence: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  httpPort: key({
    env: 'HTTP_PORT',
    apps: ['server', 'worker', 'console', 'simulator'],
    schema: wholeNumber({ min: 0, max: 65_535 }),
    expected: 'a port from 1 to 65535, or 0 for any free port',
    whenAbsent: byDefaultIn({ console: '8080', server: '8081', worker: '8083', simulator: '8085' }),
    secret: false,
    unit: '',
    sentence: 'The port for HTTP and WebSocket: pages, APIs, health and metrics.',
  }),
  origins: key({
    env: 'ORIGINS',
    apps: ['server'],
    schema: origins(100),
    expected: 'origins such as https://desktop.example.com, separated by commas',
    whenAbsent: byDefault(''),
    secret: false,
    unit: '',
    sentence: 'The web origins whose pages may open a desktop; a browser from elsewhere is refused.',
  }),
  publicServers: key({
    env: 'PUBLIC_SERVERS',
    apps: ['server', 'console', 'simulator'],
    schema: serverPerSide(),
    expected: 'primary=http://host:port,secondary=http://host:port',
    whenAbsent: optional,
    secret: false,
    unit: '',
    sentence:
      'The addresses of both sides as browsers see them, for pages and for desktops that are sent to the other side.',
  }),
  graceMs: key({
    env: 'GRACE_MS',
    apps: ['server', 'worker', 'console'],
    schema: duration({ minMs: 100, maxMs: 24 * hour }),
    expected: 'a duration such as 60000 (milliseconds), 5s or 1m, from 100ms to 24h',
    whenAbsent: byDefault('60000'),
    secret: false,
    unit: 'ms',
    sentence: 'The wait between the loss of the last desktop (bye or lost) and the forced logout.',
  }),
  graceServerLostMs: key({
    env: 'GRACE_SERVER_LOST_MS',
    apps: ['server', 'worker', 'console'],
    schema: duration({ minMs: 100, maxMs: 24 * hour }),
    expected: 'a duration such as 120000 (milliseconds), 90s or 2m, from 100ms to 24h',
    whenAbsent: byDefault('120000'),
    secret: false,
    unit: 'ms',
    sentence: 'The same wait when a whole server was lost; longer, since desktops need 50 to 110 s to fail over.',
  }),
  detectionMs: key({
    env: 'DETECTION_MS',
    apps: ['server', 'worker', 'console'],
    schema: duration({ minMs: second, maxMs: 2 * minute }),
    expected: 'a duration such as 25000 (milliseconds) or 25s, from 1s to 2m',
    whenAbsent: byDefault('25000'),
    secret: false,
    unit: 'ms',
    sentence: 'How long a desktop may be silent before it counts as lost; the server pings every 0.4 of it.',
  }),
  policyFile: key({
    env: 'POLICY_FILE',
    apps: ['server', 'worker', 'console'],
    schema: text({ lengthMin: 1, lengthMax: 4_096 }),
    expected: 'the path of a YAML or JSON file',
    whenAbsent: optional,
    secret: false,
    unit: '',
    sentence: 'Policies per team (stages, graces, holds); without it every agent has the default policy.',
  }),
  leaseMs: key({
    env: 'LEASE_MS',
    apps: ['server', 'worker', 'console'],
    schema: duration({ minMs: second, maxMs: 5 * minute }),
    expected: 'a duration such as 15000 (milliseconds) or 15s, from 1s to 5m',
    whenAbsent: byDefault('15000'),
    secret: false,
    unit: 'ms',
    sentence: 'How long a server or worker counts as alive after its last sign of life; renewed every third of it.',
  }),
  sweepMs: key({
    env: 'SWEEP_MS',
    apps: ['worker'],
    schema: duration({ minMs: 100, maxMs: hour }),
    expected: 'a duration such as 15000 (milliseconds) or 15s, from 100ms to 1h',
    whenAbsent: byDefault('15000'),
    secret: false,
    unit: 'ms',
    sentence: 'How often records that are overdue without a wake-up, and servers without a lease, are looked for.',
  }),
  ctiA: key({
    env: 'CTI_A',
    apps: ['worker', 'simulator'],
    schema: hostPort(),
    expected: 'host:port',
    whenAbsent: byDefaultIn({ simulator: '127.0.0.1:8086' }),
    secret: false,
    unit: '',
    sentence: 'The CTI server of side A: where the worker connects, where the simulator listens.',
  }),
  ctiB: key({
    env: 'CTI_B',
    apps: ['worker', 'simulator'],
    schema: hostPort(),
    expected: 'host:port',
    whenAbsent: byDefaultIn({ simulator: '127.0.0.1:8087' }),
    secret: false,
    unit: '',
    sentence: 'The CTI server of side B: where the worker connects, where the simulator listens.',
  }),
  ctiPeripheralId: key({
    env: 'CTI_PERIPHERAL_ID',
    apps: ['server', 'worker', 'console', 'simulator'],
    schema: wholeNumber({ min: 0, max: 4_294_967_295 }),
    expected: 'a whole number from 0 to 4294967295',
    whenAbsent: byDefault('5000'),
    secret: false,
    unit: '',
    sentence: 'The peripheral whose agents are watched.',
  }),
  ctiVersion: key({
    env: 'CTI_VERSION',
    apps: ['worker', 'simulator'],
    schema: protocolVersion,
    expected: 'a whole number from 13 to 25',
    whenAbsent: byDefault('24'),
    secret: false,
    unit: '',
    sentence: 'The version of the CTI protocol that is asked for; the simulator grants no higher one.',
  }),
  ctiClientId: key({
    env: 'CTI_CLIENT_ID',
    apps: ['worker', 'simulator'],
    schema: text({ lengthMin: 1, lengthMax: 63 }),
    expected: 'text of at most 63 characters',
    whenAbsent: byDefault('lastcall'),
    secret: false,
    unit: '',
    sentence: 'The name under which the worker opens its session with the CTI server.',
  }),
  ctiClientPassword: key({
    env: 'CTI_CLIENT_PASSWORD',
    apps: ['worker', 'simulator'],
    schema: text({ lengthMin: 0, lengthMax: 63 }),
    expected: 'text of at most 63 characters',
    whenAbsent: byDefault(''),
    secret: true,
    unit: '',
    sentence: 'The password of that session; the simulator accepts any client when it is empty.',
  }),
  ctiHeartbeatMs: key({
    env: 'CTI_HEARTBEAT_MS',
    apps: ['worker'],
    schema: duration({ minMs: 100, maxMs: minute }),
    expected: 'a duration such as 5000 (milliseconds) or 5s, from 100ms to 1m',
    whenAbsent: byDefault('5000'),
    secret: false,
    unit: 'ms',
    sentence: 'The interval of heartbeats on the link; three without an answer and the link is lost.',
  }),
  ctiRequestTimeoutMs: key({
    env: 'CTI_REQUEST_TIMEOUT_MS',
    apps: ['worker'],
    schema: duration({ minMs: 100, maxMs: 5 * minute }),
    expected: 'a duration such as 20000 (milliseconds) or 20s, from 100ms to 5m',
    whenAbsent: byDefault('20000'),
    secret: false,
    unit: 'ms',
    sentence: 'How long a request waits for its outcome before it is in doubt.',
  }),
  ctiRequestsPerSecondMax: key({
    env: 'CTI_REQUESTS_PER_SECOND_MAX',
    apps: ['worker'],
    schema: wholeNumber({ min: 1, max: 1_000 }),
    expected: 'a whole number from 1 to 1000',
    whenAbsent: byDefault('10'),
    secret: false,
    unit: 'requests/s',
    sentence: 'At most so many forced logouts are asked of the CTI server per second.',
  }),
  apiToken: key({
    env: 'API_TOKEN',
    apps: ['server'],
    schema: text({ lengthMin: 16, lengthMax: 512 }),
    expected: 'at least 16 characters',
    whenAbsent: optional,
    secret: true,
    unit: '',
    sentence: 'The bearer token for POST /api/presence; without it that interface is off.',
  }),
  desktopTokenSecret: key({
    env: 'DESKTOP_TOKEN_SECRET',
    apps: ['server', 'simulator'],
    schema: text({ lengthMin: 32, lengthMax: 512 }),
    expected: 'at least 32 characters',
    whenAbsent: required,
    secret: true,
    unit: '',
    sentence: "Signs and verifies desktops' tokens (HS256); the same on both sides and on whatever issues tokens.",
  }),
  consoleUser: key({
    env: 'CONSOLE_USER',
    apps: ['console'],
    schema: text({ lengthMin: 1, lengthMax: 64 }),
    expected: 'text of at most 64 characters',
    whenAbsent: byDefault('admin'),
    secret: false,
    unit: '',
    sentence: 'The name that signs in to the console and to Bull Board.',
  }),
  consolePassword: key({
    env: 'CONSOLE_PASSWORD',
    apps: ['console'],
    schema: text({ lengthMin: 8, lengthMax: 512 }),
    expected: 'at least 8 characters',
    whenAbsent: required,
    secret: true,
    unit: '',
    sentence: 'The password for it; the console does not start without one.',
  }),
  logLevel: key({
    env: 'LOG_LEVEL',
    apps: ['server', 'worker', 'console', 'simulator'],
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    expected: 'trace, debug, info, warn, error, fatal or silent',
    whenAbsent: byDefault('info'),
    secret: false,
    unit: '',
    sentence: 'The least severe log lines that are written.',
  }),
  simAgents: key({
    env: 'SIM_AGENTS',
    apps: ['simulator'],
    schema: wholeNumber({ min: 1, max: 100_000 }),
    expected: 'a whole number from 1 to 100000',
    whenAbsent: byDefault('20'),
    secret: false,
    unit: 'agents',
    sentence: 'How many agents the simulated CTI server has: 1001 and up, on extensions 3001 and up.',
  }),
  simLoad: key({
    env: 'SIM_LOAD',
    apps: ['simulator'],
    schema: oneOf(['0', '1']).transform((word): 0 | 1 => (word === '1' ? 1 : 0)),
    expected: '0 or 1',
    whenAbsent: byDefault('1'),
    secret: false,
    unit: '',
    sentence: "The simulated 'Logout on Agent Disconnect': 0 makes a forced logout Not Ready, 1 signs the agent out.",
  }),
  dataDir: key({
    env: 'DATA_DIR',
    apps: ['start'],
    schema: text({ lengthMin: 1, lengthMax: 4_096 }),
    expected: 'the path of a folder',
    whenAbsent: byDefault('.lastcall'),
    secret: false,
    unit: '',
    sentence: 'Where npm start keeps its Redis data, its logs and its generated secrets; the same as --data.',
  }),
} as const;

/** Keys that a later version will read. To set one is an error: nothing may be believed to work that does not. */
export const reserved: Readonly<Record<string, string>> = {
  XMPP_MODE: 'watching XMPP presence is not part of this version',
  XMPP_URL: 'watching XMPP presence is not part of this version',
  XMPP_USER: 'watching XMPP presence is not part of this version',
  XMPP_PASSWORD: 'watching XMPP presence is not part of this version',
  AGENTS_FILE: 'watching XMPP presence is not part of this version',
  OIDC_ISSUER: 'tokens of an OpenID provider are not part of this version',
};

export type Table = typeof table;

/** The configuration of one app: the keys that it uses, as values. */
export type Config<A extends App> = {
  readonly [N in keyof Table as A extends Table[N]['apps'][number] ? N : never]: ValueOf<Table[N]>;
};

function processName(prefix: string, host: { hostName: string; uniqueSuffix: string }): string {
  const name = host.hostName.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 32);
  return `${prefix}-${name}-${host.uniqueSuffix}`;
}
