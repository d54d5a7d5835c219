import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Desktop } from '#domain/agent';
import { defaultPolicy, type MassLossPolicy, type Policy } from '#domain/policy';
import { LastLookAnswerer } from '#store/last-look';
import { ServerLeases } from '#store/servers';
import { type App, freePort, type OwnRedis, pause, startApp, startOwnRedis, waitFor } from '../kit';
import { perSecond } from '../rounds';
import { agentKey, type EngineOnRedis, keys, openEngine, peripheralId } from './engine-on-redis';

export interface SiteOptions {
  readonly agents: number;
  readonly graceMs: number;
  readonly leaseMs: number;
  /** What differs from the default policy and configuration of the worker. */
  readonly massLoss: Partial<MassLossPolicy>;
  readonly workerEnv: Readonly<Record<string, string>>;
}

/** Some agents, lost one after the other, evenly over a span of time. */
export interface Losses {
  readonly first: number;
  readonly count: number;
  readonly overMs: number;
}

const serverId = 'primary-1';
const side = 'primary';
const inFlight = 100;
/** A look is work for the simulator, which answers with all requests. */
const lookEveryMs = 1_000;

/**
 * A real worker, a real Redis and a simulated pair of CTI servers. The server is this process: the engine, a lease that
 * it renews, and an answer to every last look that says "no desktop".
 */
export class LatenessSite {
  private constructor(
    private readonly site: EngineOnRedis,
    private readonly simulator: App,
    private readonly stopAll: () => Promise<void>,
  ) {}

  static async start(options: SiteOptions): Promise<LatenessSite> {
    const { agents, graceMs, leaseMs, massLoss } = options;
    const undo: (() => Promise<unknown>)[] = [];
    const stopAll = async (): Promise<void> => {
      for (const step of undo.splice(0).reverse()) await step();
    };
    try {
      const redis = await startOwnRedis();
      undo.push(() => redis.stop());
      const site = openEngine(redis, leaseMs, policyOf(graceMs, massLoss));
      undo.push(() => site.close());
      const env = await environmentOf(redis, options, undo);
      const simulator = await startApp('simulator', { ...env, SIM_AGENTS: String(agents) });
      undo.push(() => simulator.kill9());
      const worker = await startApp('worker', { ...env, ...options.workerEnv });
      undo.push(() => worker.kill9());
      undo.push(await serve(site, leaseMs));
      const started = new LatenessSite(site, simulator, stopAll);
      await started.openAll(agents);
      return started;
    } catch (error) {
      await stopAll();
      throw error;
    }
  }

  /** Answers when each agent is due (epoch ms, Redis time), by agent id. */
  async lose({ first, count, overMs }: Losses): Promise<Map<string, number>> {
    const dueAt = new Map<string, number>();
    const startedAt = performance.now();
    const losing: Promise<void>[] = [];
    for (let place = 0; place < count; place++) {
      const waitMs = startedAt + (place * overMs) / count - performance.now();
      if (waitMs > 1) await pause(waitMs);
      losing.push(this.loseOne(first + place, dueAt));
    }
    await Promise.all(losing);
    return dueAt;
  }

  /** When the CTI server got the LOGOUT of each agent (epoch ms). Rejects when some have none long after `latestAt`. */
  async logouts(dueAt: ReadonlyMap<string, number>, latestAt: number, waitMsMax: number): Promise<Map<string, number>> {
    await pause(Math.max(0, latestAt - Date.now()));
    return waitFor(`the logouts of ${String(dueAt.size)} agents`, waitMsMax, async () => {
      const receivedAt = await this.receivedLogouts();
      const missing = [...dueAt.keys()].filter((agentId) => !receivedAt.has(agentId));
      const [example] = missing;
      if (example === undefined) return { found: receivedAt };
      await pause(lookEveryMs);
      return { seen: `${String(missing.length)} agents have none; agent ${example}: ${await this.phaseOf(example)}` };
    });
  }

  stop(): Promise<void> {
    return this.stopAll();
  }

  private async openAll(agents: number): Promise<void> {
    await perSecond(agents, inFlight, async (place) => {
      const key = agentKey(place);
      await this.post(`/agents/${key.agentId}/login`);
      await this.site.engine.handle(key, { type: 'desktopOpened', desktop: desktopOf(place) });
    });
  }

  private async loseOne(place: number, dueAt: Map<string, number>): Promise<void> {
    const { connection } = desktopOf(place);
    const key = agentKey(place);
    const event = { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId } as const;
    const { agent } = await this.site.engine.handle(key, event);
    if (agent.phase.name !== 'grace') throw new Error(`a lost agent is ${agent.phase.name} and not in grace`);
    dueAt.set(key.agentId, agent.phase.dueAt);
  }

  private async receivedLogouts(): Promise<Map<string, number>> {
    const answer = await fetch(`${this.simulator.url}/requests`);
    const requests = (await answer.json()) as { agentId: string; at: number; stateName: string }[];
    const logouts = requests.filter(({ stateName }) => stateName === 'LOGOUT');
    return new Map(logouts.reverse().map(({ agentId, at }) => [agentId, at]));
  }

  private async phaseOf(agentId: string): Promise<string> {
    return (await this.site.storeConnection.get(keys.agent(agentId))) ?? 'no record';
  }

  private async post(path: string): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.simulator.url}${path}`, { method: 'POST', headers, body: '{}' });
    if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
  }
}

function policyOf(graceMs: number, massLoss: Partial<MassLossPolicy>): Policy {
  return {
    ...defaultPolicy,
    stages: [{ afterMs: graceMs, action: 'logout', reasonCode: 255 }],
    graceMs: { bye: graceMs, lost: graceMs, serverLost: graceMs, operator: 0, withoutDesktop: graceMs },
    massLoss: { ...defaultPolicy.massLoss, ...massLoss },
  };
}

async function environmentOf(
  redis: OwnRedis,
  { graceMs, leaseMs, massLoss }: SiteOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'lastcall-lateness-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const policyFile = join(folder, 'policy.json');
  await writeFile(policyFile, JSON.stringify({ default: { massLoss } }));
  return {
    REDIS_URL: `redis://${redis.host}:${String(redis.port)}`,
    CTI_A: `127.0.0.1:${String(await freePort())}`,
    CTI_B: `127.0.0.1:${String(await freePort())}`,
    SIDE: side,
    DESKTOP_TOKEN_SECRET: 'a-secret-of-the-bench-that-is-long-enough',
    GRACE_MS: String(graceMs),
    LEASE_MS: String(leaseMs),
    POLICY_FILE: policyFile,
  };
}

/** Lives as a server does; answers how to end that. */
async function serve(site: EngineOnRedis, leaseMs: number): Promise<() => Promise<void>> {
  const { storeConnection } = site;
  const servers = new ServerLeases(storeConnection, { peripheralId, leaseMs });
  const holds = (agentIds: readonly string[]): Promise<undefined[]> => Promise.resolve(agentIds.map(() => undefined));
  const answerer = new LastLookAnswerer(site.open('subscriber'), storeConnection, { peripheralId, serverId, holds });
  await answerer.start();
  const { generation } = await servers.renew(serverId, side, '');
  await servers.renew(serverId, side, generation);
  const renewing = setInterval(() => void servers.renew(serverId, side, generation), leaseMs / 3);
  return async () => {
    clearInterval(renewing);
    await answerer.close();
  };
}

function desktopOf(place: number): Desktop {
  const { agentId } = agentKey(place);
  return { connection: `${serverId}/${agentId}`, desktopId: `desk-${agentId}`, side, serverId };
}
