import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { countUnionLua } from './lua/count-union.lua';
import { holdSideLua } from './lua/hold-side.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface SideHold {
  readonly side: Side;
  readonly by: string;
  /** Epoch ms, Redis time. */
  readonly since: number;
}

const holdScript = new Script('hold-side', holdSideLua);
const countUnionScript = new Script('count-union', countUnionLua);

/** What is known of a whole side: whether an operator holds it, how many agents are present, how many were lost. */
export class Sides {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** True when this call began the hold; a side that is held already stays held, since then and by whom it was. */
  async hold(side: Side, by: string): Promise<boolean> {
    return (await holdScript.run(this.redis, [this.keys.holds], [side, by])) === 1;
  }

  /** True when there was a hold to end. */
  async release(side: Side): Promise<boolean> {
    return (await this.ask('release side', this.redis.hdel(this.keys.holds, side))) === 1;
  }

  async holds(): Promise<SideHold[]> {
    const fields = await this.ask('holds', this.redis.hgetall(this.keys.holds));
    return Object.entries(fields).flatMap(([side, text]) => {
      if (side !== 'primary' && side !== 'secondary') return [];
      const bar = text.indexOf('|');
      return [{ side, by: text.slice(bar + 1), since: Number(text.slice(0, bar)) }];
    });
  }

  /** Agents with at least one open desktop on that side, each counted once. */
  async presentCount(side: Side): Promise<number> {
    const servers = await this.ask('servers', this.redis.hgetall(this.keys.servers));
    const sets = Object.entries(servers)
      .filter(([, text]) => text.startsWith(`${side}|`))
      .map(([serverId]) => this.keys.desktops(serverId));
    const [only, ...others] = sets;
    if (only === undefined) return 0;
    if (others.length === 0) return this.ask('present count', this.redis.scard(only));
    return (await countUnionScript.run(this.redis, sets, [])) as number;
  }

  /**
   * Agents whose latest loss on that side lies in [fromMs, toMs] (epoch ms) and was neither a bye nor an operator's
   * order. Losses older than `lossesKeptMs` (servers.ts) are forgotten.
   */
  async lossCount(side: Side, fromMs: number, toMs: number): Promise<number> {
    return this.ask('loss count', this.redis.zcount(this.keys.losses(side), fromMs, toMs));
  }

  private async ask<T>(operation: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError(operation, error);
    }
  }
}
