import { isNotConnectionError, Worker, type WorkerOptions } from 'bullmq';
import { type RedisConnection } from '#store/connection';
import { queuePrefix } from './logout-queue';

/**
 * A worker that looks for due jobs at least every second. BullMQ's own waits up to 10 s for a marker; when the worker
 * that held the marker was killed, the next delayed job came 8 s late.
 */
export class PromptWorker<Data = unknown, Result = unknown, Name extends string = string> extends Worker<
  Data,
  Result,
  Name
> {
  private fault: Error | null = null;

  /** Seconds. */
  override get maximumBlockTimeout(): number {
    return 1;
  }

  /** Why no job can be taken, by the last try; null: they can, or nobody has tried. */
  get fetchFault(): Error | null {
    return this.fault;
  }

  /**
   * Asked for each job, and about once a second while there is none. BullMQ asks again at once after any answer that is an error, which takes a
   * whole processor: so here a refusal takes its time.
   */
  protected override async moveToActive(
    token: string,
    name?: string,
  ): ReturnType<Worker<Data, Result, Name>['moveToActive']> {
    try {
      const job = await super.moveToActive(token, name);
      this.fault = null;
      return job;
    } catch (error) {
      this.failed(error);
      if (isNotConnectionError(error as Error)) await new Promise((resolve) => setTimeout(resolve, fetchRetryMs));
      throw error;
    }
  }

  /** What else BullMQ reports while it waits for a job: a refusal of the command that blocks is one. */
  failed(error: unknown): void {
    this.fault = error instanceof Error ? error : new Error(String(error));
  }
}

/** A job whose worker died is given to another one after this long, and the check for such jobs is as frequent. */
const lockMs = 5_000;
const stalledCheckMs = 5_000;
/** Crashes of workers that one job may survive; after that the sweep wakes its agent with a new one. */
const stalledCountMax = 5;
/** Pause after Redis refused to give a job. BullMQ's default of 15 s would be that late. */
const fetchRetryMs = 500;
/** Seconds that an idle worker waits at a time. */
const drainDelaySeconds = 1;

/** What every worker of ours has in common; said once. */
export const steadyOptions = {
  lockDuration: lockMs,
  lockRenewTime: lockMs / 2,
  stalledInterval: stalledCheckMs,
  maxStalledCount: stalledCountMax,
  drainDelay: drainDelaySeconds,
  runRetryDelay: fetchRetryMs,
} satisfies Partial<WorkerOptions>;

/**
 * Every option of a worker. `connection` has the role `queue`; the worker duplicates it to wait on. Work is mostly
 * waiting for answers from elsewhere, so `concurrency` may be high.
 */
export function workerOptions(
  connection: RedisConnection,
  peripheralId: number,
  options: { readonly concurrency: number; readonly name: string },
): WorkerOptions {
  return {
    connection,
    prefix: queuePrefix(peripheralId),
    name: options.name,
    concurrency: options.concurrency,
    autorun: true,
    ...steadyOptions,
  };
}
