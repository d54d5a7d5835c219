import { Queue } from 'bullmq';
import { type RedisConnection } from '#store/connection';

export const logoutQueueName = 'logout';
export const wakeUpJobName = 'wake-up';

/** A job holds ids and the epoch, nothing else: what is to be done is in the agent's record. */
export interface WakeUpData {
  readonly agentId: string;
  readonly epoch: number;
}

export type LogoutQueue = Queue<WakeUpData>;

/** Prefix of all queues of a peripheral: a hash tag, so that they share the slot of its records. */
export function queuePrefix(peripheralId: number): string {
  return `{${String(peripheralId)}}`;
}

/** `logout-<agentId>-<epoch>`: arming twice gives one job. */
export function wakeUpJobId(agentId: string, epoch: number): string {
  return `logout-${agentId}-${String(epoch)}`;
}

/** The queue of wake-ups of one peripheral. `connection` has the role `queue`; it is not closed with the queue. */
export function createLogoutQueue(connection: RedisConnection, peripheralId: number): LogoutQueue {
  return new Queue<WakeUpData>(logoutQueueName, { connection, prefix: queuePrefix(peripheralId) });
}
