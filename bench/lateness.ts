import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AgentKey, type Desktop } from '#domain/agent';
import { defaultPolicy, type Policy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { LastLookAnswerer } from '#store/last-look';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { NoOpObserver } from '../test/kit/no-op-ports';
import { noLog, startOwnRedis } from './own-redis';

/**
 * How late forced logouts are: losses that fall due evenly over some seconds, with a real worker, a real pair of CTI
 * servers and a Redis of its own. Lateness is the time at which the CTI server received the request, less the due time
 * in the journal. One clock: everything runs on this machine.
 */

const agentsCount = Number(process.argv[2] ?? 10_000);
const spreadMs = Number(process.argv[3] ?? 10_000);
const graceMs = Number(process.argv[4] ?? 45_000);
const peripheralId = 5000;
const leaseMs = 15_000;
const serverId = 'bench-1';
const openInFlight = 100;
const waitMsMax = 120_000;

const policy: Policy = {
  ...defaultPolicy,
  stages: [{ afterMs: graceMs, action: 'logout', reasonCode: 255 }],
  graceMs: { bye: graceMs, lost: graceMs, serverLost: graceMs, operator: 0 },
};

async function main(): Promise<void> {
  const redis = await startOwnRedis();
  const [ctiA, ctiB, simulatorPort, workerPort] = await freePorts(4);
  const address = { kind: 'single', endpoint: redis, db: 0, tls: false, user: undefined, password: undefined } as const;
  const open = (role: 'store' | 'queue' | 'subscriber'): RedisConnection =>
    connect(address, { name: 'bench', role, peripheralId, log: noLog });
  const [storeConnection, queueConnection, subscriber] = [open('store'), open('queue'), open('subscriber')];
  const store = new RedisStore(storeConnection, {
    peripheralId,
    replicas: 0,
    issuingPerSecondMax: 10_000,
    leaseMs,
    journalEntriesMax: 1_000_000,
  });
  const queue = createLogoutQueue(queueConnection, peripheralId);
  const servers = new ServerLeases(storeConnection, { peripheralId, leaseMs });
  const answerer = new LastLookAnswerer(subscriber, storeConnection, {
    peripheralId,
    serverId,
    holds: (ids) => Promise.resolve(ids.map(() => undefined)),
  });
  const engine = new Engine({
    store,
    wakeUps: new BullWakeUps(queue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new NoOpObserver(),
    policyOf: () => policy,
    monotonicMs: () => performance.now(),
  });
  const env = {
    REDIS_URL: `redis://127.0.0.1:${String(redis.port)}`,
    CTI_A: `127.0.0.1:${String(ctiA)}`,
    CTI_B: `127.0.0.1:${String(ctiB)}`,
    SIDE: 'primary',
    SIM_AGENTS: String(agentsCount),
    DESKTOP_TOKEN_SECRET: 'a-secret-of-the-bench-that-is-long-enough',
    CTI_REQUESTS_PER_SECOND_MAX: '10000',
    CTI_MESSAGES_PER_SECOND_MAX: '10000',
    GRACE_MS: String(graceMs),
    GRACE_SERVER_LOST_MS: String(graceMs),
    LOG_LEVEL: 'warn',
  };
  const apps: ChildProcess[] = [];
  try {
    apps.push(await startApp('simulator', simulatorPort, env), await startApp('worker', workerPort, env));
    await answerer.start();
    const { generation } = await servers.renew(serverId, 'primary', '');
    await servers.renew(serverId, 'primary', generation);
    const renewing = setInterval(() => void servers.renew(serverId, 'primary', generation), leaseMs / 3);
    const dueAt = await loseAll(engine, simulatorPort);
    const late = await latenesses(simulatorPort, dueAt);
    clearInterval(renewing);
    print(late);
  } finally {
    for (const app of apps) app.kill('SIGKILL');
    await answerer.close();
    await queue.close();
    await store.close();
    for (const connection of [storeConnection, queueConnection, subscriber]) connection.disconnect();
    await redis.stop();
  }
}

/** Everybody present and signed in, then everybody lost, evenly over `spreadMs`. Answers who is due when. */
async function loseAll(engine: Engine, simulatorPort: number): Promise<Map<string, number>> {
  const agents = Array.from({ length: agentsCount }, (_, n) => String(1001 + n));
  await inGroups(agents, async (agentId) => {
    await post(simulatorPort, `/agents/${agentId}/login`);
    await engine.handle(keyOf(agentId), { type: 'desktopOpened', desktop: desktopOf(agentId) });
  });
  const dueAt = new Map<string, number>();
  const startedAt = performance.now();
  const losing: Promise<void>[] = [];
  for (const [place, agentId] of agents.entries()) {
    const waitMs = startedAt + (place * spreadMs) / agentsCount - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const { connection } = desktopOf(agentId);
    const losingOne = engine.handle(keyOf(agentId), {
      type: 'desktopClosed',
      connection,
      cause: 'bye',
      seenBy: serverId,
    });
    const remember = losingOne.then(({ agent }) => {
      if (agent.phase.name === 'grace') dueAt.set(agentId, agent.phase.dueAt);
    });
    losing.push(remember);
  }
  await Promise.all(losing);
  console.log(
    `${String(dueAt.size)} losses pending, due over ${((Math.max(...dueAt.values()) - Math.min(...dueAt.values())) / 1000).toFixed(1)} s`,
  );
  return dueAt;
}

async function latenesses(simulatorPort: number, dueAt: ReadonlyMap<string, number>): Promise<number[]> {
  const giveUpAt = Math.max(...dueAt.values()) + waitMsMax;
  const quietUntil = Math.max(...dueAt.values()) + 2_000 - Date.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, quietUntil)));
  while (Date.now() < giveUpAt) {
    const requests = (await (await fetch(`http://127.0.0.1:${String(simulatorPort)}/requests`)).json()) as {
      agentId: string;
      at: number;
      stateName: string;
    }[];
    const logouts = requests.filter(({ stateName }) => stateName === 'LOGOUT');
    if (logouts.length >= dueAt.size) return logouts.map(({ agentId, at }) => at - (dueAt.get(agentId) ?? Number.NaN));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('not all logouts were requested in time');
}

function print(late: number[]): void {
  const sorted = late.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  console.log(
    `lateness of ${String(sorted.length)} forced logouts, ms: min ${String(at(0))}, p50 ${String(at(0.5))}, p90 ${String(at(0.9))}, p99 ${String(at(0.99))}, max ${String(at(1))}`,
  );
}

function keyOf(agentId: string): AgentKey {
  return { peripheralId, agentId };
}

function desktopOf(agentId: string): Desktop {
  return { connection: `${serverId}/${agentId}`, desktopId: `d${agentId}`, side: 'primary', serverId };
}

async function inGroups(agents: readonly string[], act: (agentId: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < agents.length; start += openInFlight) {
    await Promise.all(agents.slice(start, start + openInFlight).map(act));
  }
}

async function post(port: number, path: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
}

async function startApp(app: string, port: number, env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const entry = join(__dirname, '..', 'apps', app, 'src', 'main.js');
  const child = spawn(process.execPath, [entry], {
    env: { ...env, HTTP_PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (let attempt = 0; attempt < 200; attempt++) {
    const ready = await fetch(`http://127.0.0.1:${String(port)}/health/ready`).catch(() => undefined);
    if (ready?.ok === true) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`${app} did not become ready`);
}

async function freePorts(count: number): Promise<[number, number, number, number]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number, number, number];
}

void main();
