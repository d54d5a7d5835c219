import fc from 'fast-check';
import { backOffMs } from './back-off';

describe('the wait before the next attempt', () => {
  it('doubles from a quarter of a second to ten seconds', () => {
    const waits = [0, 1, 2, 3, 6, 100].map((failures) => backOffMs(failures, () => 0));
    expect(waits).toEqual([250, 500, 1_000, 2_000, 10_000, 10_000]);
  });

  it('is shorter by up to a half, as chance has it, so that all servers do not come at once', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, chance) => {
        const wholeMs = backOffMs(failures, () => 0);
        const waitMs = backOffMs(failures, () => chance);
        expect(waitMs).toBeLessThanOrEqual(wholeMs);
        expect(waitMs).toBeGreaterThanOrEqual(wholeMs / 2);
      }),
    );
  });
});
