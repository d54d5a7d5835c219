import { type AgentKey, type Desktop } from '#domain/agent';
import { defaultPolicy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue, wakeUpJobId, wakeUpJobName } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { RedisStore } from '#store/redis-store';
import { NoOpObserver } from '../test/kit/no-op-ports';
import { median, perSecond } from './in-flight';
import { noLog, startOwnRedis } from './own-redis';

/**
 * How fast one process takes losses and returns, compared with what it does at least: one BullMQ add for a loss, one
 * remove for a return. Both kinds run in turn against the same Redis, so that a slow moment of the machine hits both.
 */

const peripheralId = 5000;
const inFlight = 100;
const rounds = Number(process.argv[2] ?? 7);
const operationsPerRound = Number(process.argv[3] ?? 4_000);

type Kind = 'add' | 'loss' | 'remove' | 'ret';
type Round = Readonly<Record<Kind, number>>;

/** Processor time per operation, in microseconds: steadier than operations per second on a machine that others use. */
interface Effort {
  readonly own: number;
  readonly redis: number;
}

async function main(): Promise<void> {
  const redis = await startOwnRedis();
  const address = { kind: 'single', endpoint: redis, db: 0, tls: false, user: undefined, password: undefined } as const;
  const open = (name: string, role: 'store' | 'queue'): RedisConnection =>
    connect(address, { name, role, peripheralId, log: noLog });
  const connections = [open('bench-store', 'store'), open('bench-queue', 'queue')] as const;
  const queue = createLogoutQueue(connections[1], peripheralId);
  const store = new RedisStore(connections[0], {
    peripheralId,
    replicas: 0,
    issuingPerSecondMax: 10,
    leaseMs: 15_000,
    journalEntriesMax: 100_000,
  });
  const engine = engineOf(store, queue);
  try {
    await measure(engine, queue, connections[0]);
  } finally {
    await queue.close();
    await store.close();
    for (const connection of connections) connection.disconnect();
    await redis.stop();
  }
}

function engineOf(store: RedisStore, queue: LogoutQueue): Engine {
  return new Engine({
    store,
    wakeUps: new BullWakeUps(queue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new NoOpObserver(),
    policyOf: () => defaultPolicy,
    monotonicMs: () => performance.now(),
  });
}

async function measure(engine: Engine, queue: LogoutQueue, redis: RedisConnection): Promise<void> {
  console.log(
    `${String(rounds)} rounds of ${String(operationsPerRound)} operations each, ${String(inFlight)} in flight, per second:`,
  );
  console.log('round     add   loss ratio | remove return ratio');
  const efforts: Record<Kind, Effort[]> = { add: [], loss: [], remove: [], ret: [] };
  const timed = async (kind: Kind, operation: (n: number) => Promise<unknown>): Promise<number> => {
    const [own, theirs] = [process.cpuUsage(), await redisMicroseconds(redis)];
    const rate = await perSecond(operationsPerRound, inFlight, operation);
    const { user, system } = process.cpuUsage(own);
    const used = (await redisMicroseconds(redis)) - theirs;
    efforts[kind].push({ own: (user + system) / operationsPerRound, redis: used / operationsPerRound });
    return rate;
  };
  // Present to begin with, as agents are; the first round only warms up.
  await perSecond(operationsPerRound, inFlight, (n) => opened(engine, n, 0));
  const measured: Round[] = [];
  for (let round = 0; round <= rounds; round++) {
    const figures = await oneRound(engine, queue, round, timed);
    if (round === 0) continue;
    measured.push(figures);
    print(String(round), figures);
  }
  const of = (pick: (round: Round) => number): number => median(measured.map(pick));
  print('median', {
    add: of((r) => r.add),
    loss: of((r) => r.loss),
    remove: of((r) => r.remove),
    ret: of((r) => r.ret),
  });
  console.log(
    `median of the rounds' ratios: loss ${of((r) => r.loss / r.add).toFixed(2)}, return ${of((r) => r.ret / r.remove).toFixed(2)}`,
  );
  console.log('processor time per operation, this process + Redis:');
  for (const [kind, name] of Object.entries({ add: 'add', loss: 'loss', remove: 'remove', ret: 'return' })) {
    const list = efforts[kind as Kind].slice(1);
    const [own, theirs] = [median(list.map((effort) => effort.own)), median(list.map((effort) => effort.redis))];
    console.log(`  ${name.padEnd(7)} ${own.toFixed(0).padStart(3)} + ${theirs.toFixed(0)} µs`);
  }
}

async function oneRound(
  engine: Engine,
  queue: LogoutQueue,
  round: number,
  timed: (kind: Kind, operation: (n: number) => Promise<unknown>) => Promise<number>,
): Promise<Round> {
  const delay = defaultPolicy.graceMs.lost;
  const bareId = (n: number): string => wakeUpJobId(`bare${String(n)}`, round);
  const add = await timed('add', (n) =>
    queue.add(wakeUpJobName, { agentId: `bare${String(n)}`, epoch: round }, { jobId: bareId(n), delay }),
  );
  const loss = await timed('loss', (n) => closed(engine, n, round));
  const remove = await timed('remove', (n) => queue.remove(bareId(n)));
  const ret = await timed('ret', (n) => opened(engine, n, round + 1));
  return { add, loss, remove, ret };
}

async function redisMicroseconds(redis: RedisConnection): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread')) * 1e6;
}

function opened(engine: Engine, n: number, turn: number): Promise<unknown> {
  return engine.handle(keyOf(n), { type: 'desktopOpened', desktop: desktopOf(n, turn) });
}

function closed(engine: Engine, n: number, turn: number): Promise<unknown> {
  const { connection, serverId } = desktopOf(n, turn);
  return engine.handle(keyOf(n), { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
}

function keyOf(n: number): AgentKey {
  return { peripheralId, agentId: String(10_000 + n) };
}

function desktopOf(n: number, turn: number): Desktop {
  const connection = `c${String(turn)}-${String(n).padStart(8, '0')}`;
  return { connection, desktopId: `desk-${String(n)}`, side: 'primary', serverId: 'primary-1' };
}

function print(label: string, { add, loss, remove, ret }: Round): void {
  const cell = (value: number): string => value.toFixed(0).padStart(6);
  console.log(
    `${label.padEnd(6)}${cell(add)}${cell(loss)}  ${(loss / add).toFixed(2)} | ${cell(remove)} ${cell(ret)}  ${(ret / remove).toFixed(2)}`,
  );
}

void main();
