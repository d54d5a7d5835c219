import { keyOf } from '#store/contract/agents.spec-support';
import { type UnderTest } from '#store/contract/under-test.spec-support';
import { type BullWakeUps } from '../bull-wake-ups';
import { wakeUpJobOptions } from '../logout-queue';

/** A job that a worker has taken. What it does with it answers whether it had it still. */
export interface TakenJob {
  readonly agentId: string;
  readonly epoch: number;
  complete(): Promise<boolean>;
  fail(): Promise<boolean>;
  /** Wants it again at that time by its own clock; `lookAt` is what it notes of it by the store's clock. */
  putBack(at: number, lookAt: number | null): Promise<boolean>;
}

export interface WorkerUnderTest {
  /** Epoch ms by its own clock. */
  now(): Promise<number>;
  /** The next job that is due by its clock. */
  take(): Promise<TakenJob | undefined>;
  renewLocks(): Promise<void>;
  /** Looks for jobs whose workers are gone, as each worker does all the time. */
  checkStalled(): Promise<void>;
}

export type JobState = 'delayed' | 'waiting' | 'active' | 'failed' | 'unknown';

export interface WakeUpsUnderTest extends UnderTest {
  readonly wakeUps: Pick<BullWakeUps, 'arm' | 'ensure' | 'disarm' | 'wakeNow'>;
  /** How long a worker has a job that it does not renew; at least as long is between two looks for stalled ones. */
  readonly lockMs: number;
  /** From now on the process that gives orders has a clock that is so far ahead of the store's. */
  setClockAhead(ms: number): void;
  worker(aheadMs?: number): WorkerUnderTest;
  stateOf(agentId: string, epoch: number): Promise<JobState>;
  /** By the date of a delayed job, epoch ms; null for any other. */
  dueAt(agentId: string, epoch: number): Promise<number | null>;
}

export const key = keyOf('1001');
export const farMs = 60_000;
export const hourMs = 3_600_000;
export const stepMs = 20;

export const stateOf = (under: WakeUpsUnderTest, epoch = 1): Promise<JobState> => under.stateOf('1001', epoch);

/** Takes what must be there. */
export async function mustTake(worker: WorkerUnderTest): Promise<TakenJob> {
  const job = await worker.take();
  if (job === undefined) throw new Error('no job is due');
  return job;
}

/** Leaves a job that has failed as often as it may. */
export async function leaveFailed(under: WakeUpsUnderTest): Promise<void> {
  const worker = under.worker();
  for (let attempts = 0; attempts < wakeUpJobOptions.attempts; attempts++) {
    await under.wakeUps.wakeNow(key, 1);
    await (await mustTake(worker)).fail();
  }
  expect(await stateOf(under)).toBe('failed');
}
