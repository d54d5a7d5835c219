interface Waiter {
  readonly resolve: (hasTurn: boolean) => void;
}

/**
 * A few turns at a time, shared out by a key such as the network that somebody comes from: those who wait are served key
 * by key, one each. When too many wait, the newest of the key with the most is sent away, so one client that fills the
 * queue makes nobody wait but itself.
 */
export class FairTurns {
  /** In the order in which the keys are served; none is empty. */
  private readonly queues = new Map<string, Waiter[]>();
  private waitingCount = 0;
  private running = 0;

  constructor(private readonly limits: { readonly atOnceMax: number; readonly waitingMax: number }) {}

  /** Resolves with true when it is one's turn, which must be given back by `leave`; with false when too many wait. */
  enter(key: string): Promise<boolean> {
    if (this.running < this.limits.atOnceMax) {
      this.running += 1;
      return Promise.resolve(true);
    }
    if (this.waitingCount >= this.limits.waitingMax && !this.makeRoomFor(key)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const queue = this.queues.get(key) ?? [];
      queue.push({ resolve });
      this.queues.set(key, queue);
      this.waitingCount += 1;
    });
  }

  /** The turn is handed on, or given back. */
  leave(): void {
    const next = this.queues.entries().next();
    if (next.done === true) {
      this.running -= 1;
      return;
    }
    const [key, queue] = next.value;
    const waiter = queue.shift();
    this.waitingCount -= 1;
    // To the end of the line of keys.
    this.queues.delete(key);
    if (queue.length > 0) this.queues.set(key, queue);
    waiter?.resolve(true);
  }

  /** Whether somebody who comes now would be sent away at once. */
  isFullFor(key: string): boolean {
    return this.waitingCount >= this.limits.waitingMax && this.longestBut(key) === undefined;
  }

  private makeRoomFor(key: string): boolean {
    const longest = this.longestBut(key);
    if (longest === undefined) return false;
    const [longestKey, queue] = longest;
    queue.pop()?.resolve(false);
    this.waitingCount -= 1;
    if (queue.length === 0) this.queues.delete(longestKey);
    return true;
  }

  /** The longest queue, if it stays longer than that of the key when the key has one more. */
  private longestBut(key: string): [string, Waiter[]] | undefined {
    const own = this.queues.get(key)?.length ?? 0;
    let longest: [string, Waiter[]] | undefined;
    for (const entry of this.queues) {
      if (entry[1].length > own + 1 && entry[1].length > (longest?.[1].length ?? 0)) longest = entry;
    }
    return longest;
  }
}
