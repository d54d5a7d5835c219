import { keyOf } from '#store/contract/agents.spec-support';
import { startedForEach } from '#store/contract/under-test.spec-support';
import { lateMsMax } from '../logout-queue';
import {
  farMs,
  hourMs,
  key,
  leaveFailed,
  mustTake,
  stateOf,
  stepMs,
  type WakeUpsUnderTest,
} from './queue-under-test.spec-support';

/** Wake-ups as jobs: what a queue promises to those who set them. Locks last longer than any test. */
export function describeWakeUps(name: string, start: () => Promise<WakeUpsUnderTest>): void {
  describe(`wake-ups ${name}`, () => {
    const under = startedForEach(start);
    arming(under);
    armingAgain(under);
    makingSure(under);
    takingBack(under);
    wakingNow(under);
  });
}

/** BullMQ dates a changed delay while the order is on its way. */
async function orderTakes({ clock }: WakeUpsUnderTest, order: () => Promise<void>): Promise<number> {
  const before = await clock.now();
  await order();
  return (await clock.now()) - before;
}

function arming(under: () => WakeUpsUnderTest): void {
  it('makes one job for an agent and an epoch, due when it is wanted, however often that is asked for', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await Promise.all([wakeUps.arm(key, 1, now + farMs, now), wakeUps.arm(key, 1, now + farMs, now)]);
    expect(await stateOf(under())).toBe('delayed');
    expect(await under().dueAt('1001', 1)).toBe(now + farMs);
    const ahead = under().worker(2 * farMs);
    expect(await mustTake(ahead)).toMatchObject({ agentId: '1001', epoch: 1 });
    expect(await ahead.take()).toBeUndefined();
  });

  it('keeps epochs and agents apart', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.arm(key, 2, now + 2 * farMs, now);
    await wakeUps.arm(keyOf('1002'), 1, now + 3 * farMs, now);
    const dues = await Promise.all([under().dueAt('1001', 1), under().dueAt('1001', 2), under().dueAt('1002', 1)]);
    expect(dues).toEqual([now + farMs, now + 2 * farMs, now + 3 * farMs]);
  });

  it('goes by the store’s time, whatever the clock of the process that arms', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    for (const [n, aheadMs] of [hourMs, -hourMs].entries()) {
      under().setClockAhead(aheadMs);
      await wakeUps.arm(key, n, now + farMs, now);
      expect(await under().dueAt('1001', n)).toBe(now + farMs);
    }
  });

  it('gives one that is wanted now to any worker, also to one whose clock is behind', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now, now);
    await wakeUps.arm(key, 2, now - farMs, now);
    expect([await stateOf(under(), 1), await stateOf(under(), 2)]).toEqual(['waiting', 'waiting']);
    expect(await mustTake(under().worker(-hourMs))).toMatchObject({ epoch: 1 });
  });
}

function armingAgain(under: () => WakeUpsUnderTest): void {
  it('brings a job forward that is due later, and leaves one that is due earlier', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.arm(key, 1, now + 2 * farMs, now);
    expect(await under().dueAt('1001', 1)).toBe(now + farMs);
    const tookMs = await orderTakes(under(), () => wakeUps.arm(key, 1, now + farMs / 2, now));
    expect(await stateOf(under())).toBe('delayed');
    const due = (await under().dueAt('1001', 1)) ?? Number.NaN;
    expect(due).toBeGreaterThanOrEqual(now + farMs / 2);
    expect(due).toBeLessThanOrEqual(now + farMs / 2 + tookMs);
  });

  it('brings it forward by the store’s time: with a clock that is ahead it is woken rather than late', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    under().setClockAhead(hourMs);
    await wakeUps.arm(key, 1, now + farMs / 2, now);
    expect(await stateOf(under())).toBe('waiting');
    await wakeUps.arm(key, 2, now + 3 * hourMs, now);
    for (const [aheadMs, dueAt] of [
      [hourMs, now + 2 * hourMs],
      [-hourMs, now + farMs],
    ] as const) {
      under().setClockAhead(aheadMs);
      const tookMs = await orderTakes(under(), () => wakeUps.arm(key, 2, dueAt, now));
      expect(await stateOf(under(), 2)).toBe('delayed');
      const due = (await under().dueAt('1001', 2)) ?? Number.NaN;
      expect(due).toBeGreaterThanOrEqual(dueAt);
      expect(due).toBeLessThanOrEqual(dueAt + tookMs);
    }
  });

  it('promotes one that is due by the store’s time, for workers whose clocks are behind', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.arm(key, 1, now + farMs, now + farMs);
    expect(await stateOf(under())).toBe('waiting');
  });

  it('is not swallowed by a failed job that is kept under the same id', async () => {
    await leaveFailed(under());
    const now = await under().clock.now();
    await under().wakeUps.arm(key, 1, now + farMs, now);
    expect(await stateOf(under())).toBe('delayed');
    expect(await under().dueAt('1001', 1)).toBe(now + farMs);
  });

  it('leaves one alone that is waiting, or is being processed', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.wakeNow(key, 1);
    await wakeUps.arm(key, 1, now + farMs, now);
    expect(await stateOf(under())).toBe('waiting');
    const job = await mustTake(under().worker());
    for (const at of [now, now + farMs]) await wakeUps.arm(key, 1, at, now);
    expect(await stateOf(under())).toBe('active');
    await job.complete();
    expect(await stateOf(under())).toBe('unknown');
  });
}

