import { ReplyError } from 'ioredis';

/** What can go wrong with the queue, by code: what it means, whether trying again can help, and what a person can do. */
export const queueFaults = {
  QUEUE_UNREACHABLE: {
    sentence: 'Redis cannot be reached, so no wake-up can be set or taken back.',
    retriable: true,
    remedy: 'See whether Redis runs and whether REDIS_URL names it; the sweep makes good what was missed.',
  },
  QUEUE_SILENT: {
    sentence:
      'Redis does not answer, though the connection stands: whether the wake-up was set or taken back is not known.',
    retriable: true,
    remedy: 'See whether the network lets packets through; setting a wake-up twice is harmless.',
  },
  QUEUE_REFUSED: {
    sentence: 'Redis answered a command of the queue with an error.',
    retriable: true,
    remedy: 'Read the cause: memory (maxmemory with noeviction), rights (ACL) or a read-only replica.',
  },
} as const satisfies Record<string, { sentence: string; retriable: boolean; remedy: string }>;

export type QueueFault = keyof typeof queueFaults;

/** An operational error of the queue. Branch on `code`. */
export class QueueError extends Error {
  readonly retriable: boolean;
  readonly remedy: string;

  constructor(
    readonly code: QueueFault,
    readonly operation: string,
    cause: unknown,
  ) {
    const { sentence, retriable, remedy } = queueFaults[code];
    super(`${sentence} (${operation}) ${remedy}`, { cause });
    this.name = 'QueueError';
    this.retriable = retriable;
    this.remedy = remedy;
  }
}

/** An error of the client or of BullMQ as a QueueError. */
export function asQueueError(operation: string, cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  return new QueueError(cause instanceof ReplyError ? 'QUEUE_REFUSED' : 'QUEUE_UNREACHABLE', operation, cause);
}
