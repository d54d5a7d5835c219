import { crowdMs, limitsOf, spacingOf, turnInLine } from './request-line';

const minute = { ms: 60_000, max: 150 };
const second = { ms: 1_000, max: 10 };

describe('the turn of a request that a limit refuses', () => {
  it('is when the limit is free, or one spacing after the last one who waits', () => {
    expect(turnInLine({ freeAt: 5_000, lastAt: null, spacingMs: 400 })).toBe(5_000);
    expect(turnInLine({ freeAt: 5_000, lastAt: 6_000, spacingMs: 400 })).toBe(6_400);
    expect(turnInLine({ freeAt: 9_000, lastAt: 6_000, spacingMs: 400 })).toBe(9_000);
  });

  it('of the nth is what the nth is told when all come one after the other', () => {
    let lastAt: number | null = null;
    for (let nth = 1; nth <= 50; nth++) {
      const told: number = turnInLine({ freeAt: 1_000, lastAt, spacingMs: 400 });
      expect(told).toBe(turnInLine({ freeAt: 1_000, lastAt: null, spacingMs: 400 }, nth));
      lastAt = told;
    }
  });

  it('comes by the slowest limit', () => {
    expect(spacingOf([minute, second])).toBe(400);
    expect(spacingOf([minute, second, { ms: 1_000, max: 1 }])).toBe(1_000);
    expect(spacingOf([])).toBe(0);
    expect(spacingOf([{ ms: 1_000, max: 0 }])).toBe(1_000);
  });
});

describe('a crowd that is due together', () => {
  it('waits for nothing below the limits', () => {
    expect(crowdMs(10, [second, minute])).toBe(0);
    expect(crowdMs(0, [second])).toBe(0);
    expect(crowdMs(5, [])).toBe(0);
  });

  it.each([151, 300, 1_000, 5_000])(
    'of %i is out within N / limit minutes, and no sooner than one turn before',
    (count) => {
      const bound = (count / minute.max) * 60_000;
      expect(crowdMs(count, [second, minute])).toBeLessThanOrEqual(bound);
      expect(crowdMs(count, [second, minute])).toBeGreaterThan(bound - 2 * 400);
    },
  );

  it('of goodbyes waits for the limit of the CTI server alone', () => {
    expect(crowdMs(1_000, limitsOf(null, 10))).toBe(99_900);
    expect(crowdMs(1_000, limitsOf({ perMinuteMax: 150, perSecondMax: 1 }, 10))).toBe(999_000);
  });
});
