import { type JobsOptions, Queue } from 'bullmq';
import { type RedisConnection } from '#store/connection';

export const logoutQueueName = 'logout';
export const wakeUpJobName = 'wake-up';

/** A job holds ids and the epoch, nothing else: what is to be done is in the agent's record. */
export interface WakeUpData {
  readonly agentId: string;
  readonly epoch: number;
}

/**
 * A processor rejects only when the store or the queue is away; then it is tried again for about half a minute. After
 * that the job has failed, is kept for Bull Board, and the sweep takes over.
 */
const wakeUpAttemptsMax = 8;
const wakeUpBackOffMs = 250;
const failedKeptMax = 1_000;

/** Events of the queue that are kept for its listeners; nobody of ours listens to them. */
const eventsKeptMax = 1_000;

/** Written into every job, so it is kept short: each further option costs each add about a microsecond. */
export const wakeUpJobOptions = {
  attempts: wakeUpAttemptsMax,
  backoff: { type: 'exponential', delay: wakeUpBackOffMs },
  removeOnComplete: true,
  removeOnFail: failedKeptMax,
} as const satisfies JobsOptions;

/** BullMQ keeps a delayed job under its due time (epoch ms) times this, plus a count that orders equal times. */
export const scoreFactor = 0x1000;

/** How long a wake-up may lie there after its time, on its way to a worker. */
export const lateMsMax = 1_000;

/** When a delayed job is due by its date, and by what the processor that put it back wrote down (epoch ms, store's clock). */
export interface Dates {
  readonly dueAt: number;
  readonly lookAt: number | null;
}

/**
 * Whether a job should have been looked at by now (epoch ms, store's clock). Its date is that of the clock of the worker
 * that put it back, and counts only where nothing better is known.
 */
export function isLate({ dueAt, lookAt }: Dates, now: number): boolean {
  return (lookAt ?? dueAt) < now - lateMsMax;
}

/** Prefix of all queues of a peripheral: a hash tag, so that they share the slot of its records. */
export function queuePrefix(peripheralId: number): string {
  return `{${String(peripheralId)}}`;
}

/** `logout-<agentId>-<epoch>`: arming twice gives one job. BullMQ allows no colon in it. */
export function wakeUpJobId(agentId: string, epoch: number): string {
  return `logout-${agentId.replaceAll(':', '%3A')}-${String(epoch)}`;
}

/** The queue of wake-ups of one peripheral. */
export class LogoutQueue extends Queue<WakeUpData, unknown, typeof wakeUpJobName> {
  constructor(
    private readonly redis: RedisConnection,
    peripheralId: number,
  ) {
    super(logoutQueueName, {
      connection: redis,
      prefix: queuePrefix(peripheralId),
      defaultJobOptions: wakeUpJobOptions,
      streams: { events: { maxLen: eventsKeptMax } },
    });
  }

  /** How many of these jobs exist, in whatever state. Sent before anything that is asked of the queue afterwards. */
  countExisting(jobIds: readonly string[]): Promise<number> {
    return this.redis.exists(...jobIds.map((jobId) => this.toKey(jobId)));
  }

  /** When a delayed job is due (epoch ms), or null when it is not delayed. */
  async dueAt(jobId: string): Promise<number | null> {
    const score = await this.redis.zscore(this.toKey('delayed'), jobId);
    return score === null ? null : Math.floor(Number(score) / scoreFactor);
  }

  /** Of a delayed job; null when it is not delayed. */
  async datesOf(jobId: string): Promise<Dates | null> {
    const [dueAt, progress] = await Promise.all([this.dueAt(jobId), this.redis.hget(this.toKey(jobId), 'progress')]);
    return dueAt === null ? null : { dueAt, lookAt: readLookAt(progress) };
  }
}

/** What a processor told with `updateProgress`, if it told when it looks again. */
function readLookAt(progress: string | null): number | null {
  if (progress === null) return null;
  const told: unknown = JSON.parse(progress);
  const lookAt = typeof told === 'object' && told !== null && 'lookAt' in told ? told.lookAt : null;
  return typeof lookAt === 'string' ? Date.parse(lookAt) : null;
}

/** `connection` has the role `queue`; it is not closed with the queue. */
export function createLogoutQueue(connection: RedisConnection, peripheralId: number): LogoutQueue {
  return new LogoutQueue(connection, peripheralId);
}
