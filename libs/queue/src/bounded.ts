import { QueueError } from './queue-error';

/** BullMQ's commands wait for ever by themselves. Longer than a fail-over of Redis that goes well. */
export const operationMsMax = 10_000;

/** The same promise, or QUEUE_SILENT after `msMax`; what was asked for may still happen. */
export async function bounded<T>(operation: string, work: Promise<T>, msMax = operationMsMax): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new QueueError('QUEUE_SILENT', operation, undefined));
    }, msMax);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    // A late failure has nobody left to tell.
    work.catch(() => undefined);
  }
}
