/** How often the process shows itself that it is awake. */
export const tickMs = 250;
/** An event loop that stood still for longer than this has slept through what waits in its sockets. */
export const stallMsMax = 1_000;
/** So long after a stall it has read what waited; timers have their turn before mail, so not at once. */
export const restMs = 1_000;

/**
 * Knows when this process stood still: frozen, swapped out or busy. What it believed before may be long out of date, and
 * its timers fire before it has read what came meanwhile, so its verdicts of that time are void. A stall is found by
 * whoever asks first, even before any timer had its turn.
 */
export class StallWatch {
  private seenAtMs: number;
  private restsUntilMs = Number.NEGATIVE_INFINITY;
  private awakeTotalMs = 0;
  private stalledTotalMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: { monotonicMs: () => number; onStall: (ms: number) => void }) {
    this.seenAtMs = parts.monotonicMs();
  }

  start(): void {
    this.seenAtMs = this.parts.monotonicMs();
    this.timer = setInterval(this.look.bind(this), tickMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** False from the beginning of a stall until what came meanwhile has been read. */
  isSteady(): boolean {
    return this.look() >= this.restsUntilMs;
  }

  /** A clock that stands still with the process; only differences count. */
  awakeMs(): number {
    this.look();
    return this.awakeTotalMs;
  }

  /** In all, since the start. */
  get stalledMs(): number {
    return this.stalledTotalMs;
  }

  private look(): number {
    const nowMs = this.parts.monotonicMs();
    const gapMs = nowMs - this.seenAtMs;
    this.seenAtMs = nowMs;
    const stalledMs = gapMs - tickMs;
    if (stalledMs <= stallMsMax) {
      this.awakeTotalMs += gapMs;
      return nowMs;
    }
    this.awakeTotalMs += tickMs;
    this.stalledTotalMs += stalledMs;
    this.restsUntilMs = nowMs + restMs;
    this.parts.onStall(stalledMs);
    return nowMs;
  }
}
