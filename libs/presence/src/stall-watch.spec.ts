import { restMs, stallMsMax, StallWatch, tickMs } from './stall-watch';

function setUp() {
  const clock = { ms: 5_000 };
  const stalls: number[] = [];
  const watch = new StallWatch({ monotonicMs: () => clock.ms, onStall: (ms) => stalls.push(ms) });
  return { clock, stalls, watch };
}

describe('the watch of stalls', () => {
  it('bears a busy second', () => {
    const { clock, stalls, watch } = setUp();
    clock.ms += tickMs + stallMsMax;
    expect(watch.isSteady()).toBe(true);
    expect(stalls).toEqual([]);
    expect(watch.awakeMs()).toBe(tickMs + stallMsMax);
  });

  it('finds a stall when it is asked, before any timer had its turn, and tells it once', () => {
    const { clock, stalls, watch } = setUp();
    clock.ms += 20_000;
    expect(watch.isSteady()).toBe(false);
    expect(watch.isSteady()).toBe(false);
    expect(stalls).toEqual([20_000 - tickMs]);
  });

  it('is steady again when there was time to read what came meanwhile', () => {
    const { clock, watch } = setUp();
    clock.ms += 20_000;
    watch.isSteady();
    clock.ms += restMs - 1;
    expect(watch.isSteady()).toBe(false);
    clock.ms += 1;
    expect(watch.isSteady()).toBe(true);
  });

  it('counts no time in which the process stood still', () => {
    const { clock, watch } = setUp();
    clock.ms += 1_000;
    const before = watch.awakeMs();
    clock.ms += 20_000;
    expect(watch.awakeMs() - before).toBe(tickMs);
    expect(watch.stalledMs).toBe(20_000 - tickMs);
  });
});