function makingSure(under: () => WakeUpsUnderTest): void {
  it('makes one for now where there is none, or only a failed one', async () => {
    const { wakeUps, clock } = under();
    await wakeUps.ensure(key, 2, await clock.now());
    expect(await stateOf(under(), 2)).toBe('waiting');
    expect(await mustTake(under().worker(-hourMs))).toMatchObject({ epoch: 2 });
    await leaveFailed(under());
    await wakeUps.ensure(key, 1, await clock.now());
    expect(await stateOf(under())).toBe('waiting');
  });

  it('leaves one that is due in time, is waiting or is being processed', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.ensure(key, 1, now + farMs + lateMsMax);
    expect(await under().dueAt('1001', 1)).toBe(now + farMs);
    await wakeUps.wakeNow(key, 1);
    await wakeUps.ensure(key, 1, now);
    expect(await stateOf(under())).toBe('waiting');
    const job = await mustTake(under().worker());
    await wakeUps.ensure(key, 1, now);
    expect(await job.complete()).toBe(true);
    expect(await stateOf(under())).toBe('unknown');
  });

  it('wakes one that is late by the store’s time, by its date or by what was noted of it', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.ensure(key, 1, now + farMs + lateMsMax + 1);
    expect(await stateOf(under())).toBe('waiting');
    const ahead = under().worker(hourMs);
    const job = await mustTake(ahead);
    await job.putBack((await ahead.now()) + farMs, now + farMs);
    await wakeUps.ensure(key, 1, now + farMs + lateMsMax);
    expect(await stateOf(under())).toBe('delayed');
    await wakeUps.ensure(key, 1, now + farMs + lateMsMax + 1);
    expect(await stateOf(under())).toBe('waiting');
  });

  it('does not wake one that a worker dated into the past, and that is to be looked at later', async () => {
    const { wakeUps, clock } = under();
    await wakeUps.wakeNow(key, 1);
    const behind = under().worker(-hourMs);
    const now = await clock.now();
    await (await mustTake(behind)).putBack((await behind.now()) + farMs, now + farMs);
    await wakeUps.ensure(key, 1, now);
    expect(await stateOf(under())).toBe('delayed');
  });
}

function takingBack(under: () => WakeUpsUnderTest): void {
  it('removes the job of that epoch and no other, whatever it waits for', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 1, now + farMs, now);
    await wakeUps.arm(key, 2, now + farMs, now);
    await wakeUps.disarm(key, 1);
    expect([await stateOf(under(), 1), await stateOf(under(), 2)]).toEqual(['unknown', 'delayed']);
    await wakeUps.wakeNow(key, 2);
    await wakeUps.disarm(key, 2);
    expect(await stateOf(under(), 2)).toBe('unknown');
    expect(await under().worker().take()).toBeUndefined();
    await leaveFailed(under());
    await wakeUps.disarm(key, 1);
    expect(await stateOf(under())).toBe('unknown');
  });

  it('does nothing for a job that is not there, or is being processed', async () => {
    const { wakeUps } = under();
    await expect(wakeUps.disarm(key, 7)).resolves.toBeUndefined();
    await wakeUps.wakeNow(key, 1);
    const job = await mustTake(under().worker());
    await wakeUps.disarm(key, 1);
    expect(await stateOf(under())).toBe('active');
    expect(await job.complete()).toBe(true);
  });
}

function wakingNow(under: () => WakeUpsUnderTest): void {
  it('promotes a delayed job, and makes one where there is none, or only a failed one', async () => {
    const { wakeUps, clock } = under();
    const now = await clock.now();
    await wakeUps.arm(key, 2, now + farMs, now);
    await wakeUps.wakeNow(key, 2);
    await wakeUps.wakeNow(key, 3);
    expect([await stateOf(under(), 2), await stateOf(under(), 3)]).toEqual(['waiting', 'waiting']);
    await leaveFailedBehind();
    await wakeUps.wakeNow(key, 1);
    expect(await stateOf(under())).toBe('waiting');

    async function leaveFailedBehind(): Promise<void> {
      for (const epoch of [2, 3]) await wakeUps.disarm(key, epoch);
      await leaveFailed(under());
    }
  });

  it('waits for one that is being processed, and wakes it again when that puts it back', async () => {
    const { wakeUps, clock } = under();
    await wakeUps.wakeNow(key, 1);
    const worker = under().worker();
    const job = await mustTake(worker);
    const woken = wakeUps.wakeNow(key, 1);
    await clock.advance(stepMs);
    expect(await stateOf(under())).toBe('active');
    await job.putBack((await worker.now()) + farMs, null);
    await woken;
    expect(await stateOf(under())).toBe('waiting');
  });
}
