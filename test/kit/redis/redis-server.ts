import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type Environment } from '../app';
import { type NetworkNamespace } from '../network/network-namespace';
import { freePort } from '../ports';
import { Service } from '../service';
import { pause } from '../wait';
import { type RedisTls, tlsSettings } from './redis-tls';
import { setSteppedClock, steppedClockEnvironment } from './stepped-clock';

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
  /** Its wall clock is off by that much from now on, as after a step; for one that was started with `ownClock`. */
  setClock(offsetS: number): Promise<void>;
  /** How the test itself signs in; undefined: nobody does. */
  readonly signIn: SignIn | undefined;
  /** What it logged since it was first started. */
  readonly lines: readonly string[];
  /** Stops it in order, as an administrator would; the data stays in `dir`. */
  shutDown(): Promise<void>;
  /** Starts it again on the same port and the same data; kills it first when it still runs. */
  restart(): Promise<void>;
  /** Stops it and, unless the caller gave `dir`, removes its folder. */
  stop(): Promise<void>;
}

export interface SignIn {
  readonly user: string;
  readonly password: string;
}

export interface RedisOptions {
  readonly signIn?: SignIn;
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
  /** Its wall clock can be set while it runs; the monotonic one goes on. */
  readonly ownClock?: boolean;
  /** A Sentinel, configured by this file, which it rewrites; `settings` are not for it. */
  readonly sentinelFile?: string;
}

/** A foreign Redis on our port would answer, too; ours would have ended by then. */
const takenPortMs = 10;
/** Another process may take the port between our look and the start. */
const portAttemptsMax = 5;
/** A server that hangs is asked again. */
const answerMsMax = 1_000;

/** Starts a redis-server (from the PATH) with noeviction and hz 100, and waits until it answers PING. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'redis-')));
  const env = options.ownClock === true ? await steppedClockEnvironment(dir) : {};
  let lastFault: unknown;
  for (let attempt = 0; attempt < portAttemptsMax; attempt++) {
    const port = options.port ?? (await freePort());
    const redis = new OwnRedis(port, dir, options, env);
    try {
      await redis.restart();
      return redis;
    } catch (fault) {
      lastFault = fault;
      if (options.port !== undefined) break;
    }
  }
  throw lastFault;
}

class OwnRedis implements RedisProcess {
  readonly host: string;
  readonly url: string;
  private readonly service: Service;

  constructor(
    readonly port: number,
    readonly dir: string,
    private readonly options: RedisOptions,
    clock: Environment,
  ) {
    this.host = hostOf(options);
    this.url = `${options.tls === undefined ? 'redis' : 'rediss'}://${this.host}:${String(port)}`;
    const { network, tls } = options;
    const name = `redis-server on port ${String(port)}`;
    const env = { ...process.env, ...clock };
    const program = { name, program: 'redis-server', args: argsOf(port, dir, options), env, network };
    this.service = new Service(program, async () => {
      if (!(await answersPing({ host: this.host, port }, tls))) return false;
      await pause(takenPortMs);
      return this.service.isRunning;
    });
  }

  get pid(): number {
    return this.service.pid;
  }

  get signIn(): SignIn | undefined {
    return this.options.signIn;
  }

  get lines(): readonly string[] {
    return this.service.lines;
  }

  kill9(): Promise<void> {
    return this.service.kill9();
  }

  async shutDown(): Promise<void> {
    await this.service.stop();
  }

  freeze(): void {
    this.service.freeze();
  }

  thaw(): void {
    this.service.thaw();
  }

  async setClock(offsetS: number): Promise<void> {
    if (this.options.ownClock !== true) throw new Error('this Redis was started without a clock of its own');
    await setSteppedClock(this.dir, offsetS);
  }

  restart(): Promise<void> {
    return this.service.start();
  }

  async stop(): Promise<void> {
    await this.service.kill9();
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

function words(value: string): string[] {
  return value === '' ? [''] : value.split(' ');
}

/** While it loads its data Redis answers -LOADING; only +PONG counts, and that we must say who we are. */
function answersPing(endpoint: { host: string; port: number }, tls: RedisTls | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls === undefined ? connect(endpoint) : connectTls({ ...endpoint, ca: tls.ca });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerMsMax, () => {
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
