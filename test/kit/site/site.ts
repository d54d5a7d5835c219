import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RedisConnection } from '#store/connection';
import { parseRedisUrl } from '#config/redis-url';
import { type Agent } from '#domain/agent';
import { Journal } from '#store/journal';
import { type JournalLine } from '#store/journal-line';
import { type RedisAccess } from '#store/redis-access';
import { Keys } from '#store/keys';
import { RedisStore } from '#store/redis-store';
import { pino } from 'pino';
import { type AppName, type App, prepareApp } from '../app';
import { type DesktopOptions, openDesktop, type TestDesktop } from '../desktop';
import { freePort } from '../ports';
import { type RedisProcess, startRedis } from '../redis/redis-server';
import { waitFor } from '../wait';

export const secret = 'a-secret-of-the-tests-that-is-long-enough';
export const peripheralId = 5000;

/**
 * Times of a test site: everything scaled down, the order of the times kept. A test's own desktops answer pings from one
 * busy process: detection must be longer than that process may stall.
 */
export const times = { graceMs: 1_500, graceServerLostMs: 3_000, detectionMs: 2_500, leaseMs: 3_000, sweepMs: 500 };

/** The default policy in test times; a handful of losses must not count as a mass loss here. */
const testPolicy = {
  default: {
    heldLookMs: 2_000,
    issuingMsMax: 6_000,
    retryMs: 300,
    massLoss: { lossesMin: 10_000 },
  },
};

/** So many lines of the journal are told when something was waited for in vain. */
const storyLinesMax = 12;

export interface CtiRequest {
  readonly at: number;
  readonly agentId: string;
  readonly stateName: string;
  readonly reasonCode: number;
  readonly effective: boolean;
  /** The session that sent it, by the name that its client opened it with. */
  readonly clientId: string;
}

export interface CtiAgent {
  readonly agentId: string;
  readonly stateName: string;
  readonly reasonCode: number;
  readonly calls: readonly unknown[];
}

export type Side = 'primary' | 'secondary';

/** The Redis of a site: by default one of its own, or whatever a test brings along. */
export interface SiteRedis {
  /** REDIS_URL of the test itself, and of every app for which `envOf` says nothing else. */
  readonly url: string;
  /** What the test's own connection needs beside the URL. */
  readonly access?: RedisAccess;
  /** Further environment of one app. */
  envOf?(app: AppName): Readonly<Record<string, string>>;
  /** Called when everything else has stopped. */
  stop(): Promise<void>;
}

/** Everything that runs: Redis, a pair of CTI servers, a server and a worker per side. Real processes, free ports. */
export class Site {
  private readonly desktops: TestDesktop[] = [];
  private readonly furtherWorkers: App[] = [];

