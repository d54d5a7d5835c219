import { ErrorCode, type Job } from 'bullmq';
import { type AgentKey } from '#domain/agent';
import { WakeUps } from '#engine/ports';
import { Batch } from '#store/batch';
import { bounded } from './bounded';
import { type Dates, isLate, type WakeUpData, wakeUpJobId, wakeUpJobName } from './logout-queue';
import { asQueueError } from './queue-error';

/** A job that is being processed cannot be woken; it is waited for this often and this long each time, about a second. */
const activeLooksMax = 20;
const activeLookMs = 50;

/** Armings that ask together whether their jobs existed. */
const batchSizeMax = 64;

/** What is asked of a job, and ordered about it. */
export type KnownJob = Pick<Job, 'getState' | 'promote' | 'changeDelay'>;

/** What is asked of the queue; LogoutQueue has it all. */
export interface WakeUpQueue {
  add(
    name: typeof wakeUpJobName,
    data: WakeUpData,
    options: { readonly jobId: string; readonly delay: number; readonly timestamp: number },
  ): Promise<unknown>;
  countExisting(jobIds: readonly string[]): Promise<number>;
  dueAt(jobId: string): Promise<number | null>;
  datesOf(jobId: string): Promise<Dates | null>;
  getJob(jobId: string): Promise<KnownJob | undefined>;
  remove(jobId: string, options: { readonly removeChildren: false }): Promise<number>;
}

/** When a wake-up is wanted: so long after `from` (epoch ms). */
interface Due {
  readonly delayMs: number;
  readonly from: number;
}

interface Arming {
  readonly jobId: string;
  readonly data: WakeUpData;
  readonly due: Due;
}

/**
 * Wake-ups as delayed BullMQ jobs, one per agent and epoch.
 *
 * BullMQ ignores a job whose id exists in any state. So the armings of one turn also ask, in the same round trip, whether
 * any of their jobs existed, and only then look closer: a delayed one is brought forward if it is due later, a failed or completed one that
 * is kept for Bull Board makes room, and one that is about to be processed will look at the record anyway.
 *
 * The due time is written in the store's time, so of two clocks, the producer's and the worker's, only the worker's
 * counts.
 */
export class BullWakeUps extends WakeUps {
  private readonly armings = new Batch<Arming, boolean>(batchSizeMax, (armings) => this.addAll(armings));

  constructor(private readonly queue: WakeUpQueue) {
    super();
  }

  /** Rejects with a QueueError. */
  override async arm(key: AgentKey, epoch: number, at: number, now: number): Promise<void> {
    const due = { delayMs: Math.max(0, at - now), from: now };
    try {
      await bounded('arm', this.armOne(key.agentId, epoch, due));
    } catch (error) {
      throw asQueueError('arm', error);
    }
  }

  private async armOne(agentId: string, epoch: number, due: Due): Promise<void> {
    const existed = await this.add(agentId, epoch, due);
    if (existed) await this.bringForward(agentId, epoch, due);
  }

  /**
   * There is a wake-up, whenever it is due: one that is missing, or has failed, is made for now. Unlike `arm` it brings
   * nothing forward, so a loss keeps its place in a line; but one that should have been looked at by the store's clock
   * is woken, whatever the clock of the worker that put it back said. Rejects with a QueueError.
   */
  async ensure(key: AgentKey, epoch: number, now: number): Promise<void> {
    const due = { delayMs: 0, from: now };
    try {
      await bounded('ensure', this.ensureOne(key.agentId, epoch, due));
    } catch (error) {
      throw asQueueError('ensure', error);
    }
  }

  private async ensureOne(agentId: string, epoch: number, due: Due): Promise<void> {
    const existed = await this.add(agentId, epoch, due);
    if (!existed) return;
    const dates = await this.queue.datesOf(wakeUpJobId(agentId, epoch));
    if (dates === null || isLate(dates, due.from)) await this.hurry(agentId, epoch, due);
  }

