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

/** `first`: a loss is due, or somebody waits. `spare`: only turns that nobody else wants. */
export type Urgency = 'first' | 'spare';

/** Spreads requests so that no more than a given number leaves in any second: first turns before spare ones, each in order. */
export class Pace {
  private readonly intervalMs: number;
  private readonly groupMs: number;
  private readonly waiting: Readonly<Record<Urgency, ((turn: Turn) => void)[]>> = { first: [], spare: [] };
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
  turn(urgency: Urgency = 'first'): Promise<Turn> {
    const line = this.waiting[urgency];
    if (!this.someoneWaits && this.take()) return Promise.resolve('now');
    if (line.length >= TURNS_WAITING_MAX) return Promise.resolve('tooMany');
    return new Promise((resolve) => {
      line.push(resolve);
      this.schedule();
    });
  }

  /** Sends everyone home who waits. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
    for (const line of Object.values(this.waiting)) for (const resolve of line.splice(0)) resolve('stopped');
  }

  private get someoneWaits(): boolean {
    return this.waiting.first.length + this.waiting.spare.length > 0;
  }

  private take(): boolean {
    const now = this.clock.monotonicMs();
    if (this.nextAtMs > now + this.groupMs) return false;
    this.nextAtMs = Math.max(this.nextAtMs, now) + this.intervalMs;
    return true;
  }

  private schedule(): void {
    if (this.cancel !== undefined || !this.someoneWaits) return;
    const waitMs = Math.max(0, this.nextAtMs - this.groupMs - this.clock.monotonicMs());
    this.cancel = this.clock.after(waitMs, () => {
      this.cancel = undefined;
      const { first, spare } = this.waiting;
      while (this.someoneWaits && this.take()) (first.shift() ?? spare.shift())?.('now');
      this.schedule();
    });
  }
}
