import { Queue } from 'bullmq';
import { type RedisConnection } from '#store/connection';
import { queuePrefix } from './logout-queue';

export const sweepQueueName = 'sweep';
export const sweepJobName = 'sweep';

/** The one scheduler of the queue: whoever sets it, there is one. */
const schedulerId = 'sweep';

/** Failed sweeps that are kept for Bull Board; the next one does the same work. */
const failedKeptMax = 20;

/** Events of the queue that are kept for its listeners; nobody of ours listens to them. */
const eventsKeptMax = 100;

export type SweepQueue = Queue;

/** Tells some worker, again and again, to look for overdue records and lapsed servers. `connection` has the role `queue`. */
export function createSweepQueue(connection: RedisConnection, peripheralId: number): SweepQueue {
  return new Queue(sweepQueueName, {
    connection,
    prefix: queuePrefix(peripheralId),
    // A failed sweep is not tried again: the next one comes by itself.
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: { count: failedKeptMax } },
    streams: { events: { maxLen: eventsKeptMax } },
  });
}

/** One sweep every `everyMs`, whoever asks for it and how often; another interval replaces the former. */
export async function scheduleSweep(queue: SweepQueue, everyMs: number): Promise<void> {
  await queue.upsertJobScheduler(
    schedulerId,
    { every: everyMs },
    { name: sweepJobName, data: {}, opts: { removeOnComplete: true, removeOnFail: { count: failedKeptMax } } },
  );
}

/** Between the time of a sweep and its beginning. */
const sweepLateMsMax = 1_000;

/** Whether a sweep that is due then was dated by a clock that is not the store's (`now`, epoch ms). */
export function isMisdated(dueAt: number, now: number, everyMs: number): boolean {
  return dueAt < now - sweepLateMsMax || dueAt > now + everyMs + sweepLateMsMax;
}

/**
 * BullMQ dates the next sweep by the clock of the worker that took the last one, and takes it by the clock of whoever
 * looks. One that should have begun by the store's clock, or is further away than the interval, begins now.
 */
export async function hurrySweep(queue: SweepQueue, everyMs: number, now: number): Promise<void> {
  for (const job of await queue.getDelayed())
    if (isMisdated(job.timestamp + job.delay, now, everyMs)) await job.promote();
}
