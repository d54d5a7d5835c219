import { defaultPolicy } from '#domain/policy';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { SideWatch } from '../apps/worker/src/side-watch';
import { Sweep } from '../apps/worker/src/sweep';
import { median } from './in-flight';
import { noLog, startOwnRedis } from './own-redis';
import { type DueRecords, fill } from './sweep-records';

/**
 * What one sweep costs with 10 000, 100 000 and 1 000 000 records of which the same number is due. The three are peripherals
 * of one Redis, swept in turn, so that a slow moment of the machine hits all of them.
 */

const sizes = (process.argv[2] ?? '10000,100000,1000000').split(',').map(Number);
const rounds = Number(process.argv[3] ?? 9);
const due: DueRecords = { grace: 2_000, held: 1_000, issuing: 500 };
const dueCount = due.grace + due.held + due.issuing;
const leaseMs = 15_000;
/** Long enough that the servers stay alive for the whole measurement. */
const longLeaseMs = 3_600_000;
const journalKeepMs = 90 * 24 * 3_600_000;

interface Place {
  readonly count: number;
  readonly queue: LogoutQueue;
  readonly sweep: Sweep;
  readonly sideWatch: SideWatch;
  readonly found: Figures[];
}

interface Figures {
  readonly ms: number;
  readonly commands: number;
  readonly redisMs: number;
  /** Of the judgement of both sides alone. */
  readonly judgeMs: number;
}

async function main(): Promise<void> {
  const redis = await startOwnRedis();
  const address = { kind: 'single', endpoint: redis, db: 0, tls: false, user: undefined, password: undefined } as const;
  // One node has all peripherals, whichever is named.
  const open = (name: string, role: 'store' | 'queue'): RedisConnection =>
    connect(address, { name, role, log: noLog, peripheralId: 1 });
  const [storeConnection, queueConnection] = [open('bench-store', 'store'), open('bench-queue', 'queue')];
  const places: Place[] = [];
  try {
    for (const [number, count] of sizes.entries())
      places.push(await prepare(storeConnection, queueConnection, 5_001 + number, count));
    for (let round = 0; round <= rounds; round++) {
      for (const place of places) {
        const figures = await sweepOnce(place, storeConnection);
        // The first one only warms up.
        if (round > 0) place.found.push(figures);
      }
    }
    print(places);
  } finally {
    for (const { queue } of places) await queue.close();
    for (const connection of [storeConnection, queueConnection]) connection.disconnect();
    await redis.stop();
  }
}

async function prepare(
  store: RedisConnection,
  queueConnection: RedisConnection,
  peripheralId: number,
  count: number,
): Promise<Place> {
  const queue = createLogoutQueue(queueConnection, peripheralId);
  const servers = new ServerLeases(store, { peripheralId, leaseMs: longLeaseMs });
  for (const side of ['primary', 'secondary'] as const)
    for (const number of [1, 2]) await servers.renew(`${side}-${String(number)}`, side, '');
  const roll = new Roll(store, {
    peripheralId,
    onUnreadable: (error) => {
      throw error;
    },
  });
  await fill(store, peripheralId, count, due, await roll.now());
  const journal = new Journal(store, { peripheralId });
  const sides = new Sides(store, { peripheralId });
  const monotonicMs = (): number => performance.now();
  const sideWatch = new SideWatch({ sides, journal, policy: defaultPolicy.massLoss, monotonicMs, log: noLog });
  const sweep = new Sweep({
    ...{ peripheralId, roll, sideWatch, journal, journalKeepMs, log: noLog },
    servers: new ServerLeases(store, { peripheralId, leaseMs }),
    engine: { handle: () => Promise.reject(new Error('no server has lapsed here')) },
    wakeUps: new BullWakeUps(queue),
  });
  console.log(`${count.toLocaleString('en')} records are there, ${dueCount.toLocaleString('en')} of them due`);
  return { count, queue, sweep, sideWatch, found: [] };
}

/** As it is at its worst: every due record has lost its wake-up. */
async function sweepOnce({ queue, sweep, sideWatch }: Place, redis: RedisConnection): Promise<Figures> {
  await queue.obliterate({ force: true });
  // What a side watch has read is good for half a second; each sweep is to ask anew.
  await new Promise((resolve) => setTimeout(resolve, 600));
  const judgedAt = performance.now();
  await sideWatch.judge(Date.now());
  const judgeMs = performance.now() - judgedAt;
  await new Promise((resolve) => setTimeout(resolve, 600));
  const [before, beganAt] = [await effortOf(redis), performance.now()];
  const report = await sweep.run();
  const ms = performance.now() - beganAt;
  const after = await effortOf(redis);
  if (report.overdue !== dueCount) throw new Error(`a sweep found ${String(report.overdue)} of ${String(dueCount)}`);
  return { ms, judgeMs, commands: after.commands - before.commands, redisMs: after.ms - before.ms };
}

/** Commands that Redis carried out, those in scripts included, and its processor time. */
async function effortOf(redis: RedisConnection): Promise<{ commands: number; ms: number }> {
  const info = await redis.info('everything');
  const value = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  const seconds = value('used_cpu_user_main_thread') + value('used_cpu_sys_main_thread');
  return { commands: value('total_commands_processed'), ms: seconds * 1_000 };
}

function print(places: readonly Place[]): void {
  console.log(`medians of ${String(rounds)} sweeps each, in turn; every due record has lost its wake-up`);
  console.log('records     sweep ms  ratio | commands  ratio | Redis ms  ratio | judging both sides ms');
  const of = ({ found }: Place, pick: (figures: Figures) => number): number => median(found.map(pick));
  const [first] = places;
  if (first === undefined) return;
  for (const place of places) {
    const cell = (pick: (figures: Figures) => number, width: number): string =>
      `${of(place, pick).toFixed(0).padStart(width)}  ${(of(place, pick) / of(first, pick)).toFixed(2).padStart(5)}`;
    const columns = [cell(({ ms }) => ms, 8), cell(({ commands }) => commands, 8), cell(({ redisMs }) => redisMs, 8)];
    const judging = of(place, ({ judgeMs }) => judgeMs).toFixed(1);
    console.log(`${place.count.toLocaleString('en').padEnd(11)} ${columns.join(' | ')} | ${judging}`);
  }
}

void main();
