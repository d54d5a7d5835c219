import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisProcess } from '../kit/redis/redis-server';

/** What lies in the append-only folder now, to be put back later. */
export async function copyData(redis: RedisProcess, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await cp(redis.dir, folder, { recursive: true });
}

export async function putBackData(redis: RedisProcess, folder: string): Promise<void> {
  await rm(join(redis.dir, 'appendonlydir'), { recursive: true, force: true });
  await cp(folder, redis.dir, { recursive: true });
}

/** A command over a connection of its own, such as one that Redis stands still for. */
export async function ask(port: number, ...words: string[]): Promise<unknown> {
  const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return await redis.call(words[0] ?? 'PING', ...words.slice(1));
  } finally {
    redis.disconnect();
  }
}
