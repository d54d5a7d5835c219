import { type Logger } from 'pino';
import { type Side } from '#domain/agent';

/** How often a timer is due by which the event loop is measured. */
export const sampleMs = 100;
/** Judged over this time… */
export const windowMs = 1_000;
/** …and overloaded when timers were late for more than this share of it: whoever connects waits several times that. */
const lateShareMax = 0.5;
/** One bad second is a stall; so many in a row are a server that cannot keep up. */
export const lateWindowsMin = 3;

/** From the last sign of overload on, desktops have so long to come back before their losses count again. */
export const overloadHoldMs = 15_000;

/** The store, as far as overload needs it. */
export abstract class OverloadReports {
  /** Losses of that side are an outage for so long from now on. */
  abstract report(side: Side, forMs: number): Promise<void>;
}

export interface OverloadWatchParts {
  readonly side: Side;
  readonly reports: OverloadReports;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
  /** Ms that never jump. */
  readonly monotonicMs: () => number;
}

/**
 * Knows when this server cannot let everybody in who may come: its event loop is saturated, or somebody was turned away
 * for want of room. Then an agent who does not come back may be one who cannot, so the workers are told that the losses
 * of this side are an outage, again each second for as long as it lasts.
 */
export class OverloadWatch {
  private timer: NodeJS.Timeout | undefined;
  private tickedAtMs = 0;
  private windowBeganMs = 0;
  private lateMs = 0;
  private lateWindows = 0;
  private turnedAway = 0;
  private overloadedUntilMs = Number.NEGATIVE_INFINITY;
  private isTold = false;
  private isReportLost = false;

  constructor(private readonly parts: OverloadWatchParts) {}

  start(): void {
    const nowMs = this.parts.monotonicMs();
    this.tickedAtMs = nowMs;
    this.windowBeganMs = nowMs;
    this.timer = setInterval(this.tick.bind(this), sampleMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Somebody was turned away who may have had the right to come in. */
  noteTurnedAway(): void {
    this.turnedAway += 1;
  }

  get isOverloaded(): boolean {
    return this.parts.monotonicMs() < this.overloadedUntilMs;
  }

  private tick(): void {
    const nowMs = this.parts.monotonicMs();
    this.lateMs += Math.max(0, nowMs - this.tickedAtMs - sampleMs);
    this.tickedAtMs = nowMs;
    const elapsedMs = nowMs - this.windowBeganMs;
    if (elapsedMs < windowMs) return;
    this.lateWindows = this.lateMs / elapsedMs > lateShareMax ? this.lateWindows + 1 : 0;
    this.judge(nowMs);
    this.windowBeganMs = nowMs;
    this.lateMs = 0;
    this.turnedAway = 0;
  }

  private judge(nowMs: number): void {
    const { side, reports, log } = this.parts;
    const isSaturated = this.lateWindows >= lateWindowsMin;
    if (isSaturated || this.turnedAway > 0) {
      this.overloadedUntilMs = nowMs + overloadHoldMs;
      // A report that does not arrive is made again a second later.
      reports.report(side, overloadHoldMs).then(
        () => {
          this.isReportLost = false;
        },
        (error: unknown) => {
          if (!this.isReportLost) log.warn({ err: error }, 'the overload of this server could not be reported');
          this.isReportLost = true;
        },
      );
    }
    if (this.isOverloaded === this.isTold) return;
    this.isTold = this.isOverloaded;
    if (!this.isTold) {
      log.info({ side }, 'this server is not overloaded any more');
      return;
    }
    const why = isSaturated ? 'its event loop is saturated' : 'desktops were turned away for want of room';
    log.error({ alarm: true, side, why }, 'this server is overloaded: the losses of its side are held as an outage');
  }
}
