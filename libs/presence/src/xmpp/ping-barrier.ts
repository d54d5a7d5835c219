/**
 * A ping whose answer proves that everything the server had sent before it has arrived: a stream keeps its order. Whoever
 * asks waits for a ping that was sent after the question; those who ask while one is under way share the next.
 */

/** `ended`: the stream ended before the answer; `late`: no answer within the time of the asker. */
export type Passage = 'passed' | 'late' | 'ended';

interface Ping {
  readonly id: string;
  readonly done: Promise<'passed' | 'ended'>;
  readonly resolve: (passage: 'passed' | 'ended') => void;
}

export class PingBarrier {
  private current: Ping | null = null;
  private next: Ping | null = null;
  private open = true;

  constructor(
    private readonly send: (id: string) => void,
    /** Names that nobody else can guess: an answer is known by them. */
    private readonly newId: () => string,
  ) {}

  async ask(msMax: number): Promise<Passage> {
    if (!this.open) return 'ended';
    const ping = this.pingAfterNow();
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, msMax, 'late');
    try {
      return await Promise.race([ping.done, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** An answer came; false when it is to no ping of ours. */
  answered(id: string): boolean {
    const { current } = this;
    if (current?.id !== id) return false;
    this.current = null;
    if (this.next !== null) {
      this.current = this.next;
      this.next = null;
      this.send(this.current.id);
    }
    current.resolve('passed');
    return true;
  }

  end(): void {
    this.open = false;
    this.current?.resolve('ended');
    this.next?.resolve('ended');
    this.current = null;
    this.next = null;
  }

  private pingAfterNow(): Ping {
    if (this.current !== null) return (this.next ??= this.newPing());
    const ping = this.newPing();
    this.current = ping;
    this.send(ping.id);
    return ping;
  }

  private newPing(): Ping {
    const { promise: done, resolve } = Promise.withResolvers<'passed' | 'ended'>();
    return { id: this.newId(), done, resolve };
  }
}
