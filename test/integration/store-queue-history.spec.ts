import fc from 'fast-check';
import { BullWakeUps } from '#queue/bull-wake-ups';
import {
  type TakenJob,
  type WakeUpsUnderTest,
  type WorkerUnderTest,
} from '#queue/contract/queue-under-test.spec-support';
import { createLogoutQueue, type LogoutQueue, wakeUpJobId } from '#queue/logout-queue';
import { steadyOptions } from '#queue/prompt-worker';
import { peripheralId } from '#store/contract/agents.spec-support';
import { type RedisConnection } from '#store/connection';
import { DirectDouble } from '../sim/contract/direct-double';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { seedCommands, SeededRedis } from './seeded-redis.spec-support';
import { connectTo } from './store-contract.spec-support';
import { aheadOfWorkers, type HistoryQueue, QueueHistory, queueStep } from './store-queue-history.spec-support';
import { byClock, ManualWorker } from './store-wake-ups.spec-support';

/** Always the same ones: a history that nobody has seen before would fail for a fault that another commit made. */
const seed = 20_261_129;
const histories = 150;
const stepsMax = 60;

let server: RedisProcess;
let connection: RedisConnection;
let clock: SeededRedis;
let queue: LogoutQueue;
let workers: readonly ManualWorker[];

beforeAll(async () => {
  server = await startRedis({ aof: false });
  connection = connectTo(server.port, 'queue');
  seedCommands(connection);
  clock = new SeededRedis(connection, new DirectDouble(1, { perMinuteMax: 1, perSecondMax: null }).nowMs);
  queue = createLogoutQueue(connection, peripheralId);
  const { lockDuration: lockMs } = steadyOptions;
  workers = aheadOfWorkers.map((aheadMs, n) => {
    const name = `worker-${String(n)}`;
    return new ManualWorker(connection, { name, clock: () => clock.nowMs + aheadMs, lockMs });
  });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await queue.close();
  connection.disconnect();
  await server.stop();
});

/** By the clock of the process that gives orders. */
function orders(whole: BullWakeUps, now: () => number): Pick<WakeUpsUnderTest, 'wakeUps' | 'setClockAhead'> {
  let aheadMs = 0;
  const asIts = <T>(act: () => Promise<T>): Promise<T> => byClock(() => now() + aheadMs, act);
  return {
    setClockAhead: (ms) => {
      aheadMs = ms;
    },
    wakeUps: {
      arm: (key, epoch, at, store) => asIts(() => whole.arm(key, epoch, at, store)),
      ensure: (key, epoch, store) => asIts(() => whole.ensure(key, epoch, store)),
      disarm: (key, epoch) => asIts(() => whole.disarm(key, epoch)),
      wakeNow: (key, epoch) => asIts(() => whole.wakeNow(key, epoch)),
    },
  };
}

/** BullMQ in a real Redis, both by the seeded clock; empty. */
async function bullQueue(): Promise<HistoryQueue> {
  await clock.connection.flushall();
  return {
    ...orders(new BullWakeUps(queue), () => clock.nowMs),
    workers,
    get nowMs() {
      return clock.nowMs;
    },
    advance: (ms) => clock.advance(ms),
    stateOf: async (agentId, epoch) => {
      const state = await queue.getJobState(wakeUpJobId(agentId, epoch));
      return state as Awaited<ReturnType<HistoryQueue['stateOf']>>;
    },
    dueAt: (agentId, epoch) => queue.dueAt(wakeUpJobId(agentId, epoch)),
  };
}

/** The simulation's double of it, at the same time. */
async function doubleQueue(): Promise<HistoryQueue> {
  const double = new DirectDouble(1, { perMinuteMax: 1, perSecondMax: null });
  await double.advance(clock.nowMs - double.nowMs);
  return {
    ...orders(double.wakeUps, () => double.nowMs),
    workers: aheadOfWorkers.map((aheadMs) => workerOf(double, aheadMs)),
    get nowMs() {
      return double.nowMs;
    },
    advance: (ms) => double.advance(ms),
    stateOf: (agentId, epoch) => Promise.resolve(double.jobs.stateOf(wakeUpJobId(agentId, epoch))),
    dueAt: (agentId, epoch) => Promise.resolve(double.jobs.datesOf(wakeUpJobId(agentId, epoch))?.dueAt ?? null),
  };
}

function workerOf(double: DirectDouble, aheadMs: number): WorkerUnderTest {
  const worker = double.worker();
  const now = (): number => double.nowMs + aheadMs;
  const asIts = <T>(act: () => Promise<T>): Promise<T> => byClock(now, act);
  const orderOf = (id: string, token: number): Pick<TakenJob, 'complete' | 'fail' | 'putBack'> => ({
    complete: () => asIts(() => worker.complete(id, token)),
    fail: () => asIts(() => worker.fail(id, token)),
    putBack: async (at, lookAt) => {
      if (lookAt !== null) await worker.noteProgress(id, lookAt);
      return asIts(() => worker.moveToDelayed(id, token, at));
    },
  });
  return {
    now: () => Promise.resolve(now()),
    take: async () => {
      const [first] = (await asIts(() => worker.take(1, () => undefined))).taken;
      return first === undefined ? undefined : { ...first.job.data, ...orderOf(first.job.id, first.token) };
    },
    renewLocks: () => worker.renewLocks(),
    checkStalled: () => worker.checkStalled(),
  };
}

describe('any history of wake-ups', () => {
  it('gets the same answers from the simulation’s double of BullMQ as from BullMQ', async () => {
    let steps = 0;
    const anySteps = fc.array(queueStep, { maxLength: stepsMax, size: 'max' });
    const sameAnswers = fc.asyncProperty(anySteps, async (history) => {
      const [ofDouble, ofBull] = [new QueueHistory(await doubleQueue()), new QueueHistory(await bullQueue())];
      for (const each of history) {
        steps += 1;
        expect(await ofDouble.carryOut(each)).toEqual(await ofBull.carryOut(each));
        if (ofDouble.isOpen) break;
      }
    });
    await fc.assert(sameAnswers, { numRuns: histories, seed });
    process.stdout.write(`${String(histories)} histories of wake-ups, ${String(steps)} steps\n`);
  });
});
