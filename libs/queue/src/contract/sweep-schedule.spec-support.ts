import { startedForEach, type UnderTest } from '#store/contract/under-test.spec-support';

export interface SweepScheduleUnderTest extends UnderTest {
  readonly everyMs: number;
  /** As a worker with such a clock does once in an interval. */
  schedule(aheadMs?: number): Promise<void>;
  hurry(): Promise<void>;
  /** Whether a worker with such a clock finds a sweep that is due, and takes it. */
  take(aheadMs?: number): Promise<boolean>;
  /** The next sweep's date, epoch ms; null when it waits for whoever looks first. */
  dueAt(): Promise<number | null>;
}

const hourMs = 3_600_000;

/** When the next sweep begins, and by whose clock. */
export function describeSweepSchedule(name: string, start: () => Promise<SweepScheduleUnderTest>): void {
  describe(`the schedule of sweeps ${name}`, () => {
    const under = startedForEach(start);
    intervals(under);
    clocks(under);
  });
}

/** The date of the next sweep, which must not be due yet by any clock. */
async function dateOf(under: SweepScheduleUnderTest): Promise<number> {
  const at = await under.dueAt();
  if (at === null) throw new Error('the next sweep is not dated');
  return at;
}

function intervals(under: () => SweepScheduleUnderTest): void {
  it('begins with a sweep at once, and has one at a time, however often it is scheduled', async () => {
    for (let n = 0; n < 3; n++) await under().schedule();
    expect(await under().take()).toBe(true);
    expect(await under().take()).toBe(false);
  });

  it('dates the next one an interval after the last one was due', async () => {
    const { clock, everyMs } = under();
    const before = await clock.now();
    await under().schedule();
    const after = await clock.now();
    await under().take();
    const first = await dateOf(under());
    expect(first).toBeGreaterThanOrEqual(before + everyMs);
    expect(first).toBeLessThanOrEqual(after + everyMs);
    await under().schedule();
    expect(await dateOf(under())).toBe(first);
    // Another worker's clock is an interval ahead: it takes it when it is due by that.
    expect(await under().take(first - (await clock.now()))).toBe(true);
    expect(await dateOf(under())).toBe(first + everyMs);
  });

  it('takes the next time to come where some were missed', async () => {
    const { clock, everyMs } = under();
    await under().schedule();
    await under().take();
    const first = await dateOf(under());
    const before = await clock.now();
    expect(await under().take(first - before + 3 * everyMs)).toBe(true);
    const next = await dateOf(under());
    expect((next - first) % everyMs).toBe(0);
    expect(next - first).toBeGreaterThanOrEqual(4 * everyMs);
  });
}

function clocks(under: () => SweepScheduleUnderTest): void {
  it('begins now where a clock that is ahead put it far away', async () => {
    await under().schedule();
    await under().take();
    expect(await under().take(hourMs)).toBe(true);
    expect(await under().take()).toBe(false);
    await under().hurry();
    expect(await under().dueAt()).toBeNull();
    expect(await under().take()).toBe(true);
  });

  it('begins now where it is due by the store’s time, and every worker’s clock is behind', async () => {
    const { clock, everyMs } = under();
    await under().schedule(-hourMs);
    await under().take(-hourMs);
    const before = await clock.now();
    expect(await dateOf(under())).toBeLessThan(before);
    expect(await under().take(-hourMs)).toBe(false);
    await under().hurry();
    expect(await under().take(-hourMs)).toBe(true);
    expect(await dateOf(under())).toBeLessThanOrEqual(before - hourMs + 3 * everyMs);
  });

  it('stays where it is when it is dated well', async () => {
    await under().schedule();
    await under().take();
    const at = await dateOf(under());
    await under().hurry();
    expect(await dateOf(under())).toBe(at);
  });
}
