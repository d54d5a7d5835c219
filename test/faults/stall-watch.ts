const lookMs = 100;

/**
 * Watches over this process's own stalls. All desktops of a run live in it: while it stands still none of them answers, and
 * what they write down has the wrong times.
 */
export class StallWatch {
  private looked = performance.now();
  private longestMs = 0;
  private readonly timer = setInterval(() => {
    this.look();
  }, lookMs);

  /** Ends it; answers how long this process stood still at most. */
  end(): number {
    this.look();
    clearInterval(this.timer);
    return this.longestMs;
  }

  private look(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.looked - lookMs);
    this.looked = now;
  }
}
