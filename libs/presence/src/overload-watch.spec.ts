import { type Side } from '#domain/agent';
import { lateWindowsMin, overloadHoldMs, OverloadWatch, sampleMs, windowMs } from './overload-watch';

function setUp() {
  jest.useFakeTimers();
  const world = { nowMs: 0, reports: [] as [Side, number][], lines: [] as string[], isStoreAway: false };
  const line = (level: string) => (_fields: object, text: string) => void world.lines.push(`${level} ${text}`);
  const watch = new OverloadWatch({
    side: 'primary',
    reports: {
      report: (side, forMs) => {
        if (world.isStoreAway) return Promise.reject(new Error('away'));
        world.reports.push([side, forMs]);
        return Promise.resolve();
      },
    },
    log: { error: line('error'), warn: line('warn'), info: line('info') } as never,
    monotonicMs: () => world.nowMs,
  });
  watch.start();
  /** Timers fire, each one so much too late. */
  const pass = async (ms: number, lateMs = 0): Promise<void> => {
    for (let passed = 0; passed < ms; passed += sampleMs + lateMs) {
      world.nowMs += sampleMs + lateMs;
      await jest.advanceTimersByTimeAsync(sampleMs);
    }
  };
  return { world, watch, pass };
}

describe('the watch for overload', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('says nothing while timers are on time, or late now and then', async () => {
    const { world, watch, pass } = setUp();
    await pass(10 * windowMs);
    await pass(10 * windowMs, sampleMs / 2);
    await pass(20_000, 20_000);
    await pass(2 * windowMs);
    expect([world.reports, world.lines, watch.isOverloaded]).toEqual([[], [], false]);
  });

  it('reports an event loop that is saturated for some seconds, again each second, once in the log', async () => {
    const { world, watch, pass } = setUp();
    await pass((lateWindowsMin - 1) * windowMs, 4 * sampleMs);
    expect(watch.isOverloaded).toBe(false);
    await pass(3 * windowMs, 4 * sampleMs);
    expect(world.reports).toEqual(Array(3).fill(['primary', overloadHoldMs]));
    expect(world.lines).toEqual(['error this server is overloaded: the losses of its side are held as an outage']);
    await pass(overloadHoldMs + windowMs);
    expect(watch.isOverloaded).toBe(false);
    expect(world.lines.slice(1)).toEqual(['info this server is not overloaded any more']);
    expect(world.reports).toHaveLength(3);
  });

  it('reports that somebody was turned away for want of room', async () => {
    const { world, watch, pass } = setUp();
    watch.noteTurnedAway();
    await pass(2 * windowMs);
    expect(world.reports).toEqual([['primary', overloadHoldMs]]);
    expect(watch.isOverloaded).toBe(true);
  });

  it('goes on reporting when the store was away', async () => {
    const { world, watch, pass } = setUp();
    world.isStoreAway = true;
    watch.noteTurnedAway();
    await pass(windowMs);
    watch.noteTurnedAway();
    await pass(windowMs);
    expect(world.lines.filter((text) => text.startsWith('warn'))).toHaveLength(1);
    world.isStoreAway = false;
    watch.noteTurnedAway();
    await pass(windowMs);
    expect(world.reports).toHaveLength(1);
  });
});
