import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { countWrongPasswordLua } from './lua/count-wrong-password.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

/** As Finesse: five wrong passwords in a row block the agent for five minutes. */
export const wrongPasswordsMax = 5;
export const blockedMs = 300_000;

const countScript = new Script('count-wrong-password', countWrongPasswordLua);

/**
 * Wrong passwords of agents, counted where both sides see them. Names that are none are counted alike, so that nobody
 * learns from a block who exists; every count ends by itself, and no more are made than passwords can be checked.
 * Rejects with a StoreError.
 */
export class WrongPasswords {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** How long the agent is blocked from now on; 0 when it is not. */
  async blockedForMs(agentId: string): Promise<number> {
    const key = this.keys.wrongPasswords(agentId);
    try {
      const count = Number(await this.redis.get(key));
      return count < wrongPasswordsMax ? 0 : Math.max(1, await this.redis.pttl(key));
    } catch (error) {
      throw asStoreError('wrong passwords', error);
    }
  }

  /** Counts a try as a wrong one, before it is looked at. Answers whether it may be looked at. */
  async begin(agentId: string): Promise<boolean> {
    const keys = [this.keys.wrongPasswords(agentId)];
    return ((await countScript.run(this.redis, keys, [wrongPasswordsMax, blockedMs])) as number) <= wrongPasswordsMax;
  }

  /** It was the right one: the next wrong one is the first. */
  async forget(agentId: string): Promise<void> {
    try {
      await this.redis.del(this.keys.wrongPasswords(agentId));
    } catch (error) {
      throw asStoreError('wrong passwords', error);
    }
  }
}
