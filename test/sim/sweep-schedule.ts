import { isMisdated } from '#queue/sweep-queue';

export const sweepEveryMs = 15_000;

/** The scheduler of sweeps as BullMQ keeps it in Redis, and the job of the next one. Clocks are those of the caller's process. */
export class SweepSchedule {
  /** The time of the next sweep in the row of intervals; null before the first. */
  private slot: number | null;
  /** Where the row of intervals begins. */
  private readonly offset: { ms: number };
  /** Null: it waits for whoever looks first. */
  private jobDueAt: number | null;

  constructor(from?: SweepSchedule) {
    this.slot = from?.slot ?? null;
    this.offset = { ms: from?.offset.ms ?? 0 };
    this.jobDueAt = from?.jobDueAt ?? null;
  }

  /** When the next one is due; null when it waits for whoever looks first, or there is none. */
  get dueAt(): number | null {
    return this.jobDueAt;
  }

  /** The job of the next sweep is made anew, for the time that it had. */
  schedule(clock: number): void {
    if (this.slot === null) {
      this.slot = clock;
      this.offset.ms = clock % sweepEveryMs;
    }
    this.date(this.slot, clock);
  }

  /** A sweep that another clock dated begins now. */
  hurry(now: number): void {
    if (this.jobDueAt !== null && isMisdated(this.jobDueAt, now, sweepEveryMs)) this.jobDueAt = null;
  }

  /** Whether one is due by that clock; then the next one is dated. */
  take(clock: number): boolean {
    if (this.slot === null || (this.jobDueAt !== null && this.jobDueAt > clock)) return false;
    const next = this.slot + sweepEveryMs;
    this.slot = next < clock ? this.nextSlot(clock) : next;
    this.date(this.slot, clock);
    return true;
  }

  private nextSlot(clock: number): number {
    const aligned = Math.floor(clock / sweepEveryMs) * sweepEveryMs + this.offset.ms;
    return aligned <= clock ? aligned + sweepEveryMs : aligned;
  }

  private date(slot: number, clock: number): void {
    this.jobDueAt = slot > clock ? slot : null;
  }
}