  /** A job that is being processed stays: it finds its epoch stale. Rejects with a QueueError. */
  override async disarm(key: AgentKey, epoch: number): Promise<void> {
    try {
      await bounded('disarm', this.remove(wakeUpJobId(key.agentId, epoch)));
    } catch (error) {
      throw asQueueError('disarm', error);
    }
  }

  /**
   * A job that is being processed may have read the record before the reason for this: it is woken again when it is
   * done, if that is within a second; else the record is looked at when the job says. Rejects with a QueueError.
   */
  override async wakeNow(key: AgentKey, epoch: number): Promise<void> {
    try {
      for (let looks = 0; looks < activeLooksMax; looks++) {
        const due = { delayMs: 0, from: Date.now() };
        const existed = await bounded('wake now', this.add(key.agentId, epoch, due));
        if (!existed || (await bounded('wake now', this.hurry(key.agentId, epoch, due))) === 'done') return;
        await new Promise((resolve) => setTimeout(resolve, activeLookMs));
      }
    } catch (error) {
      throw asQueueError('wake now', error);
    }
  }

  /** Adds the job unless one with its id exists. False: none did. */
  private add(agentId: string, epoch: number, due: Due): Promise<boolean> {
    return this.armings.ask({ jobId: wakeUpJobId(agentId, epoch), data: { agentId, epoch }, due });
  }

  private async addAll(armings: readonly Arming[]): Promise<boolean[]> {
    const jobIds = armings.map(({ jobId }) => jobId);
    const [existing] = await Promise.all([
      this.queue.countExisting(jobIds),
      ...armings.map(({ jobId, data, due }) =>
        this.queue.add(wakeUpJobName, data, { jobId, delay: due.delayMs, timestamp: due.from }),
      ),
    ]);
    const mayHaveExisted = existing > 0 || new Set(jobIds).size < jobIds.length;
    return armings.map(() => mayHaveExisted);
  }

  /** A wake-up has no children, and looking for them would cost a fifth more. */
  private remove(jobId: string): Promise<number> {
    return this.queue.remove(jobId, { removeChildren: false });
  }

  private async bringForward(agentId: string, epoch: number, due: Due): Promise<void> {
    const jobId = wakeUpJobId(agentId, epoch);
    const dueAt = await this.queue.dueAt(jobId);
    // One that is wanted now is promoted, also when its time has come by the store's clock: a worker whose clock is behind
    // would leave it where it is, and the sweep would ask in vain.
    if (dueAt === null || due.delayMs === 0) {
      await this.hurry(agentId, epoch, due);
    } else if (dueAt > due.from + due.delayMs) {
      const job = await this.queue.getJob(jobId);
      // BullMQ counts a delay that is changed from this process's clock on. By a clock that is ahead of the time that is wanted
      // no such delay can be said: woken too early it is put back, and too late nobody would know.
      const leftMs = due.from + due.delayMs - Date.now();
      await unlessMovedOn(leftMs > 0 ? job?.changeDelay(leftMs) : job?.promote());
    }
  }

  /** Sees to it that a job that exists, or did a moment ago, is looked at. `active`: it is being processed now. */
  private async hurry(agentId: string, epoch: number, due: Due): Promise<'done' | 'active'> {
    const jobId = wakeUpJobId(agentId, epoch);
    const job = await this.queue.getJob(jobId);
    const state = job === undefined ? 'unknown' : await job.getState();
    switch (state) {
      case 'waiting':
      case 'prioritized':
      case 'waiting-children':
        return 'done';
      case 'active':
        return 'active';
      case 'delayed':
        if (due.delayMs === 0) await unlessMovedOn(job?.promote());
        return 'done';
      case 'completed':
      case 'failed':
      case 'unknown':
        await this.remove(jobId);
        await this.add(agentId, epoch, due);
        return 'done';
    }
  }
}

/** A job that became due between our look and our order is on its way, which is what was wanted. */
async function unlessMovedOn(order: Promise<unknown> | undefined): Promise<void> {
  try {
    await order;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== ErrorCode.JobNotInState && code !== ErrorCode.JobNotExist) throw error;
  }
}
