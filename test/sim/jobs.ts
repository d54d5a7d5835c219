import { type Dates, type WakeUpData, wakeUpJobId, wakeUpJobOptions } from '#queue/logout-queue';
import { steadyOptions } from '#queue/prompt-worker';
import { SweepSchedule } from './sweep-schedule';

export const lockMs = steadyOptions.lockDuration;
export const stalledCheckMs = steadyOptions.stalledInterval;

export interface SimJob {
  readonly id: string;
  readonly data: WakeUpData;
  state: 'delayed' | 'waiting' | 'active' | 'failed';
  /** Of a delayed job: epoch ms by the clock of whoever put it there, and its place among those of one time. */
  dueAt: number;
  place: number;
  /** Progress: when it is to be looked at by the store's clock, as a processor noted. */
  lookAt: number | null;
  /** Names the worker that has it; it ends by itself at that time of the store. */
  lock: { readonly token: number; readonly until: number } | null;
  attempts: number;
  stalls: number;
  /** It lost too many workers: whoever takes it once more lets it fail. */
  isGivenUp: boolean;
}

/**
 * The queue of wake-ups as BullMQ keeps it in Redis, each call one of its scripts: what is asked for when, is for the callers
 * to do as they do with BullMQ. `now` is the clock of the store's host, by which Redis ends keys, `clock` that of the caller's process.
 */
export class Jobs {
  readonly sweeps: SweepSchedule;
  private readonly jobs: Map<string, SimJob>;
  /** Ids of waiting jobs, the next one first. */
  private waiting: string[];
  /** Ids that were active at the last look for stalled jobs, and have not been renewed or finished since. */
  private suspects: Set<string>;
  private placesUsed: number;
  private tokensUsed: number;
  private stallsCheckedUntil: number;

  constructor(from?: Jobs) {
    this.sweeps = new SweepSchedule(from?.sweeps);
    this.jobs = new Map([...(from?.jobs ?? [])].map(([id, job]) => [id, { ...job }]));
    this.waiting = [...(from?.waiting ?? [])];
    this.suspects = new Set(from?.suspects);
    this.placesUsed = from?.placesUsed ?? 0;
    this.tokensUsed = from?.tokensUsed ?? 0;
    this.stallsCheckedUntil = from?.stallsCheckedUntil ?? Number.NEGATIVE_INFINITY;
  }

  get size(): number {
    return this.jobs.size;
  }

  obliterate(): void {
    this.jobs.clear();
    this.waiting = [];
    this.suspects.clear();
  }

  /** Nothing happens where the id exists, in whatever state. */
  add(data: WakeUpData, delayMs: number, from: number): void {
    const id = wakeUpJobId(data.agentId, data.epoch);
    if (this.jobs.has(id)) return;
    const job: SimJob = {
      ...{ id, data, state: 'waiting', dueAt: from, place: 0, lookAt: null, lock: null },
      ...{ attempts: 0, stalls: 0, isGivenUp: false },
    };
    this.jobs.set(id, job);
    if (delayMs > 0) this.delay(job, from + delayMs);
    else this.waiting.push(id);
  }

  countExisting(ids: readonly string[]): number {
    return ids.filter((id) => this.jobs.has(id)).length;
  }

  stateOf(id: string): SimJob['state'] | 'unknown' {
    return this.jobs.get(id)?.state ?? 'unknown';
  }

  /** Null when it is not delayed. */
  datesOf(id: string): Dates | null {
    const job = this.jobs.get(id);
    return job?.state === 'delayed' ? { dueAt: job.dueAt, lookAt: job.lookAt } : null;
  }

  /** False when it is not delayed. */
  promote(id: string): boolean {
    const job = this.jobs.get(id);
    if (job?.state !== 'delayed') return false;
    this.wait(job, 'last');
    return true;
  }

  /** False when it is not delayed. */
  changeDelay(id: string, delayMs: number, clock: number): boolean {
    const job = this.jobs.get(id);
    if (job?.state !== 'delayed') return false;
    this.delay(job, clock + delayMs);
    return true;
  }

  /** Not while a worker has it by a lock that has not run out. */
  remove(id: string, now: number): boolean {
    const job = this.jobs.get(id);
    if (job === undefined) return true;
    if (isLocked(job, now)) return false;
    this.forget(job);
    return true;
  }

