import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type NetworkNamespace } from './network-namespace';
import { type RedisTls, tlsSettings } from './redis-tls';

/** A real redis-server of the test's own: own port, own folder, gone when the test is. */
export interface RedisProcess {
  readonly host: string;
  readonly port: number;
  /** `redis://<host>:<port>`, or `rediss://` where it speaks TLS */
  readonly url: string;
  /** Of the process that runs now; it changes with `restart`. */
  readonly pid: number;
  readonly dir: string;
  /** Kills it as a power cut would; resolves when the process is gone. The data stays in `dir`. */
  kill9(): Promise<void>;
  /** It stands still: its connections stay, and nothing is read or answered. */
  freeze(): void;
  /** The other end of `freeze`. */
  thaw(): void;
  /** Starts it again on the same port and the same data; kills it first when it still runs. */
  restart(): Promise<void>;
  /** Stops it and, unless the caller gave `dir`, removes its folder. */
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Append-only file with fsync every second, as in production. Default true. */
  readonly aof?: boolean;
  /** Default: a free port. */
  readonly port?: number;
  /** Where the data lies; kept after `stop`. Default: a new temporary folder. */
  readonly dir?: string;
  /** Further settings by their names in redis.conf, such as `{ replicaof: '127.0.0.1 7001' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** It speaks TLS on its port, and nothing else, to clients, replicas and the nodes of its cluster. */
  readonly tls?: RedisTls;
  /** It runs in a network of its own and listens there. Default: on loopback. */
  readonly network?: NetworkNamespace | undefined;
  /** A Sentinel, configured by this file, which it rewrites; `settings` are not for it. */
  readonly sentinelFile?: string;
}

const startTimeoutMs = 10_000;
const pollMs = 10;
/** Another process may take the port between our look and the start. */
const portAttemptsMax = 5;

/** Starts a redis-server (from the PATH) with noeviction and hz 100, and waits until it answers PING. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'redis-')));
  let lastFault: unknown;
  for (let attempt = 0; attempt < portAttemptsMax; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return new OwnRedis(port, dir, options, await launch(port, dir, options));
    } catch (fault) {
      lastFault = fault;
      if (options.port !== undefined) break;
    }
  }
  throw lastFault;
}

/** Below the ports that the system gives to outgoing connections: none of those can take ours before it is used. */
const ports = { first: 20_000, count: 12_000 };
/** Test files run side by side in processes that jest counts from 1: each has a share of its own, or two are given one port. */
const shares = 4;
const share = { size: ports.count / shares, number: Number(process.env['JEST_WORKER_ID'] ?? 1) % shares };
const freePortAttemptsMax = 100;
const given = new Set<number>();

/** A TCP port on loopback that nobody listens on now, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < freePortAttemptsMax; attempt++) {
    const port = ports.first + share.size * share.number + Math.floor(Math.random() * share.size);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port was found in ${String(freePortAttemptsMax)} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(true);
    });
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}

/** Whoever still runs when this process ends ends with it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

class OwnRedis implements RedisProcess {
  readonly host: string;
  readonly url: string;

  constructor(
    readonly port: number,
    readonly dir: string,
    private readonly options: RedisOptions,
    private child: ChildProcess,
  ) {
    this.host = hostOf(options);
    this.url = `${options.tls === undefined ? 'redis' : 'rediss'}://${this.host}:${String(port)}`;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async kill9(): Promise<void> {
    await end(this.child, 'SIGKILL');
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.kill9();
    this.child = await launch(this.port, this.dir, this.options);
  }

  async stop(): Promise<void> {
    await end(this.child, 'SIGKILL');
    if (this.options.dir === undefined) await rm(this.dir, { recursive: true, force: true });
  }
}

function hostOf({ network }: RedisOptions): string {
  return network?.innerAddress ?? '127.0.0.1';
}

function argsOf(port: number, dir: string, options: RedisOptions): string[] {
  if (options.sentinelFile !== undefined) return [options.sentinelFile, '--sentinel'];
  const settings: Record<string, string> = {
    port: String(port),
    bind: hostOf(options),
    ...(options.network === undefined ? {} : { 'protected-mode': 'no' }),
    dir,
    save: '',
    appendonly: options.aof === false ? 'no' : 'yes',
    appendfsync: 'everysec',
    hz: '100',
    'maxmemory-policy': 'noeviction',
    ...(options.tls === undefined ? {} : tlsSettings(port, options.tls)),
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...words(value)]);
}

async function launch(port: number, dir: string, options: RedisOptions): Promise<ChildProcess> {
  const plain = ['redis-server', argsOf(port, dir, options)] as const;
  const [program, args] = options.network?.inside(...plain) ?? plain;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  running.add(child);
  child.once('exit', () => running.delete(child));
  let fault: Error | undefined;
  child.once('error', (error) => (fault = error));

  const giveUpAt = performance.now() + startTimeoutMs;
  while (performance.now() < giveUpAt) {
    if (fault !== undefined) throw fault;
    if (child.exitCode !== null) break;
    if (await answersPing({ host: hostOf(options), port }, options.tls)) {
      // A foreign Redis on that port would answer too; ours would have exited by then.
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      if (hasEnded(child)) break;
      return child;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await end(child, 'SIGKILL');
  throw new Error(
    `redis-server did not start on port ${String(port)}:\n${Buffer.concat(output).toString().slice(-2_000)}`,
  );
}

function words(value: string): string[] {
  return value === '' ? [''] : value.split(' ');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill(signal);
  });
}

/** While it loads its data Redis answers -LOADING; only +PONG counts, and that we must say who we are. */
function answersPing(endpoint: { host: string; port: number }, tls: RedisTls | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls === undefined ? connect(endpoint) : connectTls({ ...endpoint, ca: tls.ca });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => {
      finish(false);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.once('data', (chunk: Buffer) => {
      finish(/^(\+PONG|-NOAUTH)/.test(chunk.toString()));
    });
    socket.write('PING\r\n');
  });
}
