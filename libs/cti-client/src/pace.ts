import { type CancelTimer, type Clock } from './clock';

/** At most this many requests wait for their turn; at 50 a second that is 20 s, as long as a request may take. */
export const TURNS_WAITING_MAX = 1_000;

/** A request's turn to be sent. `tooMany`: the queue is full. `stopped`: the link is being stopped. */
export type Turn = 'now' | 'tooMany' | 'stopped';

/**
 * Turns may come together within this time, since timers are no finer than a millisecond: at more than 100 a second
 * they come in small groups, below that one by one.
 */
const GROUP_MS = 10;

/** Spreads requests so that no more than a given number leaves in any second. First come, first served. */
export class Pace {
  private readonly intervalMs: number;
  private readonly groupMs: number;
  private readonly waiting: ((turn: Turn) => void)[] = [];
  /** When the next turn would be if all came evenly; one may be taken `groupMs` before it. */
  private nextAtMs = 0;
  private cancel: CancelTimer | undefined;

  constructor(
    private readonly clock: Clock,
    perSecondMax: number,
  ) {
    this.groupMs = 1_000 / perSecondMax < GROUP_MS ? GROUP_MS : 0;
    this.intervalMs = (1_000 + this.groupMs) / perSecondMax;
  }

  /** Resolves when the caller may send one request, right then. */
  turn(): Promise<Turn> {
    if (this.waiting.length === 0 && this.take()) return Promise.resolve('now');
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

  private take(): boolean {
    const now = this.clock.monotonicMs();
    if (this.nextAtMs > now + this.groupMs) return false;
    this.nextAtMs = Math.max(this.nextAtMs, now) + this.intervalMs;
    return true;
  }

  private schedule(): void {
    if (this.cancel !== undefined || this.waiting.length === 0) return;
    const waitMs = Math.max(0, this.nextAtMs - this.groupMs - this.clock.monotonicMs());
    this.cancel = this.clock.after(waitMs, () => {
      this.cancel = undefined;
      while (this.waiting.length > 0 && this.take()) this.waiting.shift()?.('now');
      this.schedule();
    });
  }
}