  constructor(
    private readonly ownRedis: RedisProcess | undefined,
    private readonly siteRedis: SiteRedis,
    readonly simulator: App,
    readonly servers: Readonly<Record<Side, App>>,
    readonly workers: Readonly<Record<Side, App>>,
    private readonly reader: Reader,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** The one Redis of a site to which a test brought none. */
  get redis(): RedisProcess {
    if (this.ownRedis === undefined) throw new Error('the test brought a Redis of its own along');
    return this.ownRedis;
  }

  /** One more worker beside those of the site; not started yet, stopped with the site. */
  async furtherWorker(side: Side, workerId: string, env: Readonly<Record<string, string>> = {}): Promise<App> {
    const worker = await prepareApp('worker', { ...this.env, SIDE: side, WORKER_ID: workerId, ...env });
    this.furtherWorkers.push(worker);
    return worker;
  }

  async open(agentId: string, side: Side = 'primary', overrides: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    const desktop = await openDesktop({
      url: this.servers[side].url,
      agentId,
      secret,
      peripheralId: this.reader.peripheralId,
      ...overrides,
    });
    this.desktops.push(desktop);
    return desktop;
  }

  /** As a desktop does that is refused for now: it tries until it is let in. */
  async openAtLast(agentId: string, side: Side): Promise<TestDesktop> {
    return waitFor(`a desktop of ${agentId} to be let in`, () => this.open(agentId, side));
  }

  /** Signs the agent in at the CTI server; Not Ready at first. */
  async signIn(agentId: string, state?: 'READY'): Promise<void> {
    await this.post(`/agents/${agentId}/login`, {});
    if (state !== undefined) await this.post(`/agents/${agentId}/state`, { state });
  }

  async post(path: string, body: unknown, method = 'POST'): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.simulator.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  async ctiAgent(agentId: string): Promise<CtiAgent> {
    const agents = (await (await fetch(`${this.simulator.url}/agents`)).json()) as CtiAgent[];
    const found = agents.find((agent) => agent.agentId === agentId);
    if (found === undefined) throw new Error(`the simulator has no agent ${agentId}`);
    return found;
  }

  /** Every SET_AGENT_STATE_REQ that the CTI servers received, of one agent. */
  async requests(agentId: string): Promise<CtiRequest[]> {
    const all = (await (await fetch(`${this.simulator.url}/requests`)).json()) as CtiRequest[];
    return all.filter((request) => request.agentId === agentId);
  }

  /** Requests that asked for a logout, of all agents when none is named. */
  async logouts(agentId?: string): Promise<CtiRequest[]> {
    const all = (await (await fetch(`${this.simulator.url}/requests`)).json()) as CtiRequest[];
    return all.filter((one) => one.stateName === 'LOGOUT' && (agentId === undefined || one.agentId === agentId));
  }

  async record(agentId: string): Promise<Agent> {
    return (await this.reader.store.load({ peripheralId: this.reader.peripheralId, agentId })).agent;
  }

  /** All that the journal says, oldest first. */
  journal(): Promise<JournalLine[]> {
    return this.reader.journal.tail('0', 0, 100_000);
  }

  /** All that the journal says of an agent, oldest first. */
  async told(agentId: string): Promise<JournalLine[]> {
    return (await this.journal()).filter((line) => line.agentId === agentId);
  }

  async outcomes(agentId: string): Promise<string[]> {
    return (await this.told(agentId)).flatMap(({ entry }) => (entry.what === 'outcome' ? [entry.outcome] : []));
  }

  /**
   * Waits until the store lets requests out (rule GEN): its generation is a lease old and every server has asserted. A new
   * site may be younger than that; its first loss would be held, and a test that rests on the pace of the link would not
   * find it used up any more.
   */
  async untilIssuable(): Promise<void> {
    const keys = new Keys(peripheralId);
    await waitFor('the store to let requests out', async () => {
      const [{ id, since }, servers, [seconds]] = await Promise.all([
        this.redisConnection.hgetall(keys.generation),
        this.redisConnection.hvals(keys.servers),
        this.redisConnection.time(),
      ]);
      const isOld = Number(seconds) * 1_000 > Number(since) + times.leaseMs;
      return isOld && servers.every((server) => server.endsWith(`|${String(id)}`));
    });
  }

  /** Waits until the record's phase is this one; in vain, it fails with the end of what the journal says of the agent. */
  untilPhase(agentId: string, phase: Agent['phase']['name']): Promise<Agent> {
    const look = async (): Promise<Agent | undefined> => {
      const agent = await this.record(agentId);
      return agent.phase.name === phase ? agent : undefined;
    };
    return waitFor(`agent ${agentId} to be ${phase}`, look, { seen: () => this.storyOf(agentId) });
  }

  /** Waits until the journal holds this outcome. */
  async untilOutcome(agentId: string, outcome: string): Promise<void> {
    const look = async (): Promise<boolean> => (await this.outcomes(agentId)).includes(outcome);
    await waitFor(`${agentId} ${outcome}`, look, { seen: () => this.storyOf(agentId) });
  }

  /** The latest lines of the journal about an agent, and the phase of the record. */
  private async storyOf(agentId: string): Promise<string> {
    const lines = (await this.told(agentId)).slice(-storyLinesMax);
    const { phase } = await this.record(agentId);
    return [JSON.stringify(phase), ...lines.map(({ at, entry }) => `${String(at)} ${JSON.stringify(entry)}`)].join(
      '\n',
    );
  }

  get redisConnection(): RedisConnection {
    return this.reader.connection;
  }

  /** Closes and stops everything that was started, whatever state it is in. */
  async stop(): Promise<void> {
    for (const desktop of this.desktops) desktop.socket.terminate();
    const apps = [
      ...Object.values(this.servers),
      ...Object.values(this.workers),
      ...this.furtherWorkers,
      this.simulator,
    ];
    const stops = await Promise.allSettled(apps.map((app) => app.stop()));
    await this.reader.journal.close();
    await this.reader.store.close();
    this.reader.connection.disconnect();
    await this.siteRedis.stop();
    await rm(this.folder, { recursive: true, force: true });
    const failed = stops.find((stop) => stop.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Starts a site and waits until all of it is ready. `env` reaches every app, `serverEnv` the server of that side; `given`
 * is used instead of a Redis of its own.
 */
export async function startSite(
  env: Readonly<Record<string, string>> = {},
  policy: object = testPolicy,
  serverEnv: (side: Side) => Readonly<Record<string, string>> = () => ({}),
  given?: SiteRedis,
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'site-'));
  const policyFile = join(folder, 'policy.json');
  await writeFile(policyFile, JSON.stringify(policy));
  const ownRedis = given === undefined ? await startRedis() : undefined;
  const redis: SiteRedis | undefined = given ?? ownRedis;
  if (redis === undefined) throw new Error('unreachable: one of them is there');
  const common = { ...(await siteEnv(redis.url)), POLICY_FILE: policyFile, ...env };
  const app = (name: AppName, own: Record<string, string> = {}): Promise<App> =>
    prepareApp(name, { ...common, ...redis.envOf?.(name), ...own });
  const simulator = await app('simulator');
  const server = (side: Side): Promise<App> =>
    app('server', { SIDE: side, SERVER_ID: `${side}-1`, ...serverEnv(side) });
  const servers = { primary: await server('primary'), secondary: await server('secondary') };
  const workers = {
    primary: await app('worker', { SIDE: 'primary', WORKER_ID: 'worker-primary-1' }),
    secondary: await app('worker', { SIDE: 'secondary', WORKER_ID: 'worker-secondary-1' }),
  };
  const reader = openReader(redis, Number(env['CTI_PERIPHERAL_ID'] ?? peripheralId));
  const site = new Site(ownRedis, redis, simulator, servers, workers, reader, folder, common);
  try {
    await simulator.start();
    await Promise.all([...Object.values(servers), ...Object.values(workers)].map((app) => app.start()));
  } catch (error) {
    await site.stop().catch(() => undefined);
    throw error;
  }
  return site;
}

async function siteEnv(redisUrl: string): Promise<Record<string, string>> {
  return {
    REDIS_URL: redisUrl,
    CTI_A: `127.0.0.1:${String(await freePort())}`,
    CTI_B: `127.0.0.1:${String(await freePort())}`,
    GRACE_MS: String(times.graceMs),
    GRACE_SERVER_LOST_MS: String(times.graceServerLostMs),
    DETECTION_MS: String(times.detectionMs),
    LEASE_MS: String(times.leaseMs),
    SWEEP_MS: String(times.sweepMs),
    CTI_BACK_OFF_MS: '200ms',
    CTI_REQUESTS_PER_SECOND_MAX: '1000',
    DESKTOP_TOKEN_SECRET: secret,
    API_TOKEN: secret,
    CTI_REQUEST_TIMEOUT_MS: '2s',
  };
}

/** What the test itself reads Redis with. */
interface Reader {
  readonly peripheralId: number;
  readonly connection: RedisConnection;
  readonly store: RedisStore;
  readonly journal: Journal;
}

function openReader({ url, access }: SiteRedis, ofPeripheral: number): Reader {
  const log = pino({ level: 'silent' });
  const options = {
    name: 'test',
    log,
    role: 'store',
    peripheralId: ofPeripheral,
    ...(access === undefined ? {} : { access }),
  } as const;
  const connection = connect(addressOf(url), options);
  const store = new RedisStore(connection, {
    peripheralId: ofPeripheral,
    replicas: 0,
    issuingPerSecondMax: 1_000,
    leaseMs: times.leaseMs,
    journalEntriesMax: 100_000,
  });
  return {
    peripheralId: ofPeripheral,
    connection,
    store,
    journal: new Journal(connection, { peripheralId: ofPeripheral }),
  };
}

function addressOf(url: string): Parameters<typeof connect>[0] {
  const parsed = parseRedisUrl(url);
  if (parsed.kind !== 'address') throw new Error(parsed.sentence);
  return parsed.address;
}
