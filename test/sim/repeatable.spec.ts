import { simulate } from './simulation';

/** Small and large ones, calm ones and those with faults of many kinds. */
const seeds = [1, 7, 18, 47, 279, 377, 449, 1469];

describe('a simulation', () => {
  it.each(seeds)('is the same to the byte each time it is run: seed %d', async (seed) => {
    const first = await simulate(seed, { isVerbose: true });
    const again = await simulate(seed, { isVerbose: true });
    expect(first.lines.length).toBeGreaterThan(20);
    expect(again.lines.join('\n')).toBe(first.lines.join('\n'));
    expect(again.heading).toBe(first.heading);
  });

  it('is another one with another seed', async () => {
    const [one, other] = [await simulate(1, { isVerbose: true }), await simulate(2, { isVerbose: true })];
    expect(one.lines.join('\n')).not.toBe(other.lines.join('\n'));
  });

  it('leaves clocks and timers as it found them', async () => {
    const before = [setTimeout, setImmediate, setInterval, clearTimeout];
    await simulate(1);
    expect([setTimeout, setImmediate, setInterval, clearTimeout]).toEqual(before);
    expect(Object.keys(performance)).not.toContain('now');
  });
});
