import { type AgentKey, type Desktop } from '#domain/agent';
import { defaultPolicy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { RedisStore } from '#store/redis-store';
import { NoOpObserver } from '../test/kit/no-op-ports';
import { perSecond } from './in-flight';
import { noLog, startOwnRedis } from './own-redis';

/**
 * Bytes of Redis per present agent and per pending loss: its record, its places in the index sets, its lines in the
 * journal and its wake-up, each by MEMORY USAGE of all keys of its kind, and the whole by used_memory.
 */

const peripheralId = 5000;
const agents = Number(process.argv[2] ?? 12_000);
const inFlight = 100;

async function main(): Promise<void> {
  const redis = await startOwnRedis();
  const address = { kind: 'single', endpoint: redis, db: 0, tls: false, user: undefined, password: undefined } as const;
  const open = (name: string, role: 'store' | 'queue'): RedisConnection =>
    connect(address, { name, role, peripheralId, log: noLog });
  const connections = [open('bench-store', 'store'), open('bench-queue', 'queue')] as const;
  const queue = createLogoutQueue(connections[1], peripheralId);
  const options = { peripheralId, replicas: 0, issuingPerSecondMax: 10, leaseMs: 15_000, journalEntriesMax: 1_000_000 };
  const store = new RedisStore(connections[0], options);
  const engine = new Engine({
    store,
    wakeUps: new BullWakeUps(queue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new NoOpObserver(),
    policyOf: () => defaultPolicy,
    monotonicMs: () => performance.now(),
  });
  try {
    await queue.waitUntilReady();
    const empty = await used(connections[0]);
    await perSecond(agents, inFlight, (n) => engine.handle(keyOf(n), { type: 'desktopOpened', desktop: desktopOf(n) }));
    await report(connections[0], 'present agent', empty);
    await perSecond(agents, inFlight, (n) => {
      const { connection, serverId } = desktopOf(n);
      return engine.handle(keyOf(n), { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
    });
    await report(connections[0], 'pending loss', empty);
  } finally {
    await queue.close();
    for (const connection of connections) connection.disconnect();
    await redis.stop();
  }
}

async function report(redis: RedisConnection, what: string, empty: number): Promise<void> {
  const kinds = new Map<string, number>();
  for (const key of await redis.keys('*')) {
    const bytes = (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    const kind = key.replace(/:agent:.*/, ':agent:*').replace(/:logout-.*/, ':logout-*');
    kinds.set(kind, (kinds.get(kind) ?? 0) + bytes);
  }
  console.log(`${String(agents)} × one ${what}: bytes each`);
  for (const [kind, bytes] of [...kinds].sort((a, b) => b[1] - a[1])) {
    if (bytes / agents >= 1) console.log(`  ${(bytes / agents).toFixed(0).padStart(6)}  ${kind}`);
  }
  console.log(`  ${(((await used(redis)) - empty) / agents).toFixed(0).padStart(6)}  used_memory of the whole`);
  const text = await redis.get(`{${String(peripheralId)}}:agent:${keyOf(0).agentId}`);
  console.log(`  a record: ${text ?? ''}`);
}

async function used(redis: RedisConnection): Promise<number> {
  const info = await redis.info('memory');
  return Number(/used_memory_dataset:(\d+)/.exec(info)?.[1]);
}

function keyOf(n: number): AgentKey {
  return { peripheralId, agentId: String(10_000 + n) };
}

/** As a server names them: its id is new for every start, and a connection's name is unique for ever. */
function desktopOf(n: number): Desktop {
  const serverId = 'primary-node1-4711.a1b2c3';
  const connection = `${serverId}:${n.toString(36).padStart(12, '0')}`;
  return { connection, desktopId: `desk-${String(n)}`, side: 'primary', serverId };
}

void main();
