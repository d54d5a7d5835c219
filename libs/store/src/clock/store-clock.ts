import { type Logger } from 'pino';
import { clockSentence, unsettledSentence } from './clock-sentence';
import { type ClockReading, type ClockReference, judgeReading, referenceOf, stepToleranceMs } from './step-detection';
import { type ClockCorrection, type ClockSample, offsetOf, readClockValue, storeTimeOf } from './store-time';

/** Every process compares store time with its monotonic clock so often. */
export const clockLookMs = 1_000;

/** Other processes may be first, or the clock may step again, so many times in one look. */
const correctionsMax = 5;

/** Where the store's time is asked for and corrected. */
export abstract class ClockSource {
  /** Rejects with a StoreError. */
  abstract sample(): Promise<ClockSample>;
  /** False when the value is no longer `expected`: another process was first. Rejects with a StoreError. */
  abstract correct(correction: ClockCorrection, sentence: string): Promise<boolean>;
}

export interface StoreClockParts {
  readonly source: ClockSource;
  readonly processId: string;
  readonly monotonicMs: () => number;
  /** A clock that goes on while the machine is suspended, which the monotonic one does not. */
  readonly uptimeMs: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Sees steps of the Redis host's clock, and takes them back: store time goes on as the monotonic clocks of the processes do.
 *
 * The first reading is taken as it is. From then on each reading is compared with what is known from those before it, once
 * a second and with every load of a record. A step is corrected before anything that was read with it is used.
 */
export class StoreClock {
  /** Steps that this process corrected, by the direction in which the Redis host's clock went. */
  readonly steps = { ahead: 0, back: 0 };
  private reference: ClockReference | undefined;
  private last: ClockReading | undefined;
  /** Uptime less monotonic time: it grows when the machine is suspended. */
  private suspendedMs = 0;
  /** The step that was seen and is not corrected. */
  private open: number | null = null;
  private looking: Promise<void> | undefined;
  private lookingNext: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly parts: StoreClockParts) {}

  start(): void {
    // While Redis is away there is nothing to compare; the reference stays.
    const again = (): void => {
      if (!this.isStopped)
        this.timer = setTimeout(
          () =>
            void this.look()
              .catch(() => undefined)
              .finally(again),
          clockLookMs,
        );
    };
    void this.look()
      .catch(() => undefined)
      .finally(again);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Store time less Redis TIME now, ms. */
  get offsetMs(): number {
    return this.last === undefined ? 0 : offsetOf(this.last);
  }

  /**
   * Compares store time with the monotonic clock, and corrects it. The time is asked for after the call: what was read before it
   * was read without a step, or this sees the step. Rejects with a StoreError.
   */
  look(): Promise<void> {
    if (this.looking === undefined) {
      this.looking = this.lookNow().finally(() => (this.looking = undefined));
      return this.looking;
    }
    this.lookingNext ??= this.looking
      .catch(() => undefined)
      .then(() => {
        this.lookingNext = undefined;
        return this.look();
      });
    return this.lookingNext;
  }

  /**
   * Asks for something that is read together with the time; asks again when the clock had stepped, after the correction.
   * `now` is store time without the step, also where it could not be corrected.
   */
  async steadily<T extends { readonly time: ClockSample }>(ask: () => Promise<T>): Promise<{ answer: T; now: number }> {
    for (let tries = 1; ; tries++) {
      const sentMs = this.parts.monotonicMs();
      const answer = await ask();
      const shiftMs = this.observe({ ...answer.time, sentMs, receivedMs: this.parts.monotonicMs() });
      if (shiftMs === 0) return { answer, now: storeTimeOf(answer.time) };
      await this.look().catch(() => undefined);
      if (tries === correctionsMax) return { answer, now: storeTimeOf(answer.time) + shiftMs };
    }
  }

  /**
   * Why the store's time is not to be relied on, as a sentence; null when it is. For `settleMs` after a correction leases may
   * have ended that were stamped with the wrong time.
   */
  unsettled(settleMs: number): string | null {
    if (this.open !== null) return clockSentence(this.open, null);
    if (this.last === undefined) return null;
    const { since, shiftMs } = readClockValue(this.last.text);
    if (since === 0) return null;
    const agoMs = this.last.raw - since + (this.parts.monotonicMs() - this.last.receivedMs);
    return agoMs >= 0 && agoMs < settleMs ? unsettledSentence(shiftMs) : null;
  }

  private async lookNow(): Promise<void> {
    for (let tries = 0; tries < correctionsMax; tries++) {
      const sentMs = this.parts.monotonicMs();
      const sample = await this.parts.source.sample();
      const reading = { ...sample, sentMs, receivedMs: this.parts.monotonicMs() };
      const shiftMs = this.observe(reading);
      if (shiftMs < 0 && this.wasSuspended()) this.trust(reading);
      else if (shiftMs !== 0) {
        await this.correct(reading, shiftMs);
        continue;
      }
      this.suspendedMs = this.parts.uptimeMs() - this.parts.monotonicMs();
      return;
    }
  }

  /** What store time lacks, ms; 0: there is no step. */
  private observe(reading: ClockReading): number {
    const verdict =
      this.reference === undefined
        ? ({ kind: 'steady', reference: referenceOf(reading) } as const)
        : judgeReading(this.reference, reading);
    if (this.reference === undefined) this.suspendedMs = this.parts.uptimeMs() - this.parts.monotonicMs();
    if (this.last === undefined || reading.sentMs >= this.last.sentMs) this.last = reading;
    if (verdict.kind === 'step') {
      this.open = verdict.shiftMs;
      return verdict.shiftMs;
    }
    if (reading.sentMs >= (this.reference?.atMs ?? 0)) this.open = null;
    this.reference = verdict.reference;
    return 0;
  }

  private async correct(reading: ClockReading, shiftMs: number): Promise<void> {
    const { source, processId, log } = this.parts;
    const spanMs = Math.ceil(reading.receivedMs - (this.reference?.atMs ?? reading.sentMs));
    const sentence = clockSentence(shiftMs, processId);
    if (!(await source.correct({ expected: reading.text, shiftMs, spanMs }, sentence))) return;
    this.steps[shiftMs < 0 ? 'ahead' : 'back'] += 1;
    log.warn({ code: 'STORE_CLOCK_STEPPED', shiftMs }, sentence);
  }

  /** The machine of this process slept: less time passed for its monotonic clock than for others. */
  private wasSuspended(): boolean {
    return this.parts.uptimeMs() - this.parts.monotonicMs() - this.suspendedMs > stepToleranceMs;
  }

  private trust(reading: ClockReading): void {
    this.reference = referenceOf(reading);
    this.open = null;
  }
}
