import { BullModule, getQueueToken } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { logoutQueueName, queuePrefix } from '#queue/logout-queue';
import { PromptWorker } from '#queue/prompt-worker';
import { hurrySweep, scheduleSweep, sweepQueueName } from '#queue/sweep-queue';
import { StoreWatch } from '#store/store-watch';
import { type Queue } from 'bullmq';
import { type Logger } from 'pino';
import { ForcedLogoutProcessor } from './forced-logout.processor';
import { CtiLink } from '#cti-client/link';
import { HealthController } from './health.controller';
import { JobLoopWatch } from './job-loop-watch';
import { LinkKeeper } from './link-keeper';
import { SweepProcessor } from './sweep.processor';
import { WorkerMetrics } from './worker-metrics';
import { wakeWhenLinkReturns } from './wake-when-link-returns';
import { type WorkerParts } from './worker-parts';

export interface WorkerSettings {
  readonly peripheralId: number;
  readonly sweepMs: number;
  readonly log: Logger;
}

/** What is closed at Redis has so long for it. */
const closeMsMax = 1_000;

/** Starts the parts in order, and stops them in the opposite order: jobs first, then the link, then the store. */
@Injectable()
export class WorkerLife implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private stopping = false;

  constructor(
    private readonly parts: WorkerParts,
    private readonly settings: WorkerSettings,
    private readonly logouts: ForcedLogoutProcessor,
    private readonly sweeps: SweepProcessor,
    /** The queues that Nest made for the processors. */
    private readonly queues: readonly Queue[],
  ) {}

  onApplicationBootstrap(): void {
    const { link, keeper, linkServing, signInWatch, signInReconciler, logoutQueue, sweepQueue } = this.parts;
    const { log } = this.settings;
    // The connections tell of their losses themselves, once; here each attempt would be a line.
    const quietly = (error: Error): void => {
      log.debug({ err: error }, 'BullMQ reports an error');
    };
    logoutQueue.on('error', quietly);
    sweepQueue.on('error', quietly);
    for (const queue of this.queues) queue.on('error', quietly);
    for (const worker of [this.logouts.worker, this.sweeps.worker]) worker.on('error', quietly);
    this.parts.jobLoop.watch(this.logouts.worker as PromptWorker, this.sweeps.worker as PromptWorker);
    this.logouts.followKeeper();
    signInWatch.start();
    signInReconciler.start();
    this.parts.clock.start();
    this.parts.dataLossWatch.start();
    this.parts.storeWatch.start();
    this.parts.policyWatch.start();
    this.parts.peripheralWatch.start();
    wakeWhenLinkReturns(keeper, link, this.parts.heldWaker);
    linkServing.start();
    link.start();
    this.parts.stallWatch.start();
    keeper.start();
    this.parts.configuredAgents.start();
    this.sweeps.start();
    void this.keepSweeping();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.parts.signInReconciler.stop();
    this.parts.configuredAgents.stop();
    this.parts.clock.stop();
    this.parts.dataLossWatch.stop();
    this.parts.storeWatch.stop();
    this.parts.policyWatch.stop();
    this.parts.peripheralWatch.stop();
    this.parts.jobLoop.stop();
    // Without the store jobs cannot end in order: they are left to their locks' end.
    const { jobLoop, keeper } = this.parts;
    const force = !keeper.storeAnswers || jobLoop.isStuck || !jobLoop.hasBegun;
    const closings = Promise.allSettled([this.logouts.worker.close(force), this.sweeps.worker.close(force)]);
    await (force ? Promise.race([closings, pause(closeMsMax)]) : closings);
  }

  async onApplicationShutdown(): Promise<void> {
    const { keeper, link, linkServing, lastLook, store, logoutQueue, sweepQueue, connections } = this.parts;
    linkServing.stop();
    this.parts.stallWatch.stop();
    await keeper.stop();
    await link.stop();
    const closings = [linkServing.close(), lastLook.close(), logoutQueue.close(), sweepQueue.close(), store.close()];
    // With Redis away these would wait for it; the process ends either way.
    await Promise.race([Promise.allSettled(closings), pause(closeMsMax)]);
    for (const connection of connections) connection.disconnect();
    this.parts.mastership?.close();
  }

  /**
   * The scheduler lives in Redis and can be lost with it: it is set again every sweep, which changes nothing else. And the
   * store's clock says whether the next one is where it belongs.
   */
  private async keepSweeping(): Promise<void> {
    const { sweepQueue, roll } = this.parts;
    const { sweepMs } = this.settings;
    while (!this.stopping) {
      await scheduleSweep(sweepQueue, sweepMs)
        .then(async () => hurrySweep(sweepQueue, sweepMs, await roll.now()))
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, sweepMs).unref());
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

@Module({})
export class WorkerModule {
  static of(parts: WorkerParts, settings: WorkerSettings): DynamicModule {
    BullModule.workerClass = PromptWorker;
    const { peripheralId } = settings;
    // The settings of a queue as a whole are those of the worker's own ones; these would put BullMQ's defaults in their place.
    const queue = { connection: parts.queueConnection, prefix: queuePrefix(peripheralId), skipMetasUpdate: true };
    const logouts = {
      provide: ForcedLogoutProcessor,
      useFactory: () => new ForcedLogoutProcessor(parts.engineParts, peripheralId, parts.keeper, parts.callWatch),
    };
    const sweeps = { provide: SweepProcessor, useFactory: () => new SweepProcessor(parts.sweep, parts.metrics) };
    return {
      module: WorkerModule,
      imports: [BullModule.registerQueue({ name: logoutQueueName, ...queue }, { name: sweepQueueName, ...queue })],
      controllers: [HealthController],
      providers: [
        { provide: CtiLink, useValue: parts.link },
        { provide: LinkKeeper, useValue: parts.keeper },
        { provide: StoreWatch, useValue: parts.storeWatch },
        { provide: JobLoopWatch, useValue: parts.jobLoop },
        { provide: WorkerMetrics, useValue: parts.metrics },
        logouts,
        sweeps,
        {
          provide: WorkerLife,
          useFactory: (l: ForcedLogoutProcessor, s: SweepProcessor, ...queues: Queue[]) =>
            new WorkerLife(parts, settings, l, s, queues),
          inject: [
            ForcedLogoutProcessor,
            SweepProcessor,
            getQueueToken(logoutQueueName),
            getQueueToken(sweepQueueName),
          ],
        },
      ],
    };
  }
}
