import { MinuteCounts } from './minute-counts';

describe('counts by the minute', () => {
  it('are kept for each key by itself', async () => {
    const counts = new MinuteCounts(2);
    expect([await counts.take('a'), await counts.isFull('a')]).toEqual([true, false]);
    expect([await counts.take('a'), await counts.isFull('a')]).toEqual([true, true]);
    expect(await counts.take('a')).toBe(false);
    expect([await counts.isFull('b'), await counts.take('b')]).toEqual([false, true]);
  });
});