  /** Jobs that are due by the worker's clock, at most so many; they are its own from now on. */
  take(clock: number, now: number, limit: number): { readonly job: SimJob; readonly token: number }[] {
    const due = [...this.jobs.values()].filter(({ state, dueAt }) => state === 'delayed' && dueAt <= clock);
    due.sort((one, other) => one.dueAt - other.dueAt || one.place - other.place);
    for (const job of due) this.wait(job, 'last');
    const taken = this.waiting.splice(0, limit).flatMap((id) => this.jobs.get(id) ?? []);
    return taken.map((job) => {
      const token = ++this.tokensUsed;
      Object.assign(job, { state: 'active', lock: { token, until: now + lockMs } });
      return { job, token };
    });
  }

  /** When a worker may find one that is due, by nobody's clock in particular. */
  get nextDueAt(): number {
    if (this.waiting.length > 0) return 0;
    let next = Number.POSITIVE_INFINITY;
    for (const { state, dueAt } of this.jobs.values()) if (state === 'delayed') next = Math.min(next, dueAt);
    return next;
  }

  renew(id: string, token: number, now: number): void {
    const job = this.jobs.get(id);
    if (job === undefined || !hasLock(job, token, now)) return;
    job.lock = { token, until: now + lockMs };
    this.suspects.delete(id);
  }

  noteProgress(id: string, lookAt: number | null): void {
    const job = this.jobs.get(id);
    if (job !== undefined) job.lookAt = lookAt;
  }

  /** False when the worker has it no more. */
  moveToDelayed(id: string, token: number, at: { readonly dueAt: number; readonly now: number }): boolean {
    const job = this.release(id, token, at.now);
    if (job !== undefined) this.delay(job, at.dueAt);
    return job !== undefined;
  }

  /** False when the worker has it no more. */
  complete(id: string, token: number, now: number): boolean {
    const job = this.release(id, token, now);
    if (job !== undefined) this.forget(job);
    return job !== undefined;
  }

  /** Tried again after a while by the worker's clock, unless it has failed too often. False when the worker has it no more. */
  fail(id: string, token: number, { clock, now }: { readonly clock: number; readonly now: number }): boolean {
    const job = this.release(id, token, now);
    if (job === undefined) return false;
    job.attempts += 1;
    if (job.attempts >= wakeUpJobOptions.attempts || job.isGivenUp) job.state = 'failed';
    else this.delay(job, clock + wakeUpJobOptions.backoff.delay * 2 ** (job.attempts - 1));
    return true;
  }

  /**
   * At most once in an interval, whoever looks: what was active at the last look too, and has lost its lock, waits again and
   * is the next one.
   */
  checkStalled(now: number): void {
    // A key of Redis is there in the very millisecond of its end.
    if (this.stallsCheckedUntil >= now) return;
    this.stallsCheckedUntil = now + stalledCheckMs;
    for (const id of this.suspects) {
      const job = this.jobs.get(id);
      if (job?.state !== 'active' || isLocked(job, now)) continue;
      job.stalls += 1;
      if (job.stalls > steadyOptions.maxStalledCount) job.isGivenUp = true;
      job.lock = null;
      this.wait(job, 'next');
    }
    const active = [...this.jobs.values()].filter(({ state }) => state === 'active');
    this.suspects = new Set(active.map(({ id }) => id));
  }

  /** A job on its way to its worker gets lost. */
  lose(id: string): void {
    const job = this.jobs.get(id);
    if (job !== undefined) this.forget(job);
  }

  /** The job of a worker that has its lock, which ends with that. */
  private release(id: string, token: number, now: number): SimJob | undefined {
    const job = this.jobs.get(id);
    if (job?.state !== 'active' || !hasLock(job, token, now)) return undefined;
    job.lock = null;
    this.suspects.delete(id);
    return job;
  }

  private delay(job: SimJob, dueAt: number): void {
    Object.assign(job, { state: 'delayed', dueAt, place: ++this.placesUsed });
  }

  private wait(job: SimJob, place: 'next' | 'last'): void {
    job.state = 'waiting';
    if (place === 'next') this.waiting.unshift(job.id);
    else this.waiting.push(job.id);
  }

  /** It stays among the suspects where it was one: so does, at first, another job that comes under its id. */
  private forget(job: SimJob): void {
    this.jobs.delete(job.id);
    if (job.state === 'waiting') this.waiting = this.waiting.filter((id) => id !== job.id);
  }
}

/** A key of Redis is there in the very millisecond of its end. */
function isLocked({ lock }: SimJob, now: number): boolean {
  return lock !== null && lock.until >= now;
}

function hasLock(job: SimJob, token: number, now: number): boolean {
  return isLocked(job, now) && job.lock?.token === token;
}
