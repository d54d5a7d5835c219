import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type EngineParts } from '#engine/engine';
import { logoutQueueName, type WakeUpData } from '#queue/logout-queue';
import { type Job } from 'bullmq';
import { type CallWatch } from './call-watch';
import { type LinkKeeper } from './link-keeper';
import { takeWakeUp } from './wake-up';
import { wakeUpWorkerOptions } from './worker-options';

/** Takes the jobs of wake-ups; what each does is in wake-up.ts. */
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

  override process(job: Job<WakeUpData>, token?: string): Promise<void> {
    return takeWakeUp(this.parts, this.peripheralId, this.callWatch, job, token);
  }
}
