import { join } from 'node:path';
import { type LaunchedProcess } from './launched-process';
import { local, type Ports } from './plan';
import { type StartOptions } from './options';
import { certificateOf, type ProsodyPlan, xmppDomain } from './prosody';
import { type RedisPlan } from './redis';
import { type Secrets } from './secrets';

/** What the launcher tells the person at the terminal. */

interface Welcome {
  options: StartOptions;
  ports: Ports;
  redis: RedisPlan;
  prosody: ProsodyPlan | undefined;
  secrets: Partial<Secrets>;
  dataDir: string;
  env: Readonly<Record<string, string | undefined>>;
}

export function welcome({ options, ports, redis, prosody, secrets, dataDir, env }: Welcome): string {
  const user = env['CONSOLE_USER'] ?? 'admin';
  const password = secrets.CONSOLE_PASSWORD ?? 'as in your environment';
  const grace = options.grace ?? env['GRACE_MS'] ?? '60s';
  const lines = [
    ['Console', local(ports.console), `user ${user}, password ${password}`],
    ['Bull Board', `${local(ports.console)}/queues`, 'the same sign-in'],
    ['Desktops', local(ports.simulator), 'sign agents in; close, crash, refresh, take a call'],
    ['Servers', local(ports.primary), `primary; secondary is ${local(ports.secondary)}`],
    ['CTI servers', `127.0.0.1:${String(ports.ctiA)}`, `side A; side B is 127.0.0.1:${String(ports.ctiB)}`],
    ['Redis', redis.kind === 'given' ? 'yours' : redis.url, describeRedis(redis)],
    ['Logs', join(dataDir, 'logs'), 'one file for each process'],
  ] as const;
  const width = Math.max(...lines.map(([, place]) => place.length));
  return [
    '',
    'Lastcall is running.',
    '',
    ...lines.map(([what, place, note]) => `  ${what.padEnd(12)} ${place.padEnd(width)}  ${note}`),
    '',
    `Try: open ${local(ports.simulator)}, sign agent 1001 in on the primary, let its desktop crash, and watch the console:`,
    `after a grace of ${grace} the agent is signed out, unless a desktop comes back on either side.`,
    ...(prosody === undefined ? [] : clients(prosody, ports)),
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

/** How to sign in with a stock client. */
function clients(prosody: ProsodyPlan, ports: Ports): string[] {
  const { secrets, agents } = prosody;
  const { AGENT_PASSWORD: password } = secrets;
  const { xmppClient, xmppHttp, xmppClientTls, xmppHttps } = prosody.ports;
  const [plain, secure] = [`127.0.0.1:${String(xmppHttp)}`, `localhost:${String(xmppHttps)}`];
  const user = `${local(ports.primary)}/finesse/api/User/1001`;
  return [
    '',
    `XMPP and REST clients: agents 1001 to ${String(1_000 + agents)}, each with the password ${password} for both.`,
    `  REST         ${local(ports.primary)}/finesse/api, or port ${String(ports.secondary)} for the secondary`,
    `  XMPP         127.0.0.1:${String(xmppClient)}, domain ${xmppDomain}, with or without STARTTLS; TLS at once: port ${String(xmppClientTls)}`,
    `  BOSH         http://${plain}/http-bind/ or https://${secure}/http-bind/`,
    `  WebSocket    ws://${plain}/ws or wss://${secure}/ws`,
    `  Certificate  ${certificateOf(prosody)}, for clients to trust; PLAIN is offered over TLS only`,
    '  Pages of other origins may call REST and BOSH when ORIGINS names them:',
    '  ORIGINS=http://127.0.0.1:9000 npm start -- --xmpp',
    '  Sign in by XMPP as 1001@localhost with any client, send presence, then by REST:',
    `  curl -u 1001:${password} -X PUT -H 'Content-Type: application/xml' \\`,
    `    -d '<User><state>LOGIN</state><extension>3001</extension></User>' ${user}`,
  ];
}

/** The first lines: what is about to be started, and with which Redis. */
export function starting({ redis, dataDir }: { redis: RedisPlan; dataDir: string }): string {
  const first = `Starting with data in ${dataDir} …`;
  return redis.kind === 'embedded' ? `${first}\n${embeddedNotice}` : first;
}

const embeddedNotice =
  'No redis-server was found, so an imitation in JavaScript stands in: slow, forgetful, and for a first look only.';

function describeRedis(redis: RedisPlan): string {
  switch (redis.kind) {
    case 'given':
      return 'from REDIS_URL';
    case 'own':
      return `${redis.file}, data in ${redis.dataDir}`;
    case 'embedded':
      return 'js-redis-server, in memory';
  }
}

type Waiting = readonly { name: string; why: string }[];

export function notReady(waiting: Waiting, limitMs: number, processes: readonly LaunchedProcess[]): string {
  const names = waiting.map(({ name }) => name).join(', ');
  const details = waiting.flatMap(({ name, why }) => [
    `${name}: ${why}.`,
    ...tailOf(processes.find((process) => process.name === name)),
  ]);
  return [`Not ready after ${String(limitMs / 1_000)} s: ${names}.`, ...details].join('\n');
}

export function killed(names: readonly string[], limitMs: number): string {
  return `Killed, since they did not stop within ${String(limitMs / 1_000)} s: ${names.join(', ')}.`;
}

export function ended(process: LaunchedProcess, how: string): string {
  return [`${process.name} ended by itself (${how}).`, ...tailOf(process)].join('\n');
}

function tailOf(process: LaunchedProcess | undefined): string[] {
  if (process === undefined) return [];
  if (process.lastLines.length === 0) return [`It wrote nothing to ${process.logPath}.`];
  return [`The last lines of ${process.logPath}:`, ...process.lastLines.map((line) => `  ${line}`)];
}
