/**
 * A seeded stream of random numbers; the same seed gives the same numbers on every machine (sfc32). The only generator of the
 * tests and the benches: changing it changes what every seed means that a document quotes.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(
    private readonly seed: number,
    stream = 0,
  ) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 0x1_0000_0000) >>> 0;
    this.c = stream >>> 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** A stream of its own, so that one more number drawn in one place changes nothing elsewhere. */
  fork(stream: number): Random {
    return new Random(this.seed, stream + 1);
  }

  /** 0 ≤ number < 1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** A whole number from min to max, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  /** A whole number from 0 to below `limit`; 0 when the limit is 0. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  byte(): number {
    return this.below(0x100);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
