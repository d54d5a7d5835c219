import { ErrorCode } from 'bullmq';
import { type KnownJob, type WakeUpQueue } from '#queue/bull-wake-ups';
import { type Dates } from '#queue/logout-queue';
import { type Jobs, type SimJob } from './jobs';
import { type PatientLink } from './store-link';
import { type StoreNode } from './store-node';

/** What BullMQ offers to those who set wake-ups, over a connection: BullWakeUps above it is the real one. */
export function wakeUpQueueOn(link: PatientLink, onJob: () => void): WakeUpQueue {
  const ask = <T>(what: string, act: (jobs: Jobs, now: number) => T): Promise<T> =>
    link.ask(what, (node) => act(node.jobs, node.hostNow));
  /** Workers are told of a job by the store itself, also where the answer gets lost. */
  const order = <T>(what: string, act: (jobs: Jobs, now: number) => T): Promise<T> =>
    ask(what, (jobs, now) => {
      const answer = act(jobs, now);
      onJob();
      return answer;
    });
  const datesOf = (jobId: string): Promise<Dates | null> => ask('dates of a job', (jobs) => jobs.datesOf(jobId));
  return {
    add: (_, data, { delay, timestamp }) =>
      order('add a job', (jobs) => {
        jobs.add(data, delay, timestamp);
      }),
    countExisting: (jobIds) => ask('count jobs', (jobs) => jobs.countExisting(jobIds)),
    dueAt: async (jobId) => (await datesOf(jobId))?.dueAt ?? null,
    datesOf,
    getJob: async (jobId) => {
      const exists = await ask('get a job', (jobs) => jobs.countExisting([jobId]) > 0);
      return exists ? knownJob(jobId, ask, order) : undefined;
    },
    remove: (jobId) => ask('remove a job', (jobs, now) => (jobs.remove(jobId, now) ? 1 : 0)),
  };
}

type Ask = <T>(what: string, act: (jobs: Jobs, now: number) => T) => Promise<T>;

function knownJob(jobId: string, ask: Ask, order: Ask): KnownJob {
  const mustBeDelayed = async (isDelayed: Promise<boolean>): Promise<void> => {
    if (!(await isDelayed))
      throw Object.assign(new Error(`the job ${jobId} is not delayed`), { code: ErrorCode.JobNotInState });
  };
  return {
    getState: () => ask('state of a job', (jobs) => jobs.stateOf(jobId)),
    promote: () => mustBeDelayed(order('promote a job', (jobs) => jobs.promote(jobId))),
    changeDelay: (delayMs) => {
      const clock = Date.now();
      return mustBeDelayed(order('change a delay', (jobs) => jobs.changeDelay(jobId, delayMs, clock)));
    },
  };
}

/** A job that a worker has, by the token of its lock. */
export interface TakenJob {
  readonly job: SimJob;
  readonly token: number;
}

/** What BullMQ's worker does with jobs, over its connection. Each order rejects, or answers false, where the job is not its own any more. */
export class JobWorker {
  /** Ids of the jobs that it has, by the tokens of their locks. */
  private readonly locks = new Map<number, string>();

  constructor(private readonly link: PatientLink) {}

  /** Takes what is due by this process's clock; `beside` is done in the same step. */
  async take<T>(
    limit: number,
    beside: (node: StoreNode, taken: readonly TakenJob[]) => T,
  ): Promise<{ readonly taken: readonly TakenJob[]; readonly beside: T }> {
    const clock = Date.now();
    const found = await this.link.ask('take jobs', (node) => {
      const taken = limit > 0 ? node.jobs.take(clock, node.hostNow, limit) : [];
      return { taken, beside: beside(node, taken) };
    });
    for (const { job, token } of found.taken) this.locks.set(token, job.id);
    const givenUp = found.taken.filter(({ job }) => job.isGivenUp);
    await Promise.all(givenUp.map(({ job, token }) => this.fail(job.id, token)));
    return { taken: found.taken.filter((taken) => !givenUp.includes(taken)), beside: found.beside };
  }

  async renewLocks(): Promise<void> {
    if (this.locks.size === 0) return;
    const locks = [...this.locks];
    await this.link.ask('renew locks', (node) => {
      for (const [token, id] of locks) node.jobs.renew(id, token, node.hostNow);
    });
  }

  checkStalled(): Promise<void> {
    return this.link.ask('check stalled jobs', (node) => {
      node.jobs.checkStalled(node.hostNow);
    });
  }

  noteProgress(id: string, lookAt: number | null): Promise<void> {
    return this.link.ask('note progress', (node) => {
      node.jobs.noteProgress(id, lookAt);
    });
  }

  moveToDelayed(id: string, token: number, at: number): Promise<boolean> {
    const dueAt = Math.max(at, Date.now());
    return this.finish('move to delayed', token, (node) =>
      node.jobs.moveToDelayed(id, token, { dueAt, now: node.hostNow }),
    );
  }

  complete(id: string, token: number): Promise<boolean> {
    return this.finish('complete a job', token, (node) => node.jobs.complete(id, token, node.hostNow));
  }

  fail(id: string, token: number): Promise<boolean> {
    const clock = Date.now();
    return this.finish('fail a job', token, (node) => node.jobs.fail(id, token, { clock, now: node.hostNow }));
  }

  /** Its lock is not renewed any more from the time on when it is to end. */
  private finish(what: string, token: number, act: (node: StoreNode) => boolean): Promise<boolean> {
    this.locks.delete(token);
    return this.link.ask(what, act);
  }
}
