import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { asStoreError } from './store-error';

/** Beyond that the session that would end first ends now: nobody fills Redis by signing in. */
const sessionsMax = 1_000;

/**
 * The open sessions of the console, by their ids, so that one that ends is over on every console. An id alone opens
 * nothing: a session is the signed cookie that names it. All methods reject with a StoreError.
 */
export class ConsoleSessions {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Begins a session. @param now, until epoch ms by one clock, that of the console */
  async begin(id: string, now: number, until: number): Promise<void> {
    const key = this.keys.consoleSessions;
    const commands = this.redis
      .multi()
      .zremrangebyscore(key, '-inf', now)
      .zadd(key, until, id)
      .zremrangebyrank(key, 0, -sessionsMax - 1)
      .pexpire(key, until - now);
    await allOf('begin of a session', commands);
  }

  /** Those of these ids whose sessions are open. */
  async openOf(ids: readonly string[], now: number): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const ends = await this.ask('sessions', this.redis.zmscore(this.keys.consoleSessions, ...ids));
    return new Set(ids.filter((_id, index) => Number(ends[index] ?? 0) > now));
  }

  async end(id: string): Promise<void> {
    await this.ask('end of a session', this.redis.zrem(this.keys.consoleSessions, id));
  }

  /** Ends all sessions; answers how many were open. */
  async endAll(now: number): Promise<number> {
    const key = this.keys.consoleSessions;
    const commands = this.redis
      .multi()
      .zcount(key, `(${String(now)}`, '+inf')
      .del(key);
    const [count] = await allOf('end of all sessions', commands);
    return Number(count);
  }

  private async ask<T>(operation: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError(operation, error);
    }
  }
}
