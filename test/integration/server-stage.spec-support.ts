import { type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type Agent } from '#domain/agent';
import { type AgentEvent, type LastLook } from '#domain/event';
import { type RedisConnection } from '#store/connection';
import { LastLookAsker } from '#store/last-look';
import { ServerLeases } from '#store/servers';
import { type App, type Environment, type Health } from '../kit/app';
import { type Closed, type DesktopOptions, type TestDesktop } from '../kit/desktop';
import { engineOver } from '../kit/no-op-ports';
import { freePort } from '../kit/ports';
import { type RedisProcess } from '../kit/redis/redis-server';
import { peripheralId, type Site } from '../kit/site/site';
import { type SiteOptions } from '../kit/site/site-options';
import { type SiteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { openConnection } from '../kit/site/store-reader';
import { hangMsMax, waitFor } from '../kit/wait';

export const apiToken = 'a-token-of-the-tests';

/** A Redis, servers that a test starts one by one, and a look into the records; no worker and no CTI server. */
export class ServerStage {
  private readonly servers: App[] = [];
  private readonly connections: RedisConnection[] = [];

  private constructor(
    readonly site: Site,
    readonly redisPort: number,
  ) {}

  static async begin(times: Partial<SiteTimes> = {}): Promise<ServerStage> {
    const site = await startSite({ ...serversAlone, times });
    return new ServerStage(site, site.redis.port);
  }

  /** A stage whose Redis is not there yet. */
  static async withoutRedis(): Promise<ServerStage> {
    const port = await freePort();
    const redis = { url: `redis://127.0.0.1:${String(port)}`, stop: () => Promise.resolve() };
    return new ServerStage(await startSite({ ...serversAlone, redis }), port);
  }

  get redis(): RedisProcess {
    return this.site.redis;
  }

  async server(env: Environment = {}, until: Health = 'ready'): Promise<App> {
    const named = { SIDE: 'primary', SERVER_ID: 'primary-1', API_TOKEN: apiToken, ...env };
    const server = await this.site.prepare('server', named);
    this.servers.push(server);
    return server.start(until);
  }

  open({ url }: App, agentId: string, more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.site.open(agentId, 'primary', { url, ...more });
  }

  connect({ url }: App, agentId: string, more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.site.connect(agentId, 'primary', { url, ...more });
  }

  record(agentId: string): Promise<Agent> {
    return this.site.record(agentId);
  }

  /** Waits until the record fits. */
  until(agentId: string, fits: (agent: Agent) => boolean): Promise<Agent> {
    const look = async (): Promise<Agent | undefined> => {
      const agent = await this.record(agentId);
      return fits(agent) ? agent : undefined;
    };
    return waitFor(`a record of agent ${agentId} that fits`, look, { seen: () => this.record(agentId) });
  }

  phase(agentId: string, name: Agent['phase']['name']): Promise<Agent> {
    return this.site.untilPhase(agentId, name);
  }

  /** What the journal holds of the agent, as words. */
  async journal(agentId: string): Promise<string[]> {
    return (await this.site.told(agentId)).map(({ entry }) => entry.what);
  }

  /** The event as a worker would hand it in. */
  async happens(agentId: string, event: AgentEvent): Promise<Agent> {
    const engine = engineOver(this.site.parts.reader.store);
    return (await engine.handle({ peripheralId, agentId }, event)).agent;
  }

  /** Puts a request for an agent in grace on its way, as a worker's commit would. */
  async issue(agentId: string): Promise<void> {
    const { store } = this.site.parts.reader;
    const { agent, version, now } = await store.load({ peripheralId, agentId });
    if (agent.phase.name !== 'grace') throw new Error(`not in grace: ${agent.phase.name}`);
    const { loss, dueAt } = agent.phase;
    const phase = {
      name: 'issuing',
      dueAt,
      since: now,
      deadline: now + 45_000,
      pending: null,
    } as const;
    const issuing: Agent = { ...agent, phase: { ...phase, loss: { ...loss, attempts: 1 } } };
    const request = { before: agent, agent: issuing, expectedVersion: version, entries: [], issuing: null };
    const answer = await store.commit(request);
    if (answer !== 'committed') throw new Error(JSON.stringify(answer));
  }

  async lastLook(agentId: string): Promise<LastLook> {
    const subscriber = openConnection('subscriber', this.site.parts.reader.options);
    this.connections.push(subscriber);
    const limits = { peripheralId, timeoutMs: 500 };
    const asker = new LastLookAsker(this.site.redisConnection, subscriber, this.leases(), limits);
    try {
      return await asker.ask(agentId);
    } finally {
      await asker.close();
    }
  }

  leases(): ServerLeases {
    return new ServerLeases(this.site.redisConnection, { peripheralId, leaseMs: this.site.times.leaseMs });
  }

  async end(): Promise<void> {
    for (const server of this.servers) await server.kill9();
    for (const connection of this.connections) connection.disconnect();
    await this.site.stop();
  }
}

const serversAlone: SiteOptions = { apps: [], simulator: false };

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
