import { pino } from 'pino';
import { type PeripheralPost, PeripheralWatch } from './peripheral-watch';
import { type Posted } from './process-board';
import { type StoreError } from './store-error';

const posted = (processId: string, role: PeripheralPost['role'], peripheralId: number): Posted<PeripheralPost> => ({
  processId,
  said: { role, peripheralId },
});

function setUp(own: PeripheralPost) {
  const around = {
    others: [] as Posted<PeripheralPost>[],
    refusal: undefined as StoreError | undefined,
    lines: [] as { level: number; msg: string; alarm?: boolean }[],
  };
  const write = (line: string): void => void around.lines.push(JSON.parse(line) as (typeof around.lines)[number]);
  const watch = new PeripheralWatch({
    board: {
      post: () => (around.refusal === undefined ? Promise.resolve(around.others) : Promise.reject(around.refusal)),
      withdraw: () => Promise.resolve(),
    },
    ...{ processId: 'own', own, log: pino({}, { write }) },
  });
  const look = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) await watch.look();
  };
  return { around, watch, look };
}

describe('a process whose peripheral is another one', () => {
  it('says so with both numbers, once, when it stays alone', async () => {
    const { around, watch, look } = setUp({ role: 'server', peripheralId: 5001 });
    around.others = [
      posted('worker-2', 'worker', 5000),
      posted('worker-1', 'worker', 5000),
      posted('s', 'server', 5001),
    ];
    await look(2);
    expect(around.lines).toEqual([]);
    await look(3);
    const sentence =
      'This server acts for peripheral 5001, and no worker at this Redis does: worker-1, worker-2 for peripheral 5000. ' +
      'Give all processes of a site the same CTI_PERIPHERAL_ID.';
    expect(around.lines).toMatchObject([{ level: 50, alarm: true, msg: sentence }]);
    expect(watch.finding).toBe(sentence);
  });

  it('says when that ends', async () => {
    const { around, watch, look } = setUp({ role: 'worker', peripheralId: 5001 });
    around.others = [posted('server-1', 'server', 5000)];
    await look(3);
    expect(watch.finding).toContain('no server at this Redis does: server-1 for peripheral 5000');
    around.others = [posted('server-1', 'server', 5001)];
    await look(1);
    expect(watch.finding).toBeUndefined();
    expect(around.lines.at(-1)).toMatchObject({ level: 30 });
  });

  it('is none where its own counterpart is there, whatever else shares the Redis', async () => {
    const { around, watch, look } = setUp({ role: 'server', peripheralId: 5001 });
    around.others = [posted('worker-1', 'worker', 5000), posted('worker-2', 'worker', 5001)];
    await look(5);
    expect(watch.finding).toBeUndefined();
    expect(around.lines).toEqual([]);
  });

  it('is none where nobody else is: what is missing is said elsewhere', async () => {
    const { around, watch, look } = setUp({ role: 'worker', peripheralId: 5001 });
    around.others = [posted('worker-2', 'worker', 5000), posted('console', 'console', 5000)];
    await look(5);
    expect(watch.finding).toBeUndefined();
  });

  it('names no more than five of each number', async () => {
    const { around, watch, look } = setUp({ role: 'console', peripheralId: 1 });
    around.others = [1, 2, 3, 4, 5, 6, 7].map((n) => posted(`w${String(n)}`, 'worker', 5000));
    around.others.push(posted('x', 'worker', 6000));
    await look(3);
    expect(watch.finding).toContain('w1, w2, w3, w4, w5 and 2 more for peripheral 5000; x for peripheral 6000.');
  });
});
