import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';

export interface SideHold {
  readonly side: Side;
  readonly by: string;
  /** Epoch ms, Redis time. */
  readonly since: number;
}

/** What is known of a whole side: whether an operator holds it, how many agents are present, how many were lost. */
export class Sides {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number },
  ) {}
  /** True when this call began the hold; a side that is held already stays held since then. */
  hold(side: Side, by: string): Promise<boolean> {
    return this.missing(side, by);
  }
  /** True when there was a hold to end. */
  release(side: Side, by: string): Promise<boolean> {
    return this.missing(side, by);
  }
  holds(): Promise<SideHold[]> {
    return this.missing();
  }
  /** Agents with at least one open desktop on that side. */
  presentCount(side: Side): Promise<number> {
    return this.missing(side);
  }
  /** Agents whose latest loss on that side lies in [fromMs, toMs] (epoch ms) and was neither a bye nor an operator's order. */
  lossCount(side: Side, fromMs: number, toMs: number): Promise<number> {
    return this.missing(side, fromMs, toMs);
  }
  private missing<T>(...args: unknown[]): Promise<T> {
    return Promise.reject(new Error(`not written yet ${args.length}${this.redis.status}${this.options.peripheralId}`));
  }
}
