import { type z } from 'zod';
import { type RedisConnection } from './connection';
import { asStoreError } from './store-error';

/** A process that has said nothing for so long is gone. */
export const silentMsMax = 60_000;

export interface Posted<T> {
  readonly processId: string;
  readonly said: T;
}

export interface ProcessBoardOptions<T> {
  readonly key: string;
  /** What a process says; `at` is when, by `now`. */
  readonly shape: z.ZodType<T & { readonly at: number }>;
  /** The time by which all processes of the board say it (epoch ms). */
  readonly now: () => Promise<number>;
}

/** A hash in Redis where each process says something of itself, again and again, and reads what the others said. */
export class ProcessBoard<T extends object> {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: ProcessBoardOptions<T>,
  ) {}

  /** Says it, and answers what the others said within a minute. Rejects with a StoreError. */
  async post(processId: string, said: T): Promise<Posted<T>[]> {
    const { key, now } = this.options;
    try {
      const at = await now();
      await this.redis.hset(key, processId, JSON.stringify({ ...said, at }));
      const posted = Object.entries(await this.redis.hgetall(key)).map(([id, text]) => ({ id, read: this.read(text) }));
      const gone = posted.filter(({ read }) => read === undefined || at - read.at > silentMsMax).map(({ id }) => id);
      if (gone.length > 0) await this.redis.hdel(key, ...gone);
      return posted.flatMap(({ id, read }) =>
        id === processId || read === undefined || gone.includes(id) ? [] : [{ processId: id, said: read }],
      );
    } catch (error) {
      throw asStoreError(key, error);
    }
  }

  /** This process is being stopped. */
  async withdraw(processId: string): Promise<void> {
    await this.redis.hdel(this.options.key, processId);
  }

  /** Anybody with access to Redis can write; what cannot be read counts as gone. */
  private read(text: string): (T & { readonly at: number }) | undefined {
    try {
      return this.options.shape.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }
}
