import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, type Side } from '#domain/agent';
import { connect, type RedisConnection } from '#store/connection';
import { parseRedisUrl } from '#config/redis-url';
import { Journal } from '#store/journal';
import { RedisStore } from '#store/redis-store';
import { pino } from 'pino';
import { type Sight } from '../sim/oracle-log';
import { type AppProcess, prepareApp } from '../support/app-process';
import { FaultProxy } from '../support/fault-proxy';
import { freePort, type RedisProcess, startRedis } from '../support/redis-server';
import { type SentinelSet, startSentinelSet } from '../support/redis-sentinel';
import { type CtiRequest, peripheralId, secret, until } from '../support/site';
import { type FaultTimes, policyOf } from './fault-times';
import { type Environment, prepareProduct, processesOf, type Product, type ProductName, sides } from './product';
import { Seat, type Surroundings } from './seat';
import { call } from './stage-tools';

/** Whether rows about many agents have all of them, or few enough for a short test. */
export type StageSize = 'whole' | 'small';

/** What a row needs to be different about its site. Rows with the same needs share one. */
export interface StageNeeds {
  readonly redis: 'single' | 'sentinel';
  /** A fault proxy between each side and Redis, and before each CTI server. */
  readonly proxied: boolean;
  /** Losing many at once is what the row is about. */
  readonly protectsSides: boolean;
  /** The primary side's clocks can be set (libfaketime). */
  readonly ownClocks: boolean;
  /** How many agents the CTI servers know. */
  readonly agentsMax: number;
  readonly env: Environment;
}

export const plainStage: StageNeeds = {
  redis: 'single',
  proxied: false,
  protectsSides: false,
  ownClocks: false,
  agentsMax: 6_000,
  env: {},
};

