import { type SweepScheduleUnderTest } from '#queue/contract/sweep-schedule.spec-support';
import {
  type JobState,
  type TakenJob,
  type WakeUpsUnderTest,
  type WorkerUnderTest,
} from '#queue/contract/queue-under-test.spec-support';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { wakeUpJobId } from '#queue/logout-queue';
import { JobWorker, wakeUpQueueOn } from '../job-queue';
import { lockMs } from '../jobs';
import { Random } from '../../kit/random';
import { Stage } from '../stage';
import { StoreCluster } from '../store-cluster';
import { PatientLink } from '../store-link';
import { sweepEveryMs } from '../sweep-schedule';
import { epochMs, SimProcess } from '../virtual-time';
import { DrivenTime } from './driven-time';

const seed = 1;

/** The simulation's double of BullMQ as the contracts ask for it, and as servers and workers reach it. */
export class QueueUnderTest implements WakeUpsUnderTest {
  readonly lockMs = lockMs;
  readonly clock: DrivenTime;
  readonly wakeUps: BullWakeUps;
  readonly link: PatientLink;
  private readonly stage = new Stage(seed, false);
  private readonly random = new Random(seed);
  private readonly cluster = new StoreCluster(this.stage, { epoch: true, generation: true, wait: true });
  private readonly process = new SimProcess('the test', 0);

  constructor() {
    this.clock = new DrivenTime(this.stage.time, this.process);
    this.link = this.linkOf(this.process);
    this.wakeUps = this.clock.driven(new BullWakeUps(wakeUpQueueOn(this.link, () => undefined)));
  }

  setClockAhead(ms: number): void {
    this.process.skewMs = ms;
  }

  worker(aheadMs = 0): WorkerUnderTest {
    const { clock, stage } = this;
    const process = new SimProcess('a worker', aheadMs);
    const worker = clock.driven(new JobWorker(this.linkOf(process)), process);
    const taken = (id: string, token: number): Omit<TakenJob, 'agentId' | 'epoch'> => ({
      complete: () => worker.complete(id, token),
      fail: () => worker.fail(id, token),
      putBack: async (at, lookAt) => {
        if (lookAt !== null) await worker.noteProgress(id, lookAt);
        return worker.moveToDelayed(id, token, at);
      },
    });
    return {
      now: () => Promise.resolve(epochMs + Math.floor(stage.time.now) + aheadMs),
      take: async () => {
        const [first] = (await worker.take(1, () => undefined)).taken;
        return first === undefined ? undefined : { ...first.job.data, ...taken(first.job.id, first.token) };
      },
      renewLocks: () => worker.renewLocks(),
      checkStalled: () => worker.checkStalled(),
    };
  }

  stateOf(agentId: string, epoch: number): Promise<JobState> {
    return Promise.resolve(this.cluster.master.jobs.stateOf(wakeUpJobId(agentId, epoch)));
  }

  dueAt(agentId: string, epoch: number): Promise<number | null> {
    return Promise.resolve(this.cluster.master.jobs.datesOf(wakeUpJobId(agentId, epoch))?.dueAt ?? null);
  }

  stop(): Promise<void> {
    this.clock.stop();
    return Promise.resolve();
  }

  private linkOf(process: SimProcess): PatientLink {
    return new PatientLink(this.stage, this.cluster, process, this.random);
  }
}

/** Its schedule of sweeps. */
export class SweepsUnderTest implements SweepScheduleUnderTest {
  readonly everyMs = sweepEveryMs;
  readonly clock: DrivenTime;
  private readonly queue = new QueueUnderTest();

  constructor() {
    this.clock = this.queue.clock;
  }

  schedule(aheadMs = 0): Promise<void> {
    return this.clock.run(() =>
      this.queue.link.ask('schedule', ({ jobs, now }) => {
        jobs.sweeps.schedule(now + aheadMs);
      }),
    );
  }

  hurry(): Promise<void> {
    return this.clock.run(() =>
      this.queue.link.ask('hurry', ({ jobs, now }) => {
        jobs.sweeps.hurry(now);
      }),
    );
  }

  take(aheadMs = 0): Promise<boolean> {
    return this.clock.run(() => this.queue.link.ask('take', ({ jobs, now }) => jobs.sweeps.take(now + aheadMs)));
  }

  dueAt(): Promise<number | null> {
    return this.clock.run(() => this.queue.link.ask('due', ({ jobs }) => jobs.sweeps.dueAt));
  }

  stop(): Promise<void> {
    return this.queue.stop();
  }
}
