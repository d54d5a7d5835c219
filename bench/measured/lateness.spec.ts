import { earliestTimes } from './lateness';

describe('the earliest times of requests under limits', () => {
  it('are the due times while no limit is reached', () => {
    expect(earliestTimes([0, 500, 1_000], [{ max: 2, windowMs: 1_000 }])).toEqual([0, 500, 1_000]);
  });

  it('wait until the window of the limit has room', () => {
    expect(earliestTimes([0, 0, 0, 0, 0], [{ max: 2, windowMs: 1_000 }])).toEqual([0, 0, 1_000, 1_000, 2_000]);
  });

  it('obey the strictest of several limits at each moment', () => {
    const limits = [
      { max: 1, windowMs: 1_000 },
      { max: 2, windowMs: 60_000 },
    ];
    expect(earliestTimes([0, 0, 0, 0], limits)).toEqual([0, 1_000, 60_000, 61_000]);
  });
});
