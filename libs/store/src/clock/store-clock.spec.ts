import { ClockedProcess, SteppingStore } from './clocks.spec-support';
import { stepToleranceMs } from './step-detection';
import { storeTimeOf } from './store-time';

const minuteMs = 60_000;

function setUp() {
  const store = new SteppingStore();
  const process = new ClockedProcess(store, 'worker-1');
  const pass = async (ms: number, ...processes: ClockedProcess[]): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
      store.trueMs += 1_000;
      for (const each of processes) await each.clock.look();
    }
  };
  return { store, process, pass };
}

describe('the clock of a process', () => {
  it('puts store time back when the Redis host’s clock stepped ahead, and says so once', async () => {
    const { store, process, pass } = setUp();
    await pass(10_000, process);
    store.steppedMs += minuteMs;
    await pass(5_000, process);
    expect(Math.abs(store.errorMs)).toBeLessThan(100);
    expect(process.clock.steps).toEqual({ ahead: 1, back: 0 });
    expect(process.warnings).toEqual(store.sentences);
    expect(store.sentences).toEqual([
      expect.stringMatching(/stepped ahead by (60\.0|59\.9) s, .* worker-1: .* put back/),
    ]);
  });

  it('puts store time forward when that clock fell back', async () => {
    const { store, process, pass } = setUp();
    await pass(10_000, process);
    store.steppedMs -= 11 * minuteMs;
    await pass(5_000, process);
    expect(Math.abs(store.errorMs)).toBeLessThan(100);
    expect(process.clock.steps).toEqual({ ahead: 0, back: 1 });
    expect(store.sentences).toEqual([expect.stringMatching(/fell back or stood still by (660\.0|659\.9) s/)]);
  });

  it.each([stepToleranceMs - 100, 100 - stepToleranceMs])('leaves a shift of %d ms as it is', async (shiftMs) => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    store.steppedMs += shiftMs;
    await pass(3_000, process);
    expect(store.sentences).toEqual([]);
  });

  it('sees shifts that are each too small to be one when they add up', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    for (let n = 0; n < 10; n++) {
      store.steppedMs += 400;
      await pass(1_000, process);
    }
    expect(store.errorMs).toBeLessThan(stepToleranceMs + 200);
  });

  it('counts only what is certain: an answer that took long proves little', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    process.meanwhile = () => (store.trueMs += minuteMs);
    await process.clock.look();
    process.meanwhile = () => undefined;
    await pass(3_000, process);
    expect(store.sentences).toEqual([]);
    store.steppedMs += minuteMs;
    await process.clock.look();
    expect(process.clock.steps.ahead).toBe(1);
  });

  it('lets the offset return to 0 at 1 % of the time, which is no step', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    store.steppedMs -= 3_000;
    await pass(100_000, process);
    expect(store.errorMs).toBeGreaterThan(-1_100);
    expect(store.errorMs).toBeLessThan(-900);
    await pass(300_000, process);
    expect(process.clock.offsetMs).toBe(0);
    expect(store.sentences).toHaveLength(1);
  });

  it('corrects a step that a read shows before the answer is used', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    const right = storeTimeOf(store.sample);
    store.steppedMs -= 11 * minuteMs;
    const read = await process.clock.steadily(() => Promise.resolve({ time: store.sample }));
    expect(Math.abs(read.now - right)).toBeLessThan(100);
    expect(storeTimeOf(store.sample)).toBe(read.now);
  });

  it('answers the right time, and says what is wrong, where the step cannot be corrected', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    const right = storeTimeOf(store.sample);
    store.steppedMs += minuteMs;
    process.fault = new Error('READONLY');
    const read = await process.clock.steadily(() => Promise.resolve({ time: store.sample }));
    expect(Math.abs(read.now - right)).toBeLessThan(100);
    expect(process.clock.unsettled(15_000)).toContain('not corrected yet');
    process.fault = undefined;
    await process.clock.look();
    expect(process.clock.unsettled(15_000)).toContain('servers renew their leases first');
  });

  it('is not settled for so long after a correction, whichever process made it', async () => {
    const { store, process, pass } = setUp();
    const other = new ClockedProcess(store, 'server-1');
    await pass(3_000, process, other);
    store.steppedMs += minuteMs;
    await process.clock.look();
    await pass(10_000, other);
    expect(other.clock.unsettled(15_000)).not.toBeNull();
    expect(other.clock.unsettled(9_000)).toBeNull();
    await pass(10_000, other);
    expect(other.clock.unsettled(15_000)).toBeNull();
  });

  it('does not put store time back when its machine knows that it was suspended', async () => {
    const { store, process, pass } = setUp();
    process.countsSuspension = true;
    await pass(3_000, process);
    process.suspend(minuteMs);
    await pass(3_000, process);
    expect(store.sentences).toEqual([]);
    store.steppedMs += minuteMs;
    await process.clock.look();
    expect(process.clock.steps.ahead).toBe(1);
  });

  it('sees a store that lost its offset', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    store.steppedMs += minuteMs;
    await pass(3_000, process);
    store.text = '';
    await pass(3_000, process);
    expect(Math.abs(store.errorMs)).toBeLessThan(200);
  });

  it('looks after the call, also where a look is under way', async () => {
    const { store, process, pass } = setUp();
    await pass(3_000, process);
    let asked = 0;
    process.meanwhile = () => {
      asked += 1;
    };
    await Promise.all([process.clock.look(), process.clock.look(), process.clock.look()]);
    expect(asked).toBe(2);
    expect(store.sentences).toEqual([]);
  });
});