/** Requests of a run are looked for among so many. */
const journalLinesMax = 1_000_000;
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const faketimeLibrary = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`;

interface Parts {
  readonly redis: RedisProcess;
  readonly sentinels: SentinelSet | undefined;
  readonly simulator: AppProcess;
  readonly product: Product;
  readonly redisProxies: Readonly<Record<Side, FaultProxy>> | undefined;
  readonly ctiProxies: Readonly<Record<'A' | 'B', FaultProxy>> | undefined;
  readonly folder: string;
  readonly clocks: Readonly<Record<'server' | 'worker', string>> | undefined;
}

/** One site under faults: a product, Redis, a CTI pair, and the places where desktops are to be. */
export class Stage implements Surroundings {
  readonly seats: Seat[] = [];
  sights: Sight[] = [];
  private nextAgent = 1001;
  private readonly connection: RedisConnection;
  private readonly store: RedisStore;
  private readonly journal: Journal;

  constructor(
    readonly times: FaultTimes,
    readonly size: StageSize,
    readonly needs: StageNeeds,
    readonly parts: Parts,
  ) {
    const url = parts.sentinels?.url ?? parts.redis.url;
    const parsed = parseRedisUrl(url);
    if (parsed.kind !== 'address') throw new Error(parsed.sentence);
    this.connection = connect(parsed.address, { name: 'test', log: pino({ level: 'silent' }), role: 'store' });
    this.store = new RedisStore(this.connection, {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax: 1,
      leaseMs: times.leaseMs,
      journalEntriesMax: journalLinesMax,
    });
    this.journal = new Journal(this.connection, { peripheralId });
  }

  get product(): Product {
    return this.parts.product;
  }

  get isBaseline(): boolean {
    return this.product.name === 'baseline';
  }

  readonly secret = secret;

  get detectionMs(): number {
    return this.times.detectionMs;
  }

  urlOf(side: Side): string {
    return this.product.servers[side].url;
  }

  serverOf(side: Side): string {
    return `${side}-${String(this.product.servers[side].pid)}`;
  }

  note(sight: Sight): void {
    this.sights.push(sight);
  }

  /** A fault that began then is over now. */
  noteFault(kind: string, from: number): void {
    this.note({ at: from, what: 'disturbed', kind, until: Date.now() });
  }

  get agentsLeft(): number {
    return this.needs.agentsMax - (this.nextAgent - 1001);
  }

  /** So many agents whom no run has seen before, signed in. */
  async agents(count: number, state: 'READY' | 'NOT_READY' = 'NOT_READY'): Promise<Seat[]> {
    const ids = Array.from({ length: count }, (_, n) => String(this.nextAgent + n));
    this.nextAgent += count;
    for (let first = 0; first < count; first += signInsAtOnce) {
      await Promise.all(
        ids.slice(first, first + signInsAtOnce).map(async (agentId) => {
          await this.post(`/agents/${agentId}/login`, { state });
          this.note({ at: Date.now(), what: 'signedIn', agentId });
        }),
      );
    }
    const seats = ids.map((agentId) => new Seat(this, agentId));
    this.seats.push(...seats);
    return seats;
  }

  /** A further desktop of the same agent. */
  secondSeat(agentId: string, desktopId: string): Seat {
    const seat = new Seat(this, agentId, desktopId);
    this.seats.push(seat);
    return seat;
  }

  async signIn(agentId: string): Promise<void> {
    await this.post(`/agents/${agentId}/login`, {}).catch(() => undefined);
    this.note({ at: Date.now(), what: 'signedIn', agentId });
  }

  /** Opens all of them on that side and waits until they are acknowledged. */
  async open(seats: readonly Seat[], side: Side | ((place: number) => Side)): Promise<void> {
    seats.forEach((seat, place) => {
      seat.arrive(typeof side === 'string' ? side : side(place));
    });
    await this.untilAcknowledged(seats);
  }

  async untilAcknowledged(seats: readonly Seat[]): Promise<void> {
    const missing = (): Seat[] => seats.filter((seat) => seat.isWanted && !seat.isAcknowledged);
    await until(
      () => Promise.resolve(missing().length === 0 ? true : undefined),
      'desktops to be acknowledged',
      acknowledgedMsMax,
    ).catch((error: unknown) => {
      throw new Error(`${String(missing().length)} of ${String(seats.length)} desktops`, { cause: error });
    });
  }

  async post(path: string, body: unknown, method = 'POST'): Promise<Record<string, unknown>> {
    const answer = await call(`${this.parts.simulator.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  async requests(since: number): Promise<LoggedRequest[]> {
    return (await (
      await call(`${this.parts.simulator.url}/requests?since=${String(since)}`)
    ).json()) as LoggedRequest[];
  }

  async record(agentId: string): Promise<Agent> {
    return (await this.store.load({ peripheralId, agentId })).agent;
  }

  /** From that time on (epoch ms), or after the line of that id. */
  journalSince(at: number | string): ReturnType<Journal['tail']> {
    return this.journal.tail(String(at), 0, journalLinesMax);
  }

  /** Ids of agents who are signed in at the CTI server. */
  async signedIn(): Promise<Set<string>> {
    const all = (await (await call(`${this.parts.simulator.url}/agents`)).json()) as {
      agentId: string;
      stateName: string;
    }[];
    return new Set(all.filter(({ stateName }) => stateName !== 'LOGOUT').map(({ agentId }) => agentId));
  }

  /** For questions and faults of the test's own, never through a proxy. */
  get redis(): RedisConnection {
    return this.connection;
  }

  /** Kills a process and tells the oracle whose desktops went with it. */
  async kill9(app: AppProcess): Promise<void> {
    this.noteDeath(app);
    await app.kill9();
  }

  /** The same for one that stands still for longer than its lease. */
  noteDeath(app: AppProcess): void {
    for (const side of sides) {
      if (this.product.servers[side] !== app) continue;
      this.note({ at: Date.now(), what: 'serverDied', serverId: this.serverOf(side) });
    }
  }

  /** Sets the primary side's clock, such as to `+30` seconds; with libfaketime, which reads it within a second. */
  async setClock(part: 'server' | 'worker', offsetS: number): Promise<void> {
    const file = this.parts.clocks?.[part];
    if (file === undefined) throw new Error('this stage has no clocks of its own');
    await writeFile(file, `${offsetS < 0 ? '' : '+'}${String(offsetS)}\n`);
    const { url } = part === 'server' ? this.product.servers.primary : this.product.workers.primary;
    await until(
      async () => {
        const { headers } = await call(`${url}/health/live`);
        const clockMs = Date.parse(headers.get('date') ?? '') - Date.now();
        return Math.abs(clockMs - offsetS * 1_000) < clockToleranceMs ? true : undefined;
      },
      `the ${part}'s clock to be ${String(offsetS)} s off`,
    );
  }

  /** Everything is as it was at the start, and nobody of this run is signed in any more. */
  async clear(): Promise<void> {
    const { redisProxies, ctiProxies, simulator } = this.parts;
    for (const proxies of [redisProxies, ctiProxies])
      for (const proxy of Object.values(proxies ?? {})) {
        proxy.slow(0);
        proxy.turn('pass');
      }
    await call(`${simulator.url}/faults`, { method: 'DELETE' });
    for (const seat of this.seats) seat.clear();
    const ids = new Set(this.seats.map(({ agentId }) => agentId));
    this.seats.length = 0;
    const left = await this.signedIn();
    for (const agentId of ids)
      if (left.has(agentId)) await this.post(`/agents/${agentId}/logout`, {}).catch(() => undefined);
    this.sights = [];
    await this.post('/requests', undefined, 'DELETE');
    await Promise.all(processesOf(this.product).map((app) => app.until('ready')));
  }

  async stop(): Promise<void> {
    for (const seat of this.seats) seat.clear();
    const { redis, sentinels, simulator, redisProxies, ctiProxies, folder } = this.parts;
    const apps = [...processesOf(this.product), simulator];
    await Promise.allSettled(apps.map((app) => app.stop()));
    await this.journal.close();
    await this.store.close();
    this.connection.disconnect();
    for (const proxies of [redisProxies, ctiProxies])
      for (const proxy of Object.values(proxies ?? {})) await proxy.close();
    await (sentinels ?? redis).stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As the simulator logs it. */
export interface LoggedRequest extends CtiRequest {
  readonly id: number;
  readonly outcome: string;
  readonly outcomeAt: number;
}

const signInsAtOnce = 50;
/** The date of an HTTP answer is in whole seconds. */
const clockToleranceMs = 3_000;
const acknowledgedMsMax = 60_000;

/** Starts a site and waits until all of it is ready. */
export async function startStage(
  product: ProductName,
  times: FaultTimes,
  size: StageSize,
  needs: StageNeeds,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  await writeFile(join(folder, 'policy.json'), JSON.stringify(policyOf(times, needs.protectsSides)));
  const sentinels = needs.redis === 'sentinel' ? await startSentinelSet() : undefined;
  const redis = sentinels?.nodes[0] ?? (await startRedis({ settings: { 'enable-debug-command': 'yes' } }));
  const ports = { A: await freePort(), B: await freePort() };
  const redisProxies = needs.proxied
    ? { primary: await FaultProxy.start(redis.port), secondary: await FaultProxy.start(redis.port) }
    : undefined;
  const ctiProxies = needs.proxied
    ? { A: await FaultProxy.start(ports.A), B: await FaultProxy.start(ports.B) }
    : undefined;
  const common = {
    ...environment(times, folder),
    REDIS_URL: sentinels?.url ?? redis.url,
    CTI_A: `127.0.0.1:${String(ctiProxies?.A.port ?? ports.A)}`,
    CTI_B: `127.0.0.1:${String(ctiProxies?.B.port ?? ports.B)}`,
    ...(sentinels === undefined ? {} : { REDIS_REPLICAS: '1' }),
    ...needs.env,
  };
  const clocks = needs.ownClocks ? await writeClocks(folder) : undefined;
  const simulator = await prepareApp('simulator', {
    ...environment(times, folder),
    ...{ CTI_A: `127.0.0.1:${String(ports.A)}`, CTI_B: `127.0.0.1:${String(ports.B)}` },
    SIM_AGENTS: String(needs.agentsMax),
  });
  const prepared = await prepareProduct(product, common, (side, part) => ({
    ...(redisProxies === undefined ? {} : { REDIS_URL: `redis://127.0.0.1:${String(redisProxies[side].port)}` }),
    ...(clocks === undefined || side === 'secondary' ? {} : clockEnvironment(clocks[part])),
  }));
  const stage = new Stage(times, size, needs, {
    ...{ redis, sentinels, simulator, product: prepared, redisProxies, ctiProxies, folder, clocks },
  });
  try {
    await simulator.start();
    await Promise.all(processesOf(prepared).map((app) => app.start()));
  } catch (error) {
    await stage.stop().catch(() => undefined);
    throw error;
  }
  return stage;
}

function environment(times: FaultTimes, folder: string): Environment {
  return {
    GRACE_MS: String(times.graceMs),
    GRACE_SERVER_LOST_MS: String(times.graceServerLostMs),
    DETECTION_MS: String(times.detectionMs),
    LEASE_MS: String(times.leaseMs),
    SWEEP_MS: String(times.sweepMs),
    CTI_BACK_OFF_MS: '200ms',
    CTI_REQUESTS_PER_SECOND_MAX: '1000',
    CTI_REQUEST_TIMEOUT_MS: String(times.requestTimeoutMs),
    DESKTOP_TOKEN_SECRET: secret,
    API_TOKEN: secret,
    POLICY_FILE: join(folder, 'policy.json'),
  };
}

async function writeClocks(folder: string): Promise<Record<'server' | 'worker', string>> {
  const clocks = { server: join(folder, 'clock-of-server'), worker: join(folder, 'clock-of-worker') };
  for (const file of Object.values(clocks)) await writeFile(file, '+0\n');
  return clocks;
}

/** Only the wall clock is theirs: the monotonic one, on which all waiting is done, goes on. */
function clockEnvironment(file: string): Environment {
  return {
    LD_PRELOAD: faketimeLibrary,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
