import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { reportOverloadLua } from './lua/report-overload.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

const reportScript = new Script('report-overload', reportOverloadLua);

/** Which sides cannot let everybody in, as their servers report it, and until when their losses are an outage. */
export class Overloads {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Losses of that side are an outage for so long from now on. */
  async report(side: Side, forMs: number): Promise<void> {
    await reportScript.run(this.redis, [this.keys.overloads, this.keys.clock], [side, forMs]);
  }

  /** Epoch ms, Redis time, which may have passed; 0 for a side that was never overloaded. */
  async until(): Promise<Record<Side, number>> {
    try {
      const { primary, secondary } = await this.redis.hgetall(this.keys.overloads);
      return { primary: Number(primary ?? 0), secondary: Number(secondary ?? 0) };
    } catch (error) {
      throw asStoreError('overloads', error);
    }
  }
}
