/** Stops a timer before it fires; harmless afterwards. */
export type CancelTimer = () => void;

/** Time as the link sees it: monotonic, so that a clock set by hand neither hurries nor delays a timeout. */
export abstract class Clock {
  /** Milliseconds since some fixed instant; never goes back. */
  abstract monotonicMs(): number;
  /** Runs `run` once after `delayMs`, unless cancelled first. */
  abstract after(delayMs: number, run: () => void): CancelTimer;
}

/** The clock of a running process. */
export class SystemClock extends Clock {
  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }
}
