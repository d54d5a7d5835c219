import fc from 'fast-check';
import {
  type JobState,
  type TakenJob,
  type WakeUpsUnderTest,
  type WorkerUnderTest,
} from '#queue/contract/queue-under-test.spec-support';
import { steadyOptions } from '#queue/prompt-worker';
import { lateMsMax } from '#queue/logout-queue';
import { keyOf } from '#store/contract/agents.spec-support';

/** A random history of wake-ups, workers and their locks, and what each queue answers to it. */

/** A queue as a history asks for it; its clock stands still between two steps. */
export interface HistoryQueue extends Pick<WakeUpsUnderTest, 'wakeUps' | 'setClockAhead' | 'stateOf' | 'dueAt'> {
  readonly nowMs: number;
  advance(ms: number): Promise<void>;
  /** One for each of `aheadOfWorkers`. */
  readonly workers: readonly WorkerUnderTest[];
}

/** How far each worker's clock is ahead of the store's. */
export const aheadOfWorkers = [0, 3_000, -3_000] as const;

const { lockDuration: lockMs } = steadyOptions;
const agentIds = ['1001', '1002'] as const;
const epochs = [1, 2] as const;

const passingMs = fc.constantFrom(1, 300, 1_000, 1_001, lockMs / 2, lockMs - 1, lockMs, lockMs + 1, 3 * lockMs, 61_000);
const inMs = fc.constantFrom(-1, 0, 1, 500, lockMs, 60_000);
/** Around the time from which on a wake-up is late. */
const ensureInMs = fc.constantFrom(0, lateMsMax, lateMsMax + 1, lateMsMax + 2, 60_000 + lateMsMax + 1, 120_000);
const agentId = fc.constantFrom(...agentIds);
const epoch = fc.constantFrom(...epochs);
const worker = fc.nat(aheadOfWorkers.length - 1);

/** How often each kind of step comes, in a thousand or so. */
const steps = [
  [200, fc.record({ does: fc.constant('pass' as const), ms: passingMs })],
  [150, fc.record({ does: fc.constant('arm' as const), agentId, epoch, inMs })],
  [80, fc.record({ does: fc.constant('ensure' as const), agentId, epoch, inMs: ensureInMs })],
  [60, fc.record({ does: fc.constant('disarm' as const), agentId, epoch })],
  [60, fc.record({ does: fc.constant('wakeNow' as const), agentId, epoch })],
  [30, fc.record({ does: fc.constant('setClockAhead' as const), ms: fc.constantFrom(0, 20_000, -20_000) })],
  [250, fc.record({ does: fc.constant('take' as const), worker })],
  [40, fc.record({ does: fc.constant('complete' as const), which: fc.nat(3) })],
  [80, fc.record({ does: fc.constant('fail' as const), which: fc.nat(3) })],
  [100, fc.record({ does: fc.constant('putBack' as const), which: fc.nat(3), inMs, lookInMs: fc.option(inMs) })],
  [60, fc.record({ does: fc.constant('renewLocks' as const), worker })],
  [120, fc.record({ does: fc.constant('checkStalled' as const), worker })],
  [
    20,
    fc.record({
      does: fc.constant('failOften' as const),
      agentId,
      epoch,
      worker,
      times: fc.integer({ min: 6, max: 8 }),
    }),
  ],
  [
    20,
    fc.record({
      does: fc.constant('loseOften' as const),
      agentId,
      epoch,
      worker,
      times: fc.integer({ min: 5, max: 8 }),
    }),
  ],
] as const;

export const queueStep = fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary })));
type Step = typeof queueStep extends fc.Arbitrary<infer T> ? T : never;

interface JobAsIs {
  readonly state: JobState;
  readonly dueAt: number | null;
}

/** Carries steps out on one queue. */
export class QueueHistory {
  /** Jobs that were taken, the latest first: what is done with them may come late. */
  private readonly taken: { readonly job: TakenJob; readonly by: WorkerUnderTest }[] = [];

  private hasOpenOrder = false;

  constructor(private readonly under: HistoryQueue) {}

