import { ErrorCode, type Job, Worker } from 'bullmq';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { type SweepScheduleUnderTest } from '#queue/contract/sweep-schedule.spec-support';
import {
  type JobState,
  type TakenJob,
  type WakeUpsUnderTest,
  type WorkerUnderTest,
} from '#queue/contract/queue-under-test.spec-support';
import {
  createLogoutQueue,
  type LogoutQueue,
  logoutQueueName,
  queuePrefix,
  type WakeUpData,
  wakeUpJobId,
} from '#queue/logout-queue';
import { steadyOptions } from '#queue/prompt-worker';
import { createSweepQueue, hurrySweep, scheduleSweep, type SweepQueue, sweepQueueName } from '#queue/sweep-queue';
import { peripheralId } from '#store/contract/agents.spec-support';
import { type StoreClock } from '#store/contract/under-test.spec-support';
import { type RedisConnection } from '#store/connection';

const realNow = Date.now.bind(Date);

/** While `act` goes on, this is the clock of this process: BullMQ asks no other one. */
export async function byClock<T>(clock: () => number, act: () => Promise<T>): Promise<T> {
  Date.now = clock;
  try {
    return await act();
  } finally {
    Date.now = realNow;
  }
}

/** What BullMQ says to a worker that has a job no more. */
const lostJobCodes: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
];

async function unlessLost(order: () => Promise<unknown>): Promise<boolean> {
  try {
    await order();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && lostJobCodes.includes(error.code)) return false;
    throw error;
  }
}

/** A worker of BullMQ that takes a job when it is told to, and does with it what the test says. */
export class ManualWorker implements WorkerUnderTest {
  private readonly worker: Worker<WakeUpData>;
  /** Job ids by the tokens of their locks. */
  private readonly locks = new Map<string, string>();
  private tokens = 0;

  constructor(
    connection: RedisConnection,
    private readonly options: { readonly name: string; readonly clock: () => number; readonly lockMs: number },
  ) {
    const { lockMs } = options;
    this.worker = new Worker<WakeUpData>(logoutQueueName, null, {
      ...steadyOptions,
      ...{ connection, prefix: queuePrefix(peripheralId), autorun: false },
      ...{ lockDuration: lockMs, lockRenewTime: lockMs / 2, stalledInterval: lockMs },
    });
    this.worker.on('error', () => undefined);
  }

  now(): Promise<number> {
    return Promise.resolve(this.options.clock());
  }

  take(): Promise<TakenJob | undefined> {
    return this.asIts(async () => {
      const token = `${this.options.name}-${String(++this.tokens)}`;
      const job = await next(this.worker, token);
      if (job?.id === undefined) return undefined;
      if (isGivenUp(job)) {
        await this.worker.processJob(job, token, () => false);
        return undefined;
      }
      this.locks.set(token, job.id);
      return this.taken(job, token);
    });
  }

  async renewLocks(): Promise<void> {
    const [ids, tokens] = [[...this.locks.values()], [...this.locks.keys()]];
    if (ids.length > 0) await this.worker.extendJobLocks(ids, tokens, this.options.lockMs);
  }

  /** What the worker's own timer calls; it is private there. */
  checkStalled(): Promise<void> {
    return (this.worker as unknown as { moveStalledJobsToWait(): Promise<void> }).moveStalledJobsToWait();
  }

  close(): Promise<void> {
    return this.worker.close(true);
  }

  private taken(job: Job<WakeUpData>, token: string): TakenJob {
    const finish = (order: () => Promise<unknown>): Promise<boolean> => {
      this.locks.delete(token);
      return this.asIts(() => unlessLost(order));
    };
    return {
      ...job.data,
      complete: () => finish(() => job.moveToCompleted(undefined, token, false)),
      fail: () => finish(() => job.moveToFailed(new Error('of the test'), token, false)),
      putBack: (at, lookAt) =>
        finish(async () => {
          if (lookAt !== null) await job.updateProgress({ lookAt: new Date(lookAt).toISOString() });
          await job.moveToDelayed(at, token);
        }),
    };
  }

  private asIts<T>(act: () => Promise<T>): Promise<T> {
    return byClock(this.options.clock, act);
  }
}

