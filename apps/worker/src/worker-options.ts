import { type WorkerOptions } from 'bullmq';

type Options = Omit<WorkerOptions, 'connection'>;

/** Wake-ups looked at side by side; each spends most of its time waiting for the CTI server. */
export const wakeUpConcurrency = 200;

/** A job whose worker died is given to another one after this long. */
const lockDurationMs = 5_000;

/** Deaths of workers that a job survives. The sweep, not the job, is the truth; this only saves the wait for it. */
const maxStalledCount = 10;

const common = {
  autorun: false,
  lockDuration: lockDurationMs,
  stalledInterval: lockDurationMs,
  maxStalledCount,
} satisfies Options;

export const wakeUpWorkerOptions: Options = { ...common, concurrency: wakeUpConcurrency };

export const sweepWorkerOptions: Options = { ...common, concurrency: 1 };
