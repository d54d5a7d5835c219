import { createHash } from 'node:crypto';
import { ReplyError } from 'ioredis';
import { type RedisConnection } from './connection';
import { asStoreError } from './store-error';

export type ScriptArgument = string | number;

/**
 * One Lua script: one atomic transition. Sent by its digest; a server that does not know it (a new one, after a
 * restart or failover) is given the text, once.
 */
export class Script {
  private readonly sha: string;

  constructor(
    readonly name: string,
    readonly lua: string,
  ) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Rejects with a StoreError. The caller reads the answer: what it is, the script's header says. */
  async run(redis: RedisConnection, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw asStoreError(this.name, error, this.lua);
    }
    try {
      return await redis.eval(this.lua, keys.length, ...keys, ...args);
    } catch (error) {
      throw asStoreError(this.name, error, this.lua);
    }
  }
}

/** Redis has no codes beside the first word of an error. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof ReplyError && (error as Error).message.startsWith('NOSCRIPT');
}
