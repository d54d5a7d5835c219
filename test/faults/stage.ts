import { rm, writeFile } from 'node:fs/promises';
import { type Agent, type Side } from '#domain/agent';
import { connect, type RedisConnection } from '#store/connection';
import { parseRedisUrl } from '#config/redis-url';
import { Journal } from '#store/journal';
import { RedisStore } from '#store/redis-store';
import { pino } from 'pino';
import { type Sight } from '../sim/oracle-log';
import { type App } from '../kit/app';
import { type FaultProxy } from '../kit/network/fault-proxy';
import { type NetworkNamespace } from '../kit/network/network-namespace';
import { type RedisClusterSet } from '../kit/redis/redis-cluster';
import { type RedisProcess } from '../kit/redis/redis-server';
import { type SentinelSet } from '../kit/redis/redis-sentinel';
import { type SplitNetwork } from '../kit/network/split-network';
import { type CtiRequest, peripheralId, secret } from '../kit/site/site';
import { type FaultTimes } from './fault-times';
import { type Environment, processesOf, type Product, sides } from './product';
import { type Place, Seat, type Surroundings } from './seat';
import { call } from './stage-tools';
import { type XmppNeeds, type XmppPart } from './xmpp-part';
import { waitFor } from '../kit/wait';

/** Whether rows about many agents have all of them, or few enough for a short test. */
export type StageSize = 'whole' | 'small';

/** What a row needs to be different about its site. Rows with the same needs share one. */
export interface StageNeeds {
  /** `cluster`: three masters, each with a replica. */
  readonly redis: 'single' | 'sentinel' | 'cluster';
  /** A fault proxy between each side and Redis, and before each CTI server. */
  readonly proxied: boolean;
  /** Losing many at once is what the row is about. */
  readonly protectsSides: boolean;
  /** The primary side's clocks can be set (libfaketime). */
  readonly ownClocks: boolean;
  /** Agents whom earlier runs had stay known to the CTI pair; with so many a new site is made. */
  readonly agentsMax: number;
  /** The primary side's processes run in a network of their own, which can be cut off; for root on Linux. */
  readonly ownNetwork: boolean;
  /** Each side has a node and a Sentinel of its own and can be cut off from the other and from a third; for root on Linux. */
  readonly splits: boolean;
  /** An XMPP server that both servers watch; null: desktops are ours alone. */
  readonly xmpp: XmppNeeds | null;
  readonly env: Environment;
}

export const plainStage: StageNeeds = {
  redis: 'single',
  proxied: false,
  protectsSides: false,
  ownClocks: false,
  agentsMax: 6_000,
  ownNetwork: false,
  splits: false,
  xmpp: null,
  env: {},
};

/** Requests of a run are looked for among so many. */
const journalLinesMax = 1_000_000;

/** What a site is made of. */
export interface Parts {
  readonly redis: RedisProcess;
  readonly sentinels: SentinelSet | undefined;
  readonly cluster: RedisClusterSet | undefined;
  readonly simulator: App;
  readonly product: Product;
  readonly redisProxies: Readonly<Record<Side, FaultProxy>> | undefined;
  readonly ctiProxies: Readonly<Record<'A' | 'B', FaultProxy>> | undefined;
  readonly network: NetworkNamespace | undefined;
  readonly split: SplitNetwork | undefined;
  readonly folder: string;
  readonly clocks: Readonly<Record<'server' | 'worker', string>> | undefined;
  readonly xmpp: XmppPart | undefined;
}

/** One site under faults: a product, Redis, a CTI pair, and the places where desktops are to be. */
export class Stage implements Surroundings {
  readonly seats: Place[] = [];
  sights: Sight[] = [];
  /** What a row has left behind, to be undone when it has been judged. */
  readonly undo: (() => void)[] = [];
  private agentsMade = 0;
  private readonly connection: RedisConnection;
  private readonly store: RedisStore;
  private readonly journal: Journal;

