import { isNotConnectionError, type Job, Worker, type WorkerOptions } from 'bullmq';
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
  private answered = 0;
  private taken = 0;
  private underWay = 0;
  /** Each ends a wait of the loop without its answer. */
  private readonly waits = new Set<() => void>();

  /** Seconds. */
  override get maximumBlockTimeout(): number {
    return 1;
  }

  /** Why no job can be taken, by the last try; null: they can, or nobody has tried. */
  get fetchFault(): Error | null {
    return this.fault;
  }

  /** Answers that the loop has had to its question for a job, with a job or without. An idle loop gets about one a second. */
  get answers(): number {
    return this.answered + this.taken;
  }

  /** Jobs that were begun here. */
  get begun(): number {
    return this.taken;
  }

  /** Whether the loop asks for jobs now: with all places taken it does not. */
  get hasPlace(): boolean {
    return this.underWay < this.concurrency;
  }

  /**
   * Ends what the loop waits for, as if there were no job, and lets it ask again; starts a loop that has ended. A job that
   * an abandoned question brings late has no worker: its lock ends and it is given to another one, and the record decides
   * what may still be done. So this is safe at any time.
   */
  startAgain(): void {
    for (const end of this.waits) end();
    if (!this.isRunning() && !this.isPaused()) {
      this.run().catch((error: unknown) => {
        this.failed(error);
      });
    }
  }

  /** BullMQ's own limit for this wait includes a reconnection, which can last for ever. */
  protected override createBackend(): void {
    super.createBackend();
    const { backend } = this;
    const wait = backend.waitForJob.bind(backend);
    backend.waitForJob = (seconds) => this.abandonable(wait(seconds), null);
  }

  protected override async callProcessJob(
    job: Job<Data, Result, Name>,
    token: string,
    signal?: AbortSignal,
  ): Promise<Result> {
    this.taken += 1;
    this.underWay += 1;
    try {
      return await super.callProcessJob(job, token, signal);
    } finally {
      this.underWay -= 1;
    }
  }

  private abandonable<Answer, Nothing>(answer: Promise<Answer>, nothing: Nothing): Promise<Answer | Nothing> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        resolve(nothing);
      };
      this.waits.add(end);
      void answer.then(resolve, reject).finally(() => this.waits.delete(end));
    });
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
      const asked = super.moveToActive(token, name).then((job) => {
        this.answered += 1;
        return job;
      });
      const job = await this.abandonable(asked, noJob);
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

/** BullMQ's type leaves out that there may be none. */
const noJob = undefined as never;

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
