import { interleaved, perSecond, ratios } from './rounds';

describe('interleaved rounds', () => {
  it('give every candidate its turn in each round, and leave out the rounds that warm up', async () => {
    const turns: string[] = [];
    const candidate = (name: string) => (round: number) => {
      turns.push(`${name}${String(round)}`);
      return round;
    };
    const found = await interleaved({ rounds: 2, warmUps: 1 }, { a: candidate('a'), b: candidate('b') });
    expect(turns).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    expect(found).toEqual({ a: [1, 2], b: [1, 2] });
  });

  it('are compared round by round', () => {
    expect(ratios([1, 6], [2, 3])).toEqual([0.5, 2]);
  });
});

describe('operations with so many under way', () => {
  it('run once each, and never more at once than that', async () => {
    const seen: number[] = [];
    let [underWay, most] = [0, 0];
    await perSecond(20, 3, async (n) => {
      seen.push(n);
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
    });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBe(3);
  });
});
