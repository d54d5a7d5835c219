import { median } from 'simple-statistics';
import { defaultPolicy } from '#domain/policy';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { LeftOutLines } from '../../apps/worker/src/left-out-lines';
import { judgementMsMax, SideWatch } from '../../apps/worker/src/side-watch';
import { Sweep } from '../../apps/worker/src/sweep';
import { type Cell, defineBench, type Result } from '../bench';
import { noLog, pause, startOwnRedis } from '../kit';
import { count, countText, spread } from '../report/figure';
import { interleaved, ratios } from '../rounds';
import { openConnection, redisEffort } from './engine-on-redis';
import { type DueRecords, fill } from './sweep-records';

interface Size {
  readonly rounds: number;
  /** How many records each peripheral has. */
  readonly records: readonly number[];
  readonly due: DueRecords;
}

interface Peripheral {
  readonly queue: LogoutQueue;
  readonly sweep: Sweep;
  readonly sideWatch: SideWatch;
}

interface Turn {
  readonly ms: number;
  readonly commands: number;
  readonly redisMs: number;
  /** Of judging both sides for a mass loss alone. */
  readonly judgeMs: number;
}

const leaseMs = 15_000;
/** Long enough that the servers stay alive for the whole measurement. */
const longLeaseMs = 3_600_000;
const journalKeepMs = 90 * 24 * 3_600_000;
/** What a side watch has read is good for `judgementMsMax`; each sweep is to read for itself. */
const forgetMs = judgementMsMax + 100;
const firstPeripheralId = 5_001;

/**
 * The peripherals are in one Redis and are swept in turn, so that a slow moment of the machine slows all of them. A
 * sweep is measured at its worst: every due record has lost its wake-up.
 */
export const bench = defineBench<Size>({
  name: 'sweep',
  measures: 'What one sweep costs when the same number of records is due among ever more of them.',
  wholeMinutes: 3,
  sizes: {
    small: { rounds: 1, records: [500, 2_000], due: { grace: 40, held: 20, issuing: 10 } },
    whole: { rounds: 5, records: [10_000, 100_000, 1_000_000], due: { grace: 2_000, held: 1_000, issuing: 500 } },
  },
  run: async (size) => {
    const redis = await startOwnRedis();
    // One node has all peripherals, whichever the connection is named after.
    const [store, queueConnection] = [openConnection(redis, 'store'), openConnection(redis, 'queue')];
    const peripherals: Peripheral[] = [];
    const faults: string[] = [];
    try {
      for (const [place, records] of size.records.entries()) {
        const peripheralId = firstPeripheralId + place;
        await fill(store, peripheralId, records, size.due, Date.now());
        peripherals.push(await openPeripheral(store, queueConnection, peripheralId));
      }
      const turns = size.records.map((records, place) => {
        const turn = (): Promise<Turn> => sweepOnce(peripherals[place]!, store, size.due, faults);
        return [String(records), turn] as const;
      });
      const found = await interleaved({ rounds: size.rounds, warmUps: 1 }, Object.fromEntries(turns));
      return resultOf(size, found, faults);
    } finally {
      for (const { queue } of peripherals) await queue.close();
      for (const connection of [store, queueConnection]) connection.disconnect();
      await redis.stop();
    }
  },
});

function dueCountOf({ grace, held, issuing }: DueRecords): number {
  return grace + held + issuing;
}

function resultOf({ rounds, due }: Size, found: Readonly<Record<string, readonly Turn[]>>, faults: string[]): Result {
  const [smallest = []] = Object.values(found);
  const ratioOf = (turns: readonly Turn[], pick: (turn: Turn) => number): Cell =>
    spread(ratios(turns.map(pick), smallest.map(pick)));
  return {
    rounds,
    setup: `${countText(dueCountOf(due))} due records in each peripheral, two servers on each side`,
    tables: [
      {
        caption: '',
        columns: ['records', 'sweep, ms', 'commands', 'CPU of Redis, ms', 'ratio', 'judging the sides, ms'],
        rows: Object.entries(found).map(([records, turns]): Cell[] => [
          count(Number(records)),
          spread(turns.map(({ ms }) => ms)),
          count(median(turns.map(({ commands }) => commands))),
          spread(turns.map(({ redisMs }) => redisMs)),
          ratioOf(turns, ({ redisMs }) => redisMs),
          spread(turns.map(({ judgeMs }) => judgeMs)),
        ]),
      },
    ],
    notes: [],
    faults,
  };
}

async function openPeripheral(
  store: RedisConnection,
  queueConnection: RedisConnection,
  peripheralId: number,
): Promise<Peripheral> {
  const queue = createLogoutQueue(queueConnection, peripheralId);
  const servers = new ServerLeases(store, { peripheralId, leaseMs: longLeaseMs });
  for (const side of ['primary', 'secondary'] as const)
    for (const number of [1, 2]) await servers.renew(`${side}-${String(number)}`, side, '');
  const onUnreadable = (error: Error): never => {
    throw error;
  };
  const roll = new Roll(store, { peripheralId, onUnreadable });
  const journal = new Journal(store, { peripheralId });
  const sides = new Sides(store, { peripheralId });
  const monotonicMs = (): number => performance.now();
  const sideWatch = new SideWatch({ sides, journal, policy: defaultPolicy.massLoss, monotonicMs, log: noLog });
  const sweep = new Sweep({
    ...{ peripheralId, roll, sideWatch, journal, journalKeepMs, log: noLog },
    leftOutLines: new LeftOutLines({ journal, log: noLog, monotonicMs }),
    servers: new ServerLeases(store, { peripheralId, leaseMs }),
    engine: { handle: () => Promise.reject(new Error('no server has lapsed here')) },
    wakeUps: new BullWakeUps(queue),
    clock: { look: () => Promise.resolve(), unsettled: () => null },
    leaseMs,
  });
  return { queue, sweep, sideWatch };
}

async function sweepOnce(
  { queue, sweep, sideWatch }: Peripheral,
  redis: RedisConnection,
  due: DueRecords,
  faults: string[],
): Promise<Turn> {
  await queue.obliterate({ force: true });
  await pause(forgetMs);
  const judgedAt = performance.now();
  await sideWatch.judge(Date.now());
  const judgeMs = performance.now() - judgedAt;
  await pause(forgetMs);
  const [before, startedAt] = [await redisEffort(redis), performance.now()];
  const report = await sweep.run();
  const ms = performance.now() - startedAt;
  const after = await redisEffort(redis);
  const dueCount = dueCountOf(due);
  if (report.overdue !== dueCount)
    faults.push(`a sweep found ${String(report.overdue)} of ${String(dueCount)} records`);
  const wakeUps = await queue.getJobCountByTypes('delayed', 'wait', 'prioritized');
  if (wakeUps !== dueCount) faults.push(`a sweep gave ${String(wakeUps)} of ${String(dueCount)} records a wake-up`);
  return { ms, judgeMs, commands: after.commands - before.commands, redisMs: (after.us - before.us) / 1_000 };
}
