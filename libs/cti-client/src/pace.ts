import { type CancelTimer, type Clock } from './clock';

/** At most this many requests wait for their turn; at 50 a second that is 20 s, as long as a request may take. */
export const TURNS_WAITING_MAX = 1_000;

/** A request's turn to be sent. `tooMany`: the queue is full. `stopped`: the link is being stopped. */
export type Turn = 'now' | 'tooMany' | 'stopped';

/** Spreads requests evenly so that no more than a given number leaves in any second. First come, first served. */
export class Pace {
  private readonly intervalMs: number;
  private readonly waiting: ((turn: Turn) => void)[] = [];
  private nextAtMs = 0;
  private cancel: CancelTimer | undefined;

  constructor(
    private readonly clock: Clock,
    perSecondMax: number,
  ) {
    this.intervalMs = 1_000 / perSecondMax;
  }

  /** Resolves when the caller may send one request, right then. */
  turn(): Promise<Turn> {
    const now = this.clock.monotonicMs();
    if (this.waiting.length === 0 && now >= this.nextAtMs) {
      this.nextAtMs = now + this.intervalMs;
      return Promise.resolve('now');
    }
    if (this.waiting.length >= TURNS_WAITING_MAX) return Promise.resolve('tooMany');
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.schedule();
    });
  }

  /** Sends everyone home who waits. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
    for (const resolve of this.waiting.splice(0)) resolve('stopped');
  }

  private schedule(): void {
    if (this.cancel !== undefined || this.waiting.length === 0) return;
    const now = this.clock.monotonicMs();
    this.cancel = this.clock.after(Math.max(0, this.nextAtMs - now), () => {
      this.cancel = undefined;
      this.nextAtMs = Math.max(this.nextAtMs, this.clock.monotonicMs()) + this.intervalMs;
      this.waiting.shift()?.('now');
      this.schedule();
    });
  }
}
