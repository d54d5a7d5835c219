import { type AgentKey } from '#domain/agent';
import { WakeUps } from '#engine/ports';
import { type LogoutQueue } from './logout-queue';

/** Wake-ups as delayed BullMQ jobs. */
export class BullWakeUps extends WakeUps {
  constructor(private readonly queue: LogoutQueue) {
    super();
  }
  override arm(key: AgentKey, epoch: number, at: number, now: number): Promise<void> {
    return Promise.reject(new Error(`not written yet ${key.agentId}${epoch}${at}${now}${this.queue.name}`));
  }
  override disarm(key: AgentKey, epoch: number): Promise<void> {
    return Promise.reject(new Error(`not written yet ${key.agentId}${epoch}`));
  }
  override wakeNow(key: AgentKey, epoch: number): Promise<void> {
    return Promise.reject(new Error(`not written yet ${key.agentId}${epoch}`));
  }
}
