import { DelayedError, type Job } from 'bullmq';
import { type Agent, type AgentKey } from '#domain/agent';
import { WakeUps } from '#engine/ports';
import { wakeUpJobId, type WakeUpData } from './logout-queue';

/** What is needed of the job that is being processed. */
export type ProcessedJob = Pick<Job<WakeUpData>, 'id' | 'data' | 'moveToDelayed'>;

/** Before any time of the store's clock. */
const atOnce = 0;

/**
 * Wake-ups as seen from inside a processor. Another job cannot be added under the id of the one that is being processed,
 * so arming that one is remembered, and `finish` puts it back among the delayed ones. All else goes to `others`.
 *
 * The latest arming counts: it is that of the last decision, by the record as it was last. What was armed for a commit that
 * the store then refused would bring back, much too early, whoever was given a place in a line.
 *
 * It is put back by this process's clock, by which BullMQ's worker judges what is due: by the store's clock a worker
 * that is ahead would take the job again at once, and again. Whoever finds it where this worker's clock does not count,
 * goes by `lookAt` (BullWakeUps.ensure).
 */
export class JobWakeUps extends WakeUps {
  private wantedAt: number | null = null;
  private wantedAtOfStore = atOnce;

  constructor(
    private readonly others: WakeUps,
    private readonly job: ProcessedJob,
    private readonly token: string | undefined,
    /** Epoch ms by this process's clock, by which BullMQ's worker judges what is due. */
    private readonly clock: () => number = Date.now,
  ) {
    super();
  }

  override async arm(key: AgentKey, epoch: number, at: number, now: number): Promise<void> {
    if (this.isOwn(key, epoch)) this.want(this.clock() + Math.max(0, at - now), at);
    else await this.others.arm(key, epoch, at, now);
  }

  override async disarm(key: AgentKey, epoch: number): Promise<void> {
    if (this.isOwn(key, epoch)) this.wantedAt = null;
    else await this.others.disarm(key, epoch);
  }

  override async wakeNow(key: AgentKey, epoch: number): Promise<void> {
    if (this.isOwn(key, epoch)) this.want(this.clock(), atOnce);
    else await this.others.wakeNow(key, epoch);
  }

  /** When this job is wanted again (epoch ms, this process's clock), or null when it is done. */
  get again(): number | null {
    return this.wantedAt;
  }

  /** The same by the store's clock (epoch ms): 0 for at once. */
  get lookAt(): number | null {
    return this.wantedAt === null ? null : this.wantedAtOfStore;
  }

  /**
   * Call it last in the processor, with the record as it is then. When the job is wanted again it is moved to the
   * delayed ones, and this throws the DelayedError by which BullMQ knows. A settled agent wants no more of it, whatever
   * was armed on the way; without a record the job is kept if it was armed.
   */
  async finish(agent: Agent | null = null): Promise<void> {
    if (this.wantedAt === null || (agent !== null && !this.isWantedBy(agent))) return;
    await this.job.moveToDelayed(this.wantedAt, this.token);
    throw new DelayedError();
  }

  private want(at: number, atOfStore: number): void {
    this.wantedAt = at;
    this.wantedAtOfStore = atOfStore;
  }

  private isWantedBy(agent: Agent): boolean {
    return agent.epoch === this.job.data.epoch && isWaiting(agent);
  }

  private isOwn(key: AgentKey, epoch: number): boolean {
    return wakeUpJobId(key.agentId, epoch) === this.job.id;
  }
}

function isWaiting({ phase }: Agent): boolean {
  switch (phase.name) {
    case 'grace':
    case 'held':
    case 'issuing':
      return true;
    case 'present':
      return phase.restore !== null;
    case 'unseen':
    case 'settled':
      return false;
  }
}
