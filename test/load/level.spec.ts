import { judgeLevel, sentenceOf, type Sample } from './level';

const bound = { share: 0.1, least: 2 };
const series = (samples: readonly Sample[]) => ({ name: 'memory of a server', unit: 'MB', bound, samples });
const overTime = (valueAt: (place: number) => number): Sample[] =>
  Array.from({ length: 180 }, (_, place) => ({ at: 10_000 * place, value: valueAt(place) }));

describe('a figure that must stay level', () => {
  it('is level when it only goes up and down', () => {
    const verdict = judgeLevel(series(overTime((place) => 100 + (place % 7) * 5)));
    expect(verdict).toMatchObject({ isLevel: true, first: 100, last: 100, growth: 0 });
  });

  it('may grow while it warms up', () => {
    const verdict = judgeLevel(series(overTime((place) => Math.min(place, 55) * 2)));
    expect(verdict.isLevel).toBe(true);
  });

  it('grows when what it never falls below does, however it goes up and down', () => {
    const verdict = judgeLevel(series(overTime((place) => 100 + place / 6 + (place % 7) * 5)));
    expect(verdict.isLevel).toBe(false);
    expect(verdict.perMinute).toBeCloseTo(1, 1);
    expect(sentenceOf(verdict)).toMatch(/^memory of a server GROWS: /);
  });

  it('may grow by its share, or by the number where that is more', () => {
    const grows = (from: number): boolean => judgeLevel(series(overTime((place) => from + (place / 180) * 3))).isLevel;
    expect([grows(1_000), grows(10)]).toEqual([true, true]);
    expect(judgeLevel(series(overTime((place) => 10 + (place / 180) * 4))).isLevel).toBe(false);
  });

  it('is judged by its peaks where it takes long to go up and down', () => {
    const sawTooth = { ...bound, least: 20, turnMs: 400_000 };
    const judge = (leak: number): boolean =>
      judgeLevel({ ...series(overTime((place) => 135 + (place % 45) * 3 + place * leak)), bound: sawTooth }).isLevel;
    expect([judge(0), judge(0.1), judge(0.6)]).toEqual([true, true, false]);
  });

  it('does not mind one sample that is far off', () => {
    const verdict = judgeLevel(series(overTime((place) => (place === 179 ? 900 : 100))));
    expect(verdict.isLevel).toBe(true);
  });
});