  /** What the queue answers, and how its jobs are then. */
  async carryOut(step: Step): Promise<unknown> {
    return { answer: await this.act(step), jobs: await this.jobs() };
  }

  /** Several jobs were given back at once: which of them is the next is for Redis to say, which keeps them in a set. */
  get isOpen(): boolean {
    return this.hasOpenOrder;
  }

  private async act(step: Step): Promise<unknown> {
    const { wakeUps, workers, nowMs } = this.under;
    switch (step.does) {
      case 'pass':
        return this.under.advance(step.ms);
      case 'setClockAhead':
        this.under.setClockAhead(step.ms);
        return undefined;
      case 'arm':
        return wakeUps.arm(keyOf(step.agentId), step.epoch, nowMs + step.inMs, nowMs);
      case 'ensure':
        return wakeUps.ensure(keyOf(step.agentId), step.epoch, nowMs + step.inMs);
      case 'disarm':
        return wakeUps.disarm(keyOf(step.agentId), step.epoch);
      case 'wakeNow':
        return this.wakeNow(step.agentId, step.epoch);
      case 'take':
        return this.take(workers[step.worker]);
      case 'complete':
        return this.taken[step.which]?.job.complete();
      case 'fail':
        return this.taken[step.which]?.job.fail();
      case 'putBack':
        return this.putBack(step);
      case 'renewLocks':
        return workers[step.worker]?.renewLocks();
      case 'checkStalled':
        return this.checkStalled(workers[step.worker]);
      case 'failOften':
        return this.often(step, async (worker) => {
          await (await worker.take())?.fail();
        });
      case 'loseOften':
        return this.often(step, async (worker) => {
          await worker.take();
          for (let looks = 0; looks < 2; looks++) {
            await this.under.advance(lockMs + 1);
            await this.checkStalled(worker);
          }
        });
    }
  }

  private async checkStalled(worker: WorkerUnderTest | undefined): Promise<void> {
    const before = await this.jobs();
    await worker?.checkStalled();
    const after = await this.jobs();
    const givenBack = after.filter(({ state }, n) => state === 'waiting' && before[n]?.state === 'active');
    if (givenBack.length > 1) this.hasOpenOrder = true;
  }

  /** One that is being processed is waited for, and nothing would happen while it is. */
  private async wakeNow(id: string, of: number): Promise<unknown> {
    if ((await this.under.stateOf(id, of)) === 'active') return 'active';
    return this.under.wakeUps.wakeNow(keyOf(id), of);
  }

  /** Wakes one and lets a worker do something with what it takes, again and again; tells how that one was each time. */
  private async often(
    { agentId: id, epoch: of, worker: by, times }: Extract<Step, { does: 'failOften' | 'loseOften' }>,
    act: (worker: WorkerUnderTest) => Promise<void>,
  ): Promise<unknown> {
    const worker = this.under.workers[by];
    const states: JobState[] = [];
    for (let n = 0; n < times && worker !== undefined && !this.isOpen; n++) {
      await this.wakeNow(id, of);
      await act(worker);
      states.push(await this.under.stateOf(id, of));
    }
    return states;
  }

  private async take(by: WorkerUnderTest | undefined): Promise<unknown> {
    const job = await by?.take();
    if (job === undefined || by === undefined) return undefined;
    this.taken.unshift({ job, by });
    return { agentId: job.agentId, epoch: job.epoch };
  }

  private async putBack(step: Extract<Step, { does: 'putBack' }>): Promise<unknown> {
    const taken = this.taken[step.which];
    if (taken === undefined) return undefined;
    const lookAt = step.lookInMs === null ? null : this.under.nowMs + step.lookInMs;
    return taken.job.putBack((await taken.by.now()) + step.inMs, lookAt);
  }

  private jobs(): Promise<JobAsIs[]> {
    const all = agentIds.flatMap((id) => epochs.map((each) => [id, each] as const));
    return Promise.all(
      all.map(async ([id, each]) => ({
        state: await this.under.stateOf(id, each),
        dueAt: await this.under.dueAt(id, each),
      })),
    );
  }
}
