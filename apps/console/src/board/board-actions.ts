import { wakeUpJobId } from '#queue/logout-queue';

/** What an operator may do in Bull Board, by method and route as Bull Board names them. What is not listed is refused. */
const allowed: Readonly<Record<string, string>> = {
  'put /api/queues/pause': 'paused all queues',
  'put /api/queues/resume': 'resumed all queues',
  'put /api/queues/:queueName/pause': 'paused the queue',
  'put /api/queues/:queueName/resume': 'resumed the queue',
  'put /api/queues/:queueName/promote': 'promoted every delayed job',
  'put /api/queues/:queueName/retry/:queueStatus': 'retried every job of a status',
  'put /api/queues/:queueName/clean/:queueStatus': 'removed every job of a status',
  'put /api/queues/:queueName/empty': 'emptied the queue',
  'put /api/queues/:queueName/obliterate': 'obliterated the queue',
  'put /api/queues/:queueName/:jobId/promote': 'promoted the job',
  'put /api/queues/:queueName/:jobId/retry': 'retried the job',
  'put /api/queues/:queueName/:jobId/clean': 'removed the job',
};

export type BoardVerdict =
  | { readonly kind: 'reads' }
  /** `did` reads on from the operator's name. */
  | { readonly kind: 'allowed'; readonly did: string }
  | { readonly kind: 'refused'; readonly sentence: string };

/** Jobs are wake-ups: to promote, remove or lose them is harmless. To make or change them by hand has no use. */
export function judgeAction(method: string, route: string): BoardVerdict {
  if (method === 'get') return { kind: 'reads' };
  const did = allowed[`${method} ${route}`];
  if (did !== undefined) return { kind: 'allowed', did };
  return {
    kind: 'refused',
    sentence: 'Jobs and schedules are made by Lastcall alone. To sign an agent out or to keep it, use the console.',
  };
}

/**
 * How a wake-up is called in the list, so that it can be read there why it waits.
 * @param progress what the worker told of a job that stays: its phase and, while it is held, the reasons
 */
export function nameOfWakeUp({ agentId, epoch }: { agentId: string; epoch: number }, progress: unknown): string {
  const name = `wake-up of agent ${agentId}, epoch ${String(epoch)}`;
  if (typeof progress !== 'object' || progress === null || !('phase' in progress)) return name;
  const reasons = 'reasons' in progress && Array.isArray(progress.reasons) ? ` (${progress.reasons.join(', ')})` : '';
  return `${name}: ${String(progress.phase)}${reasons}`;
}

/** The loss that a job wakes up for; undefined for a job that is no wake-up. */
export function lossOfJob(jobId: unknown): { agentId: string; epoch: number } | undefined {
  const match = /^logout-(.+)-(\d{1,15})$/.exec(typeof jobId === 'string' ? jobId : '');
  if (match?.[1] === undefined) return undefined;
  const found = { agentId: match[1], epoch: Number(match[2]) };
  return wakeUpJobId(found.agentId, found.epoch) === jobId ? found : undefined;
}
