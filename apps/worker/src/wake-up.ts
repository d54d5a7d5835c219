import { type Agent, type PendingState } from '#domain/agent';
import { Engine, type EngineParts } from '#engine/engine';
import { JobWakeUps, type ProcessedJob } from '#queue/job-wake-ups';
import { type Job } from 'bullmq';
import { type CallWatch } from './call-watch';

/** What is needed of the job of a wake-up. */
export type WakeUpJob = ProcessedJob & Pick<Job, 'updateProgress'>;

/**
 * What a wake-up does: looks at the agent, and keeps the job in the delayed set while the loss is held.
 * Rejects with BullMQ's DelayedError when the job stays, with the error of store or queue when one is away.
 */
export async function takeWakeUp(
  parts: EngineParts,
  peripheralId: number,
  callWatch: Pick<CallWatch, 'follow'>,
  job: WakeUpJob,
  token: string | undefined,
): Promise<void> {
  const { agentId, epoch } = job.data;
  const wakeUps = new JobWakeUps(parts.wakeUps, job, token);
  const engine = new Engine({ ...parts, wakeUps });
  const { agent } = await engine.handle({ peripheralId, agentId }, { type: 'wokenUp', epoch });
  callWatch.follow(agent);
  const why = whyItWaits(agent, wakeUps.lookAt);
  if (agent.epoch === epoch && why !== undefined) await job.updateProgress(why);
  await wakeUps.finish(agent);
}

/**
 * What Bull Board shows of a job that stays: why it waits, and when it is looked at again by the store's clock, by which the
 * sweep goes. Undefined when it does not.
 */
function whyItWaits({ phase }: Agent, lookAt: number | null): object | undefined {
  const again = lookAt === null ? {} : { lookAt: told(lookAt) };
  switch (phase.name) {
    case 'held':
      return { phase: phase.name, reasons: phase.reasons, since: told(phase.loss.heldSince ?? phase.dueAt), ...again };
    case 'grace':
      return { phase: phase.name, dueAt: told(phase.dueAt), ...again };
    case 'issuing':
      return { phase: phase.name, deadline: told(phase.deadline), ...pendingOf(phase.pending), ...again };
    case 'unseen':
    case 'present':
    case 'settled':
      return undefined;
  }
}

function pendingOf(pending: PendingState | null): object {
  return pending === null ? {} : { pending: pending.state, since: told(pending.since) };
}

function told(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
