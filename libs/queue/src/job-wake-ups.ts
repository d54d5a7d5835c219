import { type AgentKey } from '#domain/agent';
import { WakeUps } from '#engine/ports';
import { type Job } from 'bullmq';
import { type WakeUpData } from './logout-queue';

/**
 * Wake-ups as seen from inside a processor. Arming the job that is being processed cannot add another one under its id;
 * it is remembered, and `finish` puts the job back among the delayed ones. All else goes to `others`.
 */
export class JobWakeUps extends WakeUps {
  constructor(
    private readonly others: WakeUps,
    private readonly job: Job<WakeUpData>,
    private readonly token: string | undefined,
  ) {
    super();
  }
  override arm(key: AgentKey, epoch: number, at: number, now: number): Promise<void> {
    return this.others.arm(key, epoch, at, now);
  }
  override disarm(key: AgentKey, epoch: number): Promise<void> {
    return this.others.disarm(key, epoch);
  }
  override wakeNow(key: AgentKey, epoch: number): Promise<void> {
    return this.others.wakeNow(key, epoch);
  }
  /** When this job is wanted again (epoch ms, this process's clock), or null when it is done. */
  get again(): number | null {
    return null;
  }
  /** Call last in the processor: throws DelayedError when the job is wanted again, after moving it to delayed. */
  finish(): Promise<void> {
    return Promise.reject(new Error(`not written yet ${this.job.name}${this.token ?? ''}`));
  }
}