/** Undefined where there is none, which BullMQ's types do not say. */
function next<Data>(worker: Worker<Data>, token: string): Promise<Job<Data> | undefined> {
  return worker.getNextJob(token, { block: false });
}

/** It is not handed to the processor any more; again the types know only the one case. */
function isGivenUp({ deferredFailure }: { readonly deferredFailure: string | undefined }): boolean {
  return deferredFailure !== undefined;
}

/** Longer than any test. */
const lastingMs = 600_000;

/** The queue of wake-ups in Redis as its contract asks for it; empty at first. */
export class BullUnderTest implements WakeUpsUnderTest {
  readonly lockMs: number;
  readonly wakeUps: WakeUpsUnderTest['wakeUps'];
  private readonly queue: LogoutQueue;
  private readonly workers: ManualWorker[] = [];
  private aheadMs = 0;

  private constructor(
    private readonly connection: RedisConnection,
    readonly clock: StoreClock,
    lockMs: number,
  ) {
    this.lockMs = lockMs;
    this.queue = createLogoutQueue(connection, peripheralId);
    const whole = new BullWakeUps(this.queue);
    const asIts = <T>(act: () => Promise<T>): Promise<T> => byClock(() => realNow() + this.aheadMs, act);
    this.wakeUps = {
      arm: (key, epoch, at, now) => asIts(() => whole.arm(key, epoch, at, now)),
      ensure: (key, epoch, now) => asIts(() => whole.ensure(key, epoch, now)),
      disarm: (key, epoch) => asIts(() => whole.disarm(key, epoch)),
      wakeNow: (key, epoch) => whole.wakeNow(key, epoch),
    };
  }

  static async start(connection: RedisConnection, clock: StoreClock, lockMs = lastingMs): Promise<BullUnderTest> {
    await connection.flushall();
    return new BullUnderTest(connection, clock, lockMs);
  }

  setClockAhead(ms: number): void {
    this.aheadMs = ms;
  }

  worker(aheadMs = 0): ManualWorker {
    const name = `worker-${String(this.workers.length)}`;
    const clock = (): number => realNow() + aheadMs;
    const worker = new ManualWorker(this.connection, { name, clock, lockMs: this.lockMs });
    this.workers.push(worker);
    return worker;
  }

  async stateOf(agentId: string, epoch: number): Promise<JobState> {
    return (await this.queue.getJobState(wakeUpJobId(agentId, epoch))) as JobState;
  }

  dueAt(agentId: string, epoch: number): Promise<number | null> {
    return this.queue.dueAt(wakeUpJobId(agentId, epoch));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await this.queue.close();
  }
}

const everyMs = 10_000;

/** The queue of sweeps in Redis. */
export class BullSweeps implements SweepScheduleUnderTest {
  readonly everyMs = everyMs;
  private readonly worker: Worker;
  private tokens = 0;

  private constructor(
    private readonly queue: SweepQueue,
    connection: RedisConnection,
    readonly clock: StoreClock,
  ) {
    const options = { connection, prefix: queuePrefix(peripheralId), autorun: false };
    this.worker = new Worker(sweepQueueName, null, { ...steadyOptions, ...options });
  }

  static async start(connection: RedisConnection, clock: StoreClock): Promise<BullSweeps> {
    await connection.flushall();
    return new BullSweeps(createSweepQueue(connection, peripheralId), connection, clock);
  }

  schedule(aheadMs = 0): Promise<void> {
    return byClock(
      () => realNow() + aheadMs,
      () => scheduleSweep(this.queue, everyMs),
    );
  }

  async hurry(): Promise<void> {
    await hurrySweep(this.queue, everyMs, await this.clock.now());
  }

  take(aheadMs = 0): Promise<boolean> {
    const take = async (): Promise<boolean> => {
      const token = String(++this.tokens);
      const job = await next(this.worker, token);
      await job?.moveToCompleted(undefined, token, false);
      return job !== undefined;
    };
    return byClock(() => realNow() + aheadMs, take);
  }

  async dueAt(): Promise<number | null> {
    const [job] = await this.queue.getDelayed();
    return job === undefined ? null : job.timestamp + job.delay;
  }

  async stop(): Promise<void> {
    await this.worker.close(true);
    await this.queue.close();
  }
}
