import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type Agent } from '#domain/agent';
import { type EngineParts, Engine } from '#engine/engine';
import { JobWakeUps } from '#queue/job-wake-ups';
import { logoutQueueName, type WakeUpData } from '#queue/logout-queue';
import { type Job } from 'bullmq';
import { type CallWatch } from './call-watch';
import { type LinkKeeper } from './link-keeper';
import { wakeUpWorkerOptions } from './worker-options';

/** Takes wake-ups: looks at the agent, and keeps the job in the delayed set while the loss is held. */
@Processor(logoutQueueName, wakeUpWorkerOptions)
export class ForcedLogoutProcessor extends WorkerHost {
  constructor(
    private readonly parts: EngineParts,
    private readonly peripheralId: number,
    private readonly keeper: LinkKeeper,
    private readonly callWatch: CallWatch,
  ) {
    super();
  }

  /** Takes jobs only while this worker may act, or while nobody may and somebody must say why. */
  followKeeper(): void {
    this.keeper.on('turned', () => {
      if (!this.worker.isRunning()) void this.worker.run();
      if (this.keeper.shouldLook()) void this.worker.resume();
      else void this.worker.pause(true);
    });
  }

  override async process(job: Job<WakeUpData>, token?: string): Promise<void> {
    const { agentId, epoch } = job.data;
    const wakeUps = new JobWakeUps(this.parts.wakeUps, job, token);
    const engine = new Engine({ ...this.parts, wakeUps });
    const { agent } = await engine.handle({ peripheralId: this.peripheralId, agentId }, { type: 'wokenUp', epoch });
    this.callWatch.follow(agent);
    const why = whyItWaits(agent);
    if (agent.epoch === epoch && why !== undefined) await job.updateProgress(why);
    await wakeUps.finish(agent);
  }
}

/** What Bull Board shows of a job that stays: why it waits. Undefined when it does not. */
function whyItWaits({ phase }: Agent): object | undefined {
  switch (phase.name) {
    case 'held':
      return { phase: phase.name, reasons: phase.reasons, since: new Date(phase.since).toISOString() };
    case 'grace':
      return { phase: phase.name, dueAt: new Date(phase.dueAt).toISOString() };
    case 'issuing':
      return { phase: phase.name, deadline: new Date(phase.deadline).toISOString() };
    case 'unseen':
    case 'present':
    case 'settled':
      return undefined;
  }
}
