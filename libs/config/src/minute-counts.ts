import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit';

const minuteMs = 60_000;

/** Counts something by a key, minute by minute. Memory holds those keys alone that were counted in the last two. */
export class MinuteCounts {
  private readonly counts = new MemoryStore();

  constructor(readonly perMinuteMax: number) {
    this.counts.init({ windowMs: minuteMs } as Options);
  }

  /** Counts one more. False when it was one too many for this minute. */
  async take(key: string): Promise<boolean> {
    return (await this.counts.increment(key)).totalHits <= this.perMinuteMax;
  }

  /** Whether the next one would be one too many. */
  async isFull(key: string): Promise<boolean> {
    return (await this.waitMs(key)) > 0;
  }

  /** How long until the next one is not one too many; 0 when it is not now. */
  async waitMs(key: string): Promise<number> {
    const count = await this.counts.get(key);
    if (count === undefined || count.totalHits < this.perMinuteMax) return 0;
    const leftMs = (count.resetTime?.getTime() ?? 0) - Date.now();
    return Math.min(minuteMs, Math.max(1, leftMs));
  }
}

/** What limits are counted by: an IPv4 address; of IPv6 the /56, since a client has all addresses of its network. */
export function networkOf(address: string): string {
  return ipKeyGenerator(address);
}
