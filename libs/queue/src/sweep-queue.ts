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
