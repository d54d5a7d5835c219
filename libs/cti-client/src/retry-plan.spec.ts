import { planRetry } from './retry-plan';

const limits = { backOffFirstMs: 15_000, randomWaitMsMax: 2_000 };

describe('the reconnect order of the guide (GED-188)', () => {
  it('tries the same side at once, then the other side at once', () => {
    expect(planRetry(1, 'a', limits)).toEqual({ side: 'a', waitMs: 0, jitterMs: 0 });
    expect(planRetry(2, 'a', limits)).toEqual({ side: 'b', waitMs: 0, jitterMs: 0 });
  });

  it('then waits a random time', () => {
    expect(planRetry(3, 'b', limits)).toEqual({ side: 'a', waitMs: 0, jitterMs: 2_000 });
  });

  it('then takes the sides in turn after 15, 30, 60, 120, 120 … seconds', () => {
    const plans = [4, 5, 6, 7, 8, 50].map((failures) => planRetry(failures, 'a', limits));
    expect(plans.map(({ waitMs }) => waitMs)).toEqual([15_000, 30_000, 60_000, 120_000, 120_000, 120_000]);
    expect(plans.every(({ side }) => side === 'b')).toBe(true);
  });
});
