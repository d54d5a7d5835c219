/**
 * Places that are shared out among those who ask for them, by a key such as the network they come from. While there are
 * free ones anybody gets one. When all are taken, a newcomer still gets one if its key has fewer than its share, up to
 * twice as many in all: one client that takes everything leaves room for the others.
 */
export class FairShare {
  private readonly taken = new Map<string, number>();
  private total = 0;

  constructor(private readonly places: number) {}

  get size(): number {
    return this.total;
  }

  /** False when there is no place for that key. */
  enter(key: string): boolean {
    const own = this.taken.get(key) ?? 0;
    if (this.total >= this.places && !this.hasShareLeft(own)) return false;
    this.taken.set(key, own + 1);
    this.total += 1;
    return true;
  }

  leave(key: string): void {
    const left = (this.taken.get(key) ?? 0) - 1;
    if (left < 0) return;
    this.total -= 1;
    if (left === 0) this.taken.delete(key);
    else this.taken.set(key, left);
  }

  private hasShareLeft(own: number): boolean {
    const keys = this.taken.size + (own === 0 ? 1 : 0);
    return this.total < 2 * this.places && own < this.places / keys;
  }
}
