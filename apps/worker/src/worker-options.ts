import { steadyOptions } from '#queue/prompt-worker';
import { type WorkerOptions } from 'bullmq';

type Options = Omit<WorkerOptions, 'connection'>;

/** Wake-ups looked at side by side; each spends most of its time waiting for the CTI server. */
export const wakeUpConcurrency = 200;

/** Nest makes the workers; they are run when the keeper says so. */
export const wakeUpWorkerOptions: Options = { ...steadyOptions, autorun: false, concurrency: wakeUpConcurrency };

export const sweepWorkerOptions: Options = { ...steadyOptions, autorun: false, concurrency: 1 };
