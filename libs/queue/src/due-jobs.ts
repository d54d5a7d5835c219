import { type RedisConnection } from '#store/connection';
import { scoreFactor, queuePrefix } from './logout-queue';

/** Jobs that some worker should have taken by now. */
export interface DueJobs {
  /** Delayed ones whose time has come, and those that wait for a worker. */
  readonly count: number;
  /** An operator has paused the queue: nobody takes them, on purpose. */
  readonly isPaused: boolean;
}

/**
 * Asks Redis by its own clock, over a connection that is not BullMQ's: what hangs there must not hang the question. A job
 * on its way to a worker is not counted for `slackMs`. Rejects when Redis does not answer.
 */
export async function dueJobs(
  redis: RedisConnection,
  queue: { readonly peripheralId: number; readonly name: string },
  slackMs: number,
): Promise<DueJobs> {
  const key = (kind: string): string => `${queuePrefix(queue.peripheralId)}:${queue.name}:${kind}`;
  const [seconds] = await redis.time();
  const before = Number(seconds) * 1_000 - slackMs;
  const [delayed, waiting, prioritized, paused] = await Promise.all([
    redis.zcount(key('delayed'), '-inf', before * scoreFactor),
    redis.llen(key('wait')),
    redis.zcard(key('prioritized')),
    redis.hexists(key('meta'), 'paused'),
  ]);
  return { count: delayed + waiting + prioritized, isPaused: paused === 1 };
}
