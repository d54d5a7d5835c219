import { Processor, WorkerHost } from '@nestjs/bullmq';
import { sweepQueueName } from '#queue/sweep-queue';
import { type Sweep } from './sweep';
import { type WorkerMetrics } from './worker-metrics';
import { sweepWorkerOptions } from './worker-options';

/** Runs one sweep per tick of the scheduler, on whichever worker takes it. */
@Processor(sweepQueueName, sweepWorkerOptions)
export class SweepProcessor extends WorkerHost {
  constructor(
    private readonly sweep: Sweep,
    private readonly metrics: WorkerMetrics,
  ) {
    super();
  }

  start(): void {
    void this.worker.run();
  }

  override async process(): Promise<void> {
    this.metrics.swept(await this.sweep.run());
  }
}
