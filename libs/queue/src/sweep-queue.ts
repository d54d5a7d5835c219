import { Queue } from 'bullmq';
import { type RedisConnection } from '#store/connection';
import { queuePrefix } from './logout-queue';

export const sweepQueueName = 'sweep';

/** Tells some worker, again and again, to look for overdue records and lapsed servers. */
export function createSweepQueue(connection: RedisConnection, peripheralId: number): Queue {
  return new Queue(sweepQueueName, { connection, prefix: queuePrefix(peripheralId) });
}

/** One sweep every `everyMs`, whoever asks for it and how often. */
export async function scheduleSweep(queue: Queue, everyMs: number): Promise<void> {
  await queue.upsertJobScheduler('sweep', { every: everyMs }, { name: 'sweep' });
}
