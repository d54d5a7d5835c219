/** Events that wait while the XMPP server is slow: more than one for each agent of the largest peripheral. */
export const messagesWaitingMax = 20_000;

/** Messages written in one go; between two of them other work has its turn. */
const messagesPerWrite = 50;

export interface OutboxParts<T> {
  /** Writes them in this order; resolves when the socket has taken them. */
  readonly write: (messages: readonly T[]) => Promise<void>;
  readonly waitingMax?: number;
  /** All has been written after messages had to be thrown away. */
  readonly onGapOver: () => void;
}

/**
 * Messages on their way to a socket, in order. When more wait than it holds, all of them are thrown away and none is taken
 * until those under way are written: half a story is worse than none, since whoever hears of the gap tells the end of it.
 */
export class PubsubOutbox<T> {
  private waiting: T[] = [];
  private writing = false;
  private gap = false;
  private closed = false;
  private drained: (() => void)[] = [];

  constructor(private readonly parts: OutboxParts<T>) {}

  get size(): number {
    return this.waiting.length;
  }

  /** False when the message was thrown away. */
  put(message: T): boolean {
    if (this.closed || this.gap) return false;
    if (this.waiting.length >= (this.parts.waitingMax ?? messagesWaitingMax)) {
      this.gap = true;
      this.waiting = [];
      return false;
    }
    this.waiting.push(message);
    if (!this.writing) void this.writeAll();
    return true;
  }

  /** Resolves when nothing waits any more, also because it was thrown away. */
  whenEmpty(): Promise<void> {
    if (!this.writing) return Promise.resolve();
    return new Promise((resolve) => {
      this.drained.push(resolve);
    });
  }

  /** Takes nothing any more, and throws away what waits. */
  close(): void {
    this.closed = true;
    this.waiting = [];
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    try {
      while (this.waiting.length > 0) await this.parts.write(this.waiting.splice(0, messagesPerWrite));
    } catch {
      // The stream is gone; its end is told to whoever holds it, and what waited is told anew on the next one.
      this.close();
    }
    this.writing = false;
    for (const resolve of this.drained.splice(0)) resolve();
    if (!this.gap) return;
    this.gap = false;
    if (!this.closed) this.parts.onGapOver();
  }
}
