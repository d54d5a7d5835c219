import { describeShortage, isFair, type KernelFigures, ShortageWatch } from './processor-shortage';

/** Figures that a test sets; the clock moves with jest's timers. */
class Figures implements KernelFigures {
  readonly waited = new Map<number, number>();
  stolen = 0;
  pressure: number | undefined = 0;
  waitedMs = (pid: number): number | undefined => this.waited.get(pid);
  stolenMs = (): number => this.stolen;
  pressureMs = (): number | undefined => this.pressure;
  nowMs = (): number => Date.now();
}

const windowMs = 2_000;
const server = { name: 'server', pid: 7 };

describe('the shortage of processor time', () => {
  let figures: Figures;
  let watch: ShortageWatch;
  beforeEach(() => {
    jest.useFakeTimers();
    figures = new Figures();
    figures.waited.set(server.pid, 1_000);
    watch = new ShortageWatch(windowMs, () => [server], figures);
  });
  afterEach(() => {
    watch.end();
    jest.useRealTimers();
  });

  const pass = (ms: number, waitedMs: number, pid = server.pid): void => {
    for (let passed = 0; passed < ms; passed += 100) {
      figures.waited.set(pid, (figures.waited.get(pid) ?? 0) + (waitedMs * 100) / ms);
      jest.advanceTimersByTime(100);
    }
  };

  it('is nothing where nobody waited, whatever was counted before', () => {
    pass(5_000, 0);
    expect(watch.end()).toMatchObject({ waitedMs: 0, stalledMs: 0 });
  });

  it('is the longest wait of one process within one window', () => {
    pass(5_000, 100);
    pass(1_000, 900);
    pass(5_000, 100);
    const shortage = watch.end();
    expect(shortage.waitedMs).toBeGreaterThanOrEqual(900);
    expect(shortage.by).toBe('server (7)');
    expect(isFair(shortage, 4_000)).toBe(false);
    expect(isFair(shortage, 5_000)).toBe(true);
  });

  it('does not add up what was waited for in windows apart from each other', () => {
    for (let turn = 0; turn < 10; turn++) {
      pass(100, 90);
      pass(4_000, 0);
    }
    const { waitedMs, waitedInAllMs } = watch.end();
    expect(waitedMs).toBeCloseTo(90);
    expect(waitedInAllMs).toBeCloseTo(900);
  });

  it('counts a process that began meanwhile from its beginning', () => {
    const begun = { name: 'worker', pid: 8 };
    const own = new ShortageWatch(windowMs, () => [begun], figures);
    pass(500, 400, begun.pid);
    expect(own.end()).toMatchObject({ waitedMs: expect.closeTo(400) as number, by: 'worker (8)' });
  });

  it('counts time that the hypervisor took as waited for by everybody', () => {
    figures.stolen = 600;
    pass(200, 0);
    expect(watch.end()).toMatchObject({ waitedMs: 600, by: 'server (7)' });
  });

  it('goes on when a process is gone', () => {
    pass(300, 300);
    figures.waited.clear();
    jest.advanceTimersByTime(5_000);
    expect(watch.end().waitedMs).toBeCloseTo(300);
  });

  it('is also a test that stood still itself, though the kernel counted nothing', () => {
    jest.setSystemTime(Date.now() + 3_000);
    jest.advanceTimersByTime(100);
    const shortage = watch.end();
    expect(shortage.stalledMs).toBe(3_000);
    expect(isFair(shortage, 5_000)).toBe(false);
  });

  it('tells the pressure of the whole time, and says so where the kernel does not', () => {
    figures.pressure = 250;
    jest.advanceTimersByTime(1_000);
    expect(watch.end().pressure).toBeCloseTo(0.25);
    figures.pressure = undefined;
    const unknown = new ShortageWatch(windowMs, () => [], figures).end();
    expect(unknown.pressure).toBeNull();
    expect(describeShortage(unknown)).toContain('CPU pressure unknown');
  });
});

describe('the figures of this kernel', () => {
  it('are read while they are sampled', async () => {
    const watch = new ShortageWatch(windowMs, () => []);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { waitedMs, stalledMs, pressure } = watch.end();
    expect(waitedMs).toBeGreaterThanOrEqual(0);
    expect(stalledMs).toBeGreaterThanOrEqual(0);
    if (pressure !== null) expect(pressure).toBeGreaterThanOrEqual(0);
  });
});
