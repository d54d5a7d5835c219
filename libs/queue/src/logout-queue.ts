import { type JobsOptions, Queue } from 'bullmq';
import { type RedisConnection } from '#store/connection';

export const logoutQueueName = 'logout';
export const wakeUpJobName = 'wake-up';

/** A job holds ids and the epoch, nothing else: what is to be done is in the agent's record. */
export interface WakeUpData {
  readonly agentId: string;
  readonly epoch: number;
}

export type LogoutQueue = Queue<WakeUpData, unknown, typeof wakeUpJobName>;

/**
 * A processor rejects only when the store or the queue is away; then it is tried again for about a minute. After
 * that the job has failed, is kept for a day for Bull Board, and the sweep takes over.
 */
const wakeUpAttemptsMax = 8;
const wakeUpBackOffMs = 250;
const failedKeptMaxSeconds = 24 * 60 * 60;
const failedKeptMax = 1_000;

/** Events of the queue that are kept for its listeners; nobody of ours listens to them. */
const eventsKeptMax = 1_000;

export const wakeUpJobOptions = {
  attempts: wakeUpAttemptsMax,
  // With jitter, so that a thousand losses that failed together do not come back together.
  backoff: { type: 'exponential', delay: wakeUpBackOffMs, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: failedKeptMaxSeconds, count: failedKeptMax },
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/** Prefix of all queues of a peripheral: a hash tag, so that they share the slot of its records. */
export function queuePrefix(peripheralId: number): string {
  return `{${String(peripheralId)}}`;
}

/** `logout-<agentId>-<epoch>`: arming twice gives one job. An agent id has no colon, which BullMQ refuses in a job id. */
export function wakeUpJobId(agentId: string, epoch: number): string {
  return `logout-${agentId}-${String(epoch)}`;
}

/** The queue of wake-ups of one peripheral. `connection` has the role `queue`; it is not closed with the queue. */
export function createLogoutQueue(connection: RedisConnection, peripheralId: number): LogoutQueue {
  return new Queue<WakeUpData, unknown, typeof wakeUpJobName>(logoutQueueName, {
    connection,
    prefix: queuePrefix(peripheralId),
    defaultJobOptions: wakeUpJobOptions,
    streams: { events: { maxLen: eventsKeptMax } },
  });
}