  constructor(
    readonly times: FaultTimes,
    readonly size: StageSize,
    readonly needs: StageNeeds,
    readonly parts: Parts,
  ) {
    const parsed = parseRedisUrl((parts.sentinels ?? parts.cluster ?? parts.redis).url);
    if (parsed.kind !== 'address') throw new Error(parsed.sentence);
    this.connection = connect(parsed.address, {
      name: 'test',
      log: pino({ level: 'silent' }),
      role: 'store',
      peripheralId,
    });
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
    return this.needs.agentsMax - this.agentsMade;
  }

  /** So many agents whom no run has seen before, signed in. */
  async agents(count: number, state: 'READY' | 'NOT_READY' = 'NOT_READY'): Promise<Seat[]> {
    const { first, last } = await this.post('/agents', { count, state });
    this.agentsMade += count;
    const ids = Array.from({ length: count }, (_, n) => String(Number(first) + n));
    if (ids.at(-1) !== last) throw new Error(`${String(count)} agents from ${String(first)} to ${String(last)}`);
    for (const agentId of ids) this.note({ at: Date.now(), what: 'signedIn', agentId });
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

  async untilAcknowledged(seats: readonly Place[]): Promise<void> {
    const missing = (): Place[] => seats.filter((seat) => seat.isWanted && !seat.isAcknowledged);
    await waitFor('desktops to be acknowledged', () => missing().length === 0, {
      seen: () => `${String(missing().length)} of ${String(seats.length)} are not`,
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

  /** Calls that the agent is on now. */
  async callIds(agentId: string): Promise<number[]> {
    const answer = await call(`${this.parts.simulator.url}/agents/${agentId}`);
    const { calls } = (await answer.json()) as { calls: { callId: number }[] };
    return calls.map(({ callId }) => callId);
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
  async kill9(app: App): Promise<void> {
    this.noteDeath(app);
    await app.kill9();
  }

  /** The same for one that stands still for longer than its lease. */
  noteDeath(app: App): void {
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
    await waitFor(`the ${part}'s clock to be ${String(offsetS)} s off`, async () => {
      const { headers } = await call(`${url}/health/live`);
      const clockMs = Date.parse(headers.get('date') ?? '') - Date.now();
      return Math.abs(clockMs - offsetS * 1_000) < clockToleranceMs;
    });
  }

  /** Everything is as it was at the start, and nobody of this run is signed in any more. */
  async clear(): Promise<void> {
    const { redisProxies, ctiProxies, simulator } = this.parts;
    for (const proxies of [redisProxies, ctiProxies, this.parts.xmpp?.proxies])
      for (const proxy of Object.values(proxies ?? {})) {
        proxy.slow(0);
        proxy.turn('pass');
      }
    this.parts.network?.heal();
    this.parts.split?.heal();
    await call(`${simulator.url}/faults`, { method: 'DELETE' });
    for (const undo of this.undo.splice(0)) undo();
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
    for (const undo of this.undo.splice(0)) undo();
    for (const seat of this.seats) seat.clear();
    const { redis, sentinels, cluster, simulator, redisProxies, ctiProxies, folder } = this.parts;
    const apps = [...processesOf(this.product), simulator];
    await Promise.allSettled(apps.map((app) => app.stop()));
    await this.journal.close();
    await this.store.close();
    this.connection.disconnect();
    for (const proxies of [redisProxies, ctiProxies])
      for (const proxy of Object.values(proxies ?? {})) await proxy.close();
    this.parts.network?.remove();
    this.parts.split?.remove();
    await this.parts.xmpp?.stop();
    await (sentinels ?? cluster ?? redis).stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As the simulator logs it. */
export interface LoggedRequest extends CtiRequest {
  readonly id: number;
  readonly outcome: string;
  readonly outcomeAt: number;
}

/** The date of an HTTP answer is in whole seconds. */
const clockToleranceMs = 3_000;
