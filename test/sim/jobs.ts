import { isLate, type WakeUpData, wakeUpJobId } from '#queue/logout-queue';
import { isMisdated } from '#queue/sweep-queue';
import { type SimProcess } from './virtual-time';

/** As steadyOptions of libs/queue/src/prompt-worker.ts says. */
export const lockMs = 5_000;
export const stalledCheckMs = 5_000;
const stalledCountMax = 5;
const attemptsMax = 8;
const backOffMs = 250;

export interface SimJob {
  readonly id: string;
  readonly data: WakeUpData;
  state: 'delayed' | 'waiting' | 'active' | 'failed';
  /** Epoch ms; judged by the clock of whichever worker looks. */
  dueAt: number;
  /** By the store's clock, as the processor told that put it back. */
  lookAt: number | null;
  owner: SimProcess | null;
  /** Names one taking of the job: who was overtaken cannot finish it. */
  token: number;
  attempts: number;
  stalls: number;
}

export const sweepEveryMs = 15_000;

/** The queue of wake-ups and the scheduler of sweeps, as BullMQ keeps them in the store. */
export class Jobs {
  readonly all: Map<string, SimJob>;
  private tokens: number;
  nextSweepAt: number;
  private stallsCheckedAt: number;

  constructor(from?: Jobs) {
    this.all = new Map([...(from?.all ?? [])].map(([id, job]) => [id, { ...job }]));
    this.tokens = from?.tokens ?? 0;
    this.nextSweepAt = from?.nextSweepAt ?? 0;
    this.stallsCheckedAt = from?.stallsCheckedAt ?? 0;
  }

  /** Answers the job that had the id before; then nothing was added. */
  add(agentId: string, epoch: number, dueAt: number): SimJob | undefined {
    const id = wakeUpJobId(agentId, epoch);
    const known = this.all.get(id);
    if (known !== undefined) return known;
    const data = { agentId, epoch };
    this.all.set(id, {
      id,
      data,
      state: 'delayed',
      dueAt,
      lookAt: null,
      owner: null,
      token: 0,
      attempts: 0,
      stalls: 0,
    });
    return undefined;
  }

  arm(agentId: string, epoch: number, dueAt: number, now: number): void {
    const known = this.add(agentId, epoch, dueAt);
    // One that is due by the store's clock is promoted: a worker whose clock is behind would leave it where it is.
    if (known?.state === 'delayed' && dueAt <= now) known.state = 'waiting';
    else if (known?.state === 'delayed') known.dueAt = Math.min(known.dueAt, dueAt);
    if (known?.state === 'failed') this.replace(known, dueAt);
  }

  /** One that is missing, or has failed, is made for now; another one stays as it is, unless it is late. */
  ensure(agentId: string, epoch: number, now: number): void {
    const known = this.add(agentId, epoch, now);
    if (known?.state === 'failed') this.replace(known, now);
    if (known?.state === 'delayed' && isLate(known, now)) known.state = 'waiting';
  }

  tell(id: string, lookAt: number | null): void {
    const job = this.all.get(id);
    if (job !== undefined) job.lookAt = lookAt;
  }

  /** As each worker does once in an interval: a sweep that another clock dated begins now. */
  hurrySweep(now: number): void {
    if (isMisdated(this.nextSweepAt, now, sweepEveryMs)) this.nextSweepAt = 0;
  }

  disarm(agentId: string, epoch: number): void {
    const id = wakeUpJobId(agentId, epoch);
    if (this.all.get(id)?.state !== 'active') this.all.delete(id);
  }

  /** False while the job is being processed. */
  wakeNow(agentId: string, epoch: number, now: number): boolean {
    const known = this.add(agentId, epoch, now);
    if (known === undefined) return true;
    if (known.state === 'active') return false;
    if (known.state === 'failed') this.replace(known, now);
    else known.state = 'waiting';
    return true;
  }

  /** Jobs that are due by the worker's clock, at most so many; they are its own from now on. */
  take(worker: SimProcess, clock: number, limit: number): { readonly job: SimJob; readonly token: number }[] {
    const due = [...this.all.values()].filter(
      ({ state, dueAt }) => state === 'waiting' || (state === 'delayed' && dueAt <= clock),
    );
    return due.slice(0, limit).map((job) => this.give(job, worker));
  }

  give(job: SimJob, worker: SimProcess): { readonly job: SimJob; readonly token: number } {
    Object.assign(job, { state: 'active', owner: worker, token: ++this.tokens });
    return { job, token: job.token };
  }

  /** When the next delayed job is due, by nobody's clock in particular. */
  get nextDueAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { state, dueAt } of this.all.values())
      if (state === 'waiting' || state === 'delayed') next = Math.min(next, state === 'waiting' ? 0 : dueAt);
    return next;
  }

  moveToDelayed(id: string, token: number, dueAt: number): boolean {
    const job = this.all.get(id);
    if (job?.state !== 'active' || job.token !== token) return false;
    Object.assign(job, { state: 'delayed', owner: null, dueAt, attempts: 0 });
    return true;
  }

  complete(id: string, token: number): void {
    if (this.all.get(id)?.token === token) this.all.delete(id);
  }

  fail(id: string, token: number, now: number): void {
    const job = this.all.get(id);
    if (job?.state !== 'active' || job.token !== token) return;
    job.attempts += 1;
    job.owner = null;
    job.state = job.attempts >= attemptsMax ? 'failed' : 'delayed';
    job.dueAt = now + backOffMs * 2 ** (job.attempts - 1);
  }

  /** Jobs whose worker has not renewed their lock go back; `isSilent` says which workers have not. */
  giveBackStalled(now: number, isSilent: (worker: SimProcess) => boolean): void {
    if (now - this.stallsCheckedAt < stalledCheckMs) return;
    this.stallsCheckedAt = now;
    for (const job of this.all.values()) {
      if (job.state !== 'active' || job.owner === null) continue;
      if (job.owner.working.has(job.token) && !isSilent(job.owner)) continue;
      job.owner = null;
      job.stalls += 1;
      job.state = job.stalls > stalledCountMax ? 'failed' : 'waiting';
    }
  }

  private replace(job: SimJob, dueAt: number): void {
    this.all.delete(job.id);
    this.add(job.data.agentId, job.data.epoch, dueAt);
  }
}
