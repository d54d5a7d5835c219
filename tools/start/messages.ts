import { join } from 'node:path';
import { type LaunchedProcess } from './launched-process';
import { local, type Ports } from './plan';
import { type StartOptions } from './options';
import { type RedisPlan } from './redis';
import { type Secrets } from './secrets';

/** What the launcher tells the person at the terminal. */

interface Welcome {
  options: StartOptions;
  ports: Ports;
  redis: RedisPlan;
  secrets: Partial<Secrets>;
  dataDir: string;
  env: Readonly<Record<string, string | undefined>>;
}

export function welcome({ options, ports, redis, secrets, dataDir, env }: Welcome): string {
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
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
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
