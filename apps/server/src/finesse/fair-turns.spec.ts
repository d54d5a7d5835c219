import { FairTurns } from './fair-turns';

function enter(turns: FairTurns, key: string, order: string[]): void {
  void turns.enter(key).then((hasTurn) => order.push(hasTurn ? key : `${key} sent away`));
}

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await Promise.resolve();
}

describe('turns that are shared out', () => {
  it('are served key by key, whatever the length of their queues', async () => {
    const turns = new FairTurns({ atOnceMax: 1, waitingMax: 100 });
    const order: string[] = [];
    for (const key of ['a', 'a', 'a', 'a', 'b', 'c', 'b']) enter(turns, key, order);
    for (let n = 0; n < 7; n += 1) {
      await settle();
      turns.leave();
    }
    expect(order).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a']);
  });

  it('are so many at once and no more, and are all given back', async () => {
    const turns = new FairTurns({ atOnceMax: 2, waitingMax: 100 });
    const order: string[] = [];
    for (let n = 0; n < 3; n += 1) enter(turns, 'a', order);
    await settle();
    expect(order).toHaveLength(2);
    for (let n = 0; n < 3; n += 1) turns.leave();
    await settle();
    expect(order).toHaveLength(3);
    for (let n = 0; n < 3; n += 1) enter(turns, 'b', order);
    await settle();
    expect(order).toHaveLength(5);
  });

  it('send the newest of the longest queue away when too many wait', async () => {
    const turns = new FairTurns({ atOnceMax: 1, waitingMax: 4 });
    const order: string[] = [];
    for (let n = 0; n < 6; n += 1) enter(turns, 'flood', order);
    await settle();
    expect(order).toEqual(['flood', 'flood sent away']);
    expect([turns.isFullFor('flood'), turns.isFullFor('b')]).toEqual([true, false]);
    enter(turns, 'b', order);
    await settle();
    expect(order.slice(2)).toEqual(['flood sent away']);
    turns.leave();
    turns.leave();
    await settle();
    expect(order.slice(3)).toEqual(['flood', 'b']);
  });
});
