import { startedForEach, waitFor, within } from '#store/contract/under-test.spec-support';
import { wakeUpJobOptions } from '../logout-queue';
import { steadyOptions } from '../prompt-worker';
import {
  farMs,
  hourMs,
  type JobState,
  key,
  mustTake,
  stateOf,
  stepMs,
  type TakenJob,
  type WakeUpsUnderTest,
  type WorkerUnderTest,
} from './queue-under-test.spec-support';

/** Wake-ups as jobs: what a queue promises to its workers. Locks last longer than any test. */
export function describeWorkers(name: string, start: () => Promise<WakeUpsUnderTest>): void {
  describe(`a worker of wake-ups ${name}`, () => {
    const under = startedForEach(start);
    taking(under);
    finishing(under);
    puttingBack(under);
    failing(under);
  });
}

function taking(under: () => WakeUpsUnderTest): void {
  it('takes a job not before its time, and the store’s time when its clock is right', async () => {
    const { wakeUps, clock } = under();
    const worker = under().worker();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + 150, now);
    const takenAt = await waitFor({ clock, stepMs, what: 'the job' }, async () =>
      (await worker.take()) === undefined ? undefined : clock.now(),
    );
    expect(takenAt).toBeGreaterThanOrEqual(now + 150);
  });

  it('goes by its own clock', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    expect(
      await under()
        .worker(farMs / 2)
        .take(),
    ).toBeUndefined();
    expect(await mustTake(under().worker(farMs))).toMatchObject({ epoch: 1 });
    await wakeUps.arm(key, 2, now + 1, now);
    await clock.advance(5);
    expect(await under().worker(-farMs).take()).toBeUndefined();
    expect(await mustTake(under().worker())).toMatchObject({ epoch: 2 });
  });

  it('takes first what came first, and of delayed ones what is due first', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + 30, now);
    await wakeUps.arm(key, 2, now + 10, now);
    await wakeUps.arm(key, 3, now + 20, now);
    await wakeUps.wakeNow(key, 4);
    await wakeUps.wakeNow(key, 5);
    const worker = under().worker(farMs);
    const epochs: number[] = [];
    for (let n = 0; n < 5; n++) epochs.push((await mustTake(worker)).epoch);
    expect(epochs).toEqual([4, 5, 2, 3, 1]);
  });
}

function finishing(under: () => WakeUpsUnderTest): void {
  it('has a job for itself until it is done, and nobody has it after that', async () => {
    const { wakeUps } = under();
    await wakeUps.wakeNow(key, 1);
    const [worker, other] = [under().worker(), under().worker()];
    const job = await mustTake(worker);
    expect(await stateOf(under())).toBe('active');
    expect(await other.take()).toBeUndefined();
    expect(await job.complete()).toBe(true);
    expect(await stateOf(under())).toBe('unknown');
    expect(await other.take()).toBeUndefined();
  });

  it('finishes nothing twice', async () => {
    const { wakeUps, clock } = under();
    await wakeUps.wakeNow(key, 1);
    const job = await mustTake(under().worker());
    await job.complete();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    expect([await job.complete(), await job.putBack(now, null), await job.fail()]).toEqual([false, false, false]);
    expect(await under().dueAt('1001', 1)).toBe(now + farMs);
  });
}

function puttingBack(under: () => WakeUpsUnderTest): void {
  it('puts a job back to a time by its own clock', async () => {
    const { wakeUps } = under();
    await wakeUps.wakeNow(key, 1);
    const ahead = under().worker(hourMs);
    const at = (await ahead.now()) + farMs;
    expect(await (await mustTake(ahead)).putBack(at, null)).toBe(true);
    expect(await stateOf(under())).toBe('delayed');
    const due = (await under().dueAt('1001', 1)) ?? Number.NaN;
    // BullMQ makes of it how long it is from its own now on.
    expect(Math.abs(due - at)).toBeLessThan(farMs / 2);
    expect(await ahead.take()).toBeUndefined();
    await wakeUps.wakeNow(key, 1);
    expect(await mustTake(under().worker())).toMatchObject({ agentId: '1001', epoch: 1 });
  });

  it('uses no attempt up by that, and gives none back', async () => {
    const { wakeUps } = under();
    const worker = under().worker();
    const again = async (): Promise<TakenJob> => {
      await wakeUps.wakeNow(key, 1);
      return mustTake(worker);
    };
    for (let n = 0; n < 2 * wakeUpJobOptions.attempts; n++) await (await again()).putBack(await worker.now(), null);
    for (let n = 1; n < wakeUpJobOptions.attempts; n++) await (await again()).fail();
    await (await again()).putBack(await worker.now(), null);
    await (await again()).fail();
    expect(await stateOf(under())).toBe('failed');
  });
}

function failing(under: () => WakeUpsUnderTest): void {
  it('tries a job again after a while by its own clock, each time later, and keeps it when it failed too often', async () => {
    const { wakeUps } = under();
    await wakeUps.wakeNow(key, 1);
    const behind = under().worker(-hourMs);
    const { attempts, backoff } = wakeUpJobOptions;
    for (let n = 1; n < attempts; n++) {
      const job = await mustTake(behind);
      const before = await behind.now();
      expect(await job.fail()).toBe(true);
      expect(await stateOf(under())).toBe('delayed');
      const due = (await under().dueAt('1001', 1)) ?? Number.NaN;
      expect(due).toBeGreaterThanOrEqual(before + backoff.delay * 2 ** (n - 1));
      expect(due).toBeLessThanOrEqual((await behind.now()) + backoff.delay * 2 ** (n - 1));
      await wakeUps.wakeNow(key, 1);
    }
    await (await mustTake(behind)).fail();
    expect(await stateOf(under())).toBe('failed');
    expect(await under().worker(hourMs).take()).toBeUndefined();
  });
}

