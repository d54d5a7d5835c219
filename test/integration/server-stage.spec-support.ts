import { type IncomingMessage } from 'node:http';
import { type Agent } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { defaultPolicy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { parseRedisUrl } from '#config/redis-url';
import { connect, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { LastLookAsker } from '#store/last-look';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { type LastLook } from '#domain/event';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { NoOpObserver, NoOpWakeUps } from '../kit/no-op-ports';
import { type App, prepareApp } from '../kit/app';
import { type Closed, connectDesktop, type DesktopOptions, openDesktop, type TestDesktop } from '../kit/desktop';
import { freePort } from '../kit/ports';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { hangMsMax, waitFor } from '../kit/wait';

export const secret = 'a-secret-of-the-tests-that-is-long-enough';
export const apiToken = 'a-token-of-the-tests';
export const peripheralId = 5000;
export const detectionMs = 1_000;
export const leaseMs = 2_000;

/** A Redis, servers as real processes, and a look into the records. Ends everything that it began. */
export class ServerStage {
  private readonly servers: App[] = [];
  private readonly desktops: TestDesktop[] = [];
  private readonly connections: RedisConnection[] = [];
  private store: RedisStore | undefined;

  constructor(
    readonly redis: RedisProcess | null,
    readonly redisPort: number,
  ) {}

  static async begin(): Promise<ServerStage> {
    const redis = await startRedis();
    return new ServerStage(redis, redis.port);
  }

  /** A stage whose Redis is not there yet. */
  static async withoutRedis(): Promise<ServerStage> {
    return new ServerStage(null, await freePort());
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${String(this.redisPort)}`;
  }

  async server(env: Readonly<Record<string, string>> = {}, until: 'ready' | 'live' = 'ready'): Promise<App> {
    const server = await prepareApp('server', {
      REDIS_URL: this.redisUrl,
      SIDE: 'primary',
      SERVER_ID: 'primary-1',
      DESKTOP_TOKEN_SECRET: secret,
      API_TOKEN: apiToken,
      DETECTION_MS: String(detectionMs),
      LEASE_MS: String(leaseMs),
      ...env,
    });
    this.servers.push(server);
    await server.start(until);
    return server;
  }

  async open(server: App, agentId: string, more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.keep(await openDesktop({ url: server.url, agentId, secret, ...more }));
  }

  async connect(server: App, agentId: string, more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.keep(await connectDesktop({ url: server.url, agentId, secret, ...more }));
  }

  async record(agentId: string): Promise<Agent> {
    return (await this.records().load({ peripheralId, agentId })).agent;
  }

  /** Waits until the record fits. */
  until(agentId: string, fits: (agent: Agent) => boolean): Promise<Agent> {
    const look = async (): Promise<Agent | undefined> => {
      const agent = await this.record(agentId);
      return fits(agent) ? agent : undefined;
    };
    return waitFor(`a record of agent ${agentId} that fits`, look, { seen: () => this.record(agentId) });
  }

  async phase(agentId: string, name: Agent['phase']['name']): Promise<Agent> {
    return this.until(agentId, (agent) => agent.phase.name === name);
  }

  /** What the journal holds of the agent, as words. */
  async journal(agentId: string): Promise<string[]> {
    const lines = await new Journal(this.connection('store'), { peripheralId }).tail('0', 0, 10_000);
    return lines.flatMap(({ agentId: id, entry }) => (id === agentId ? [entry.what] : []));
  }

  /** The event as a worker would hand it in. */
  async happens(agentId: string, event: AgentEvent): Promise<Agent> {
    const engine = new Engine({
      store: this.records(),
      wakeUps: new NoOpWakeUps(),
      witnesses: new NoWitnesses(),
      desk: new NoDesk(),
      observer: new NoOpObserver(),
      policyOf: () => defaultPolicy,
      monotonicMs: () => performance.now(),
    });
    return (await engine.handle({ peripheralId, agentId }, event)).agent;
  }

  /** Puts a request for an agent in grace on its way, as a worker's commit would. */
  async issue(agentId: string): Promise<void> {
    const { agent, version, now } = await this.records().load({ peripheralId, agentId });
    if (agent.phase.name !== 'grace') throw new Error(`not in grace: ${agent.phase.name}`);
    const { loss, dueAt } = agent.phase;
    const phase = {
      name: 'issuing',
      dueAt,
      action: 'logout',
      since: now,
      deadline: now + 45_000,
      alarmed: false,
    } as const;
    const issuing: Agent = { ...agent, phase: { ...phase, loss: { ...loss, attempts: 1 } } };
    const request = { before: agent, agent: issuing, expectedVersion: version, entries: [], issuing: null };
    const answer = await this.records().commit(request);
    if (answer !== 'committed') throw new Error(JSON.stringify(answer));
  }

  async lastLook(agentId: string): Promise<LastLook> {
    const store = this.connection('store');
    const leases = new ServerLeases(store, { peripheralId, leaseMs });
    const asker = new LastLookAsker(store, this.connection('subscriber'), leases, { peripheralId, timeoutMs: 500 });
    try {
      return await asker.ask(agentId);
    } finally {
      await asker.close();
    }
  }

  leases(): ServerLeases {
    return new ServerLeases(this.connection('store'), { peripheralId, leaseMs });
  }

  async end(): Promise<void> {
    for (const desktop of this.desktops) desktop.socket.terminate();
    for (const server of this.servers) await server.kill9();
    for (const connection of this.connections) connection.disconnect();
    await this.redis?.stop();
  }

  private keep(desktop: TestDesktop): TestDesktop {
    this.desktops.push(desktop);
    return desktop;
  }

  private records(): RedisStore {
    this.store ??= new RedisStore(this.connection('store'), {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax: 1_000,
      leaseMs,
      journalEntriesMax: 10_000,
    });
    return this.store;
  }

  private connection(role: 'store' | 'subscriber'): RedisConnection {
    const parsed = parseRedisUrl(this.redisUrl);
    if (parsed.kind !== 'address') throw new Error(parsed.sentence);
    const connection = connect(parsed.address, { name: 'test', log: pino({ level: 'silent' }), role, peripheralId });
    this.connections.push(connection);
    return connection;
  }
}

/** A WebSocket that sends nothing by itself. Every wait of it has an end. */
export class RawSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** The status of an upgrade that was refused. */
  readonly refused: Promise<number>;

  constructor(address: string, options: { origin?: string } = {}) {
    this.socket = new WebSocket(address.replace(/^http/, 'ws'), { ...options, handshakeTimeout: hangMsMax });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
    });
    const status = new Promise<number>((resolve) => {
      this.socket.once('unexpected-response', (_request, response: IncomingMessage) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        this.socket.terminate();
      });
    });
    this.refused = Promise.race([status, this.closed.then(({ code }) => code)]);
  }

  async connected(): Promise<this> {
    const opened = new Promise<'open'>((resolve) =>
      this.socket.once('open', () => {
        resolve('open');
      }),
    );
    if (this.socket.readyState === WebSocket.OPEN || (await Promise.race([opened, this.closed])) === 'open')
      return this;
    throw new Error('the connection could not be made');
  }
}
