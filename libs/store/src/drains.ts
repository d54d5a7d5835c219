import { type Side } from '#domain/agent';
import { askTime, sampleOf, storeTimeOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { drainSideLua } from './lua/drain-side.lua';
import { allOf } from './pipeline';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface SideDrain {
  readonly side: Side;
  readonly by: string;
  /** Epoch ms, Redis time. */
  readonly since: number;
  /** Over how long its desktops are sent to the other side. */
  readonly overMs: number;
}

export type DrainAnswer = 'begun' | 'already' | 'otherDrains' | 'nowhereToGo';

const drainScript = new Script('drain-side', drainSideLua);

/** Which sides are in maintenance: their desktops are sent to the other side, and none is let in. */
export class Drains {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Begins it; only `begun` changed anything. */
  async begin(side: Side, overMs: number, by: string): Promise<DrainAnswer> {
    const { drains, servers, generation, clock } = this.keys;
    const other: Side = side === 'primary' ? 'secondary' : 'primary';
    const keys = [drains, servers, generation, clock];
    return (await drainScript.run(this.redis, keys, [side, other, overMs, by])) as DrainAnswer;
  }

  /** True when there was a maintenance to end. */
  async end(side: Side): Promise<boolean> {
    try {
      return (await this.redis.hdel(this.keys.drains, side)) === 1;
    } catch (error) {
      throw asStoreError('end of maintenance', error);
    }
  }

  async all(): Promise<SideDrain[]> {
    const [fields] = await allOf('drains', this.redis.pipeline().hgetall(this.keys.drains));
    return Object.entries(fields as Record<string, string>).flatMap(([side, text]) => {
      const drain = read(side, text);
      return drain === undefined ? [] : [drain];
    });
  }

  /** How long that side's desktops may still take to leave, at least 0; null when it is not in maintenance. */
  async leftMs(side: Side): Promise<number | null> {
    const asked = askTime(this.redis.pipeline(), this.keys).hget(this.keys.drains, side);
    const [time, offset, text] = await allOf('drain', asked);
    const drain = typeof text === 'string' ? read(side, text) : undefined;
    if (drain === undefined) return null;
    return Math.max(0, drain.since + drain.overMs - storeTimeOf(sampleOf(time, offset)));
  }
}

function read(side: string, text: string): SideDrain | undefined {
  const [, since, overMs, by] = /^(\d+)\|(\d+)\|(.*)$/s.exec(text) ?? [];
  if ((side !== 'primary' && side !== 'secondary') || by === undefined) return undefined;
  return { side, by, since: Number(since), overMs: Number(overMs) };
}