/** What becomes of jobs whose workers die or stand still. Locks are short where time is real. */
export function describeLocks(name: string, start: () => Promise<WakeUpsUnderTest>): void {
  describe(`the lock of a wake-up that is processed ${name}`, () => {
    const under = startedForEach(start);
    lockEnds(under);
    suspectedIds(under);
    lockIsKept(under);
    stallsOften(under);
  });
}

/** Looks for stalled jobs until that one is given back; answers the store's time then. */
function untilGivenBack(under: WakeUpsUnderTest, worker: WorkerUnderTest): Promise<number> {
  const { clock, lockMs } = under;
  return waitFor({ clock, stepMs: lockMs / 10, what: 'the job to be given back' }, async () => {
    await worker.checkStalled();
    return (await stateOf(under)) === 'active' ? undefined : clock.now();
  });
}

function lockEnds(under: () => WakeUpsUnderTest): void {
  it('gives the job of a worker that died to another one, not before its lock has run out', async () => {
    const { wakeUps, clock, lockMs } = under();
    await wakeUps.wakeNow(key, 1);
    const takenAt = await clock.now();
    await mustTake(under().worker());
    const other = under().worker();
    const givenBackAt = await untilGivenBack(under(), other);
    expect(givenBackAt - takenAt).toBeGreaterThanOrEqual(lockMs);
    expect(await stateOf(under())).toBe('waiting');
    expect(await mustTake(other)).toMatchObject({ agentId: '1001', epoch: 1 });
  });

  it('takes what the first worker does with it for nothing, whether somebody has it meanwhile or not', async () => {
    const { wakeUps } = under();
    await wakeUps.wakeNow(key, 1);
    const late = await mustTake(under().worker());
    const other = under().worker();
    await untilGivenBack(under(), other);
    const orders = async (): Promise<boolean[]> => [
      await late.putBack(await other.now(), null),
      await late.complete(),
      await late.fail(),
    ];
    expect(await orders()).toEqual([false, false, false]);
    expect(await stateOf(under())).toBe('waiting');
    await mustTake(other);
    expect(await orders()).toEqual([false, false, false]);
    expect(await stateOf(under())).toBe('active');
  });

  it('lets a job be taken back that is being processed, when its lock has run out', async () => {
    const { wakeUps, clock, lockMs } = under();
    await wakeUps.wakeNow(key, 1);
    const job = await mustTake(under().worker());
    await clock.advance(lockMs + 1);
    expect(await stateOf(under())).toBe('active');
    await wakeUps.disarm(key, 1);
    expect(await stateOf(under())).toBe('unknown');
    expect(await job.complete()).toBe(false);
  });
}

/** What BullMQ suspects is an id, whichever job has it. */
function suspectedIds(under: () => WakeUpsUnderTest): void {
  it('gives a job back one look earlier that comes under the id of one whose worker was gone, and not before its lock has run out', async () => {
    const { wakeUps, clock, lockMs } = under();
    const take = async (): Promise<WorkerUnderTest> => {
      await wakeUps.wakeNow(key, 1);
      const worker = under().worker();
      await mustTake(worker);
      return worker;
    };
    const lookAfterLock = async (worker: WorkerUnderTest): Promise<JobState> => {
      await clock.advance(lockMs + 1);
      await worker.checkStalled();
      return stateOf(under());
    };
    expect(await lookAfterLock(await take())).toBe('active');
    await wakeUps.disarm(key, 1);
    expect(await lookAfterLock(await take())).toBe('waiting');
  });
}

function lockIsKept(under: () => WakeUpsUnderTest): void {
  it('keeps a job for a worker that renews its lock in time, however long that takes', async () => {
    const { wakeUps, clock, lockMs } = under();
    // Renewed three times in a lock; on a machine that is too slow for that it is tried again.
    const state = await within({ clock, ms: 3 * lockMs, prepare: () => wakeUps.disarm(key, 1) }, async () => {
      await wakeUps.wakeNow(key, 1);
      const worker = under().worker();
      const job = await mustTake(worker);
      for (let n = 0; n < 6; n++) {
        await clock.advance(lockMs / 3);
        await worker.renewLocks();
        await worker.checkStalled();
      }
      const seen = await stateOf(under());
      await job.complete();
      return seen;
    });
    expect(state).toBe('active');
  });
}

function stallsOften(under: () => WakeUpsUnderTest): void {
  it('gives a job up that has lost so many workers: it has failed when somebody takes it once more', async () => {
    const { wakeUps } = under();
    await wakeUps.wakeNow(key, 1);
    const worker = under().worker();
    for (let stalls = 0; stalls <= steadyOptions.maxStalledCount; stalls++) {
      expect(await mustTake(worker)).toMatchObject({ epoch: 1 });
      await untilGivenBack(under(), worker);
    }
    expect(await stateOf(under())).toBe('waiting');
    expect(await worker.take()).toBeUndefined();
    expect(await stateOf(under())).toBe('failed');
  });
}
