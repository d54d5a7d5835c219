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
 * Asks Redis over a connection that is not BullMQ's: what hangs there must not hang the question. A delayed job counts when
 * its time has come both for Redis and for this process, since BullMQ takes it by the clock of the process: where the two
 * differ, nothing is wrong with the loop. A job on its way to a worker is not counted for `slackMs`. Rejects when Redis
 * does not answer.
 *
 * @param ownNow the clock of this process, epoch ms
 */
export async function dueJobs(
  redis: RedisConnection,
  queue: { readonly peripheralId: number; readonly name: string },
  { slackMs, ownNow }: { readonly slackMs: number; readonly ownNow: number },
): Promise<DueJobs> {
  const key = (kind: string): string => `${queuePrefix(queue.peripheralId)}:${queue.name}:${kind}`;
  const [seconds] = await redis.time();
  const before = Math.min(Number(seconds) * 1_000, ownNow) - slackMs;
  const [delayed, waiting, prioritized, paused] = await Promise.all([
    redis.zcount(key('delayed'), '-inf', before * scoreFactor),
    redis.llen(key('wait')),
    redis.zcard(key('prioritized')),
    redis.hexists(key('meta'), 'paused'),
  ]);
  return { count: delayed + waiting + prioritized, isPaused: paused === 1 };
}
