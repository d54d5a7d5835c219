import { MemoryStore, type Options } from 'express-rate-limit';

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
    const count = await this.counts.get(key);
    return count !== undefined && count.totalHits >= this.perMinuteMax;
  }
}
