import { pino } from 'pino';
import { type PostedPolicy } from './policy-board';
import { PolicyWatch } from './policy-watch';
import { StoreError } from './store-error';

const own = { digest: 'a', values: { 'default.graceMs.lost': '60000', 'default.heldMsMax': '1' } };
const same: PostedPolicy = { processId: 'worker-2', ...own };
const other: PostedPolicy = {
  processId: 'worker-3',
  digest: 'b',
  values: { ...own.values, 'default.graceMs.lost': '20000' },
};

describe('what the processes act by', () => {
  let others: PostedPolicy[];
  let lines: { level: number; msg: string; alarm?: boolean }[];
  let watch: PolicyWatch;
  let refusal: StoreError | undefined;
  beforeEach(() => {
    others = [];
    lines = [];
    refusal = undefined;
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    watch = new PolicyWatch({
      board: {
        post: () => (refusal === undefined ? Promise.resolve(others) : Promise.reject(refusal)),
        withdraw: () => Promise.resolve(),
      },
      processId: 'worker-1',
      summary: own,
      log: pino({}, { write }),
    });
  });

  it('is no news while all act by the same', async () => {
    others = [same];
    await watch.look();
    expect(lines).toEqual([]);
    expect(watch.differing).toBe(0);
  });

  it('is an alarm with both values where one differs, told once', async () => {
    others = [same, other];
    await watch.look();
    await watch.look();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 50, alarm: true });
    expect(lines[0]?.msg).toContain('worker-3 acts by another policy');
    expect(lines[0]?.msg).toContain('default.graceMs.lost is 60000 here and 20000 there');
    expect(watch.differing).toBe(1);
  });

  it('is one row for all who act by the same other policy, until it ends', async () => {
    const many = Array.from({ length: 7 }, (_, n) => ({ ...other, processId: `worker-${String(n + 3)}` }));
    others = [...many, { ...other, processId: 'server-1', digest: 'c', values: null }];
    await watch.look();
    expect(watch.differences).toEqual([
      {
        processIds: many.map(({ processId }) => processId),
        differences: 'default.graceMs.lost is 60000 here and 20000 there',
      },
      { processIds: ['server-1'], differences: 'its policies are too many to be compared one by one' },
    ]);
    others = [same];
    await watch.look();
    expect(watch.differences).toEqual([]);
  });

  it('is told again when the other one changes to a third policy', async () => {
    others = [other];
    await watch.look();
    others = [{ ...other, digest: 'c', values: null }];
    await watch.look();
    expect(lines.map(({ msg }) => msg)[1]).toContain('too many to be compared');
  });

  it('cannot be compared where Redis refuses it, which is said once', async () => {
    jest.useFakeTimers();
    try {
      refusal = new StoreError('STORE_REFUSED', 'policies', new Error("NOPERM No permissions to access a key: 'hset'"));
      watch.start();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.msg).toContain('may not use a key');
    } finally {
      watch.stop();
      jest.useRealTimers();
    }
  });

  it('is told to be over when the other one is gone', async () => {
    others = [other];
    await watch.look();
    others = [];
    await watch.look();
    expect(lines.map(({ level }) => level)).toEqual([50, 30]);
    expect(watch.differing).toBe(0);
  });
});
