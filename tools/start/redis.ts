import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { type HostPort } from '#config/value-schemas';
import { parseRedisUrl, type RedisAddress } from '#config/redis-url';
import { type Probe } from './health';
import { StartFailure } from './start-failure';

/** Which Redis the apps will use, and how to start it when it is ours; `mark` as in `Launch`. */
export type RedisPlan =
  | { kind: 'given'; url: string; endpoints: readonly HostPort[] }
  | { kind: 'own'; url: string; file: string; args: readonly string[]; mark: string; dataDir: string; password: string }
  | { kind: 'embedded'; url: string; file: string; args: readonly string[]; mark: string };

export interface RedisSurroundings {
  /** REDIS_URL as given; undefined or empty when not. */
  url: string | undefined;
  /** PATH of the environment. */
  path: string | undefined;
  port: number;
  /** Of our own Redis. */
  password: string;
  dataDir: string;
  packageRoot: string;
  isExecutable: (path: string) => boolean;
}

/** REDIS_URL if given, else a redis-server on the PATH, else the one in JavaScript. @throws StartFailure for a bad REDIS_URL. */
export function planRedis(around: RedisSurroundings): RedisPlan {
  if (around.url !== undefined && around.url !== '') {
    const result = parseRedisUrl(around.url);
    if (result.kind === 'fault') throw new StartFailure(`REDIS_URL ${result.sentence}.`);
    return { kind: 'given', url: around.url, endpoints: endpointsOf(result.address) };
  }
  const { password } = around;
  const place = `127.0.0.1:${String(around.port)}`;
  const binary = (around.path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'redis-server'))
    .find(around.isExecutable);
  if (binary !== undefined) {
    // Redis shows its address in place of its arguments.
    const dataDir = join(around.dataDir, 'redis');
    const args = [join(dataDir, 'redis.conf')];
    return { kind: 'own', url: `redis://:${password}@${place}`, password, file: binary, args, mark: place, dataDir };
  }
  const script = join(around.packageRoot, 'node_modules', 'js-redis-server', 'dist', 'cli.js');
  const args = [script, '--single', '--port', String(around.port)];
  // It knows no password.
  return { kind: 'embedded', url: `redis://${place}`, file: process.execPath, args, mark: args.join(' ') };
}

/** REDIS_URL or the content of REDIS_URL_FILE. @throws Error when the file cannot be read. */
export function givenRedisUrl(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const path = env['REDIS_URL_FILE'];
  return path === undefined || path === '' ? env['REDIS_URL'] : readFileSync(path, 'utf8').trim();
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there and not ours to run are the same to us.
    return false;
  }
}

/** The settings that BullMQ and the promises need: nothing is evicted, every second is on disk, timers are prompt. */
export function writeRedisConf(dataDir: string, port: number, password: string): void {
  const lines = [
    'bind 127.0.0.1',
    `port ${String(port)}`,
    `dir ${JSON.stringify(dataDir)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'hz 100',
    'maxmemory-policy noeviction',
    // Other users of the machine reach the port as well.
    `requirepass ${password}`,
  ];
  writeFileSync(join(dataDir, 'redis.conf'), `${lines.join('\n')}\n`);
}

export function endpointsOf(address: RedisAddress): readonly HostPort[] {
  switch (address.kind) {
    case 'single':
      return [address.endpoint];
    case 'sentinel':
      return address.sentinels;
    case 'cluster':
      return address.nodes;
  }
}

const connectMsMax = 2_000;

/** Ready when any of the endpoints accepts a connection; whether it is a good Redis is for the apps to say. */
export function connectProbe(name: string, endpoints: readonly HostPort[]): Probe {
  return {
    name,
    ask: async () => {
      const answers = await Promise.all(endpoints.map(accepts));
      const places = endpoints.map(({ host, port }) => `${host}:${String(port)}`).join(', ');
      return answers.includes(true) ? undefined : `${places} accepts no connection`;
    },
  };
}

function accepts(endpoint: HostPort): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint, timeout: connectMsMax });
    const answer = (accepted: boolean) => (): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}
