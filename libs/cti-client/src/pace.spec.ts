import { ManualClock } from './cti-pair.spec-support';
import { Pace, TURNS_WAITING_MAX } from './pace';

describe('turns', () => {
  it('come at once after a pause, then evenly', async () => {
    const clock = new ManualClock();
    const pace = new Pace(clock, 4);
    const times: number[] = [];
    for (let turn = 0; turn < 3; turn++) void pace.turn().then(() => times.push(clock.monotonicMs()));
    await clock.pass(10_000);
    void pace.turn().then(() => times.push(clock.monotonicMs()));
    await clock.pass(0);
    expect(times).toEqual([0, 250, 500, 10_000]);
  });

  it('that are spare come when nobody waits for a first one, and no later', async () => {
    const clock = new ManualClock();
    const pace = new Pace(clock, 1);
    const order: string[] = [];
    const take = (name: string, urgency: 'first' | 'spare'): void =>
      void pace.turn(urgency).then((turn) => order.push(`${name} ${turn} ${clock.monotonicMs()}`));
    take('a', 'spare');
    take('b', 'spare');
    take('c', 'first');
    take('d', 'first');
    await clock.pass(3_000);
    expect(order).toEqual(['a now 0', 'c now 1000', 'd now 2000', 'b now 3000']);
    take('e', 'spare');
    pace.stop();
    await clock.pass(0);
    expect(order.at(-1)).toBe('e stopped 3000');
  });

  it('are refused when too many wait', async () => {
    const pace = new Pace(new ManualClock(), 1);
    const turns = Array.from({ length: TURNS_WAITING_MAX + 2 }, () => pace.turn());
    expect(await turns[0]).toBe('now');
    expect(await turns.at(-1)).toBe('tooMany');
    pace.stop();
    expect(await turns[1]).toBe('stopped');
    expect(await turns[TURNS_WAITING_MAX]).toBe('stopped');
  });
});
