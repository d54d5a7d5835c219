import { type SentinelsSeen } from './sentinel-checks';
import { StoreWatch } from './store-watch';

/** Three Sentinels of which the last `away` do not answer. */
class Sentinels {
  away = 0;
  private readonly names = ['a', 'b', 'c'];

  look(): Promise<SentinelsSeen> {
    const others = (name: string): object[] =>
      this.names.filter((other) => other !== name).map((other) => ({ address: other, runId: other, isDown: false }));
    const configured = this.names.map((name, n) => ({
      address: name,
      word: n < this.names.length - this.away ? { runId: name, others: others(name) as never } : null,
    }));
    return Promise.resolve({ masterName: 'lastcall', configured });
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('the watch over a store with Sentinels', () => {
  it('says once that too few of them answer, and once that they do again', async () => {
    const sentinels = new Sentinels();
    const lines: [level: string, fields: object][] = [];
    const write =
      (level: string) =>
      (fields: object): void => {
        lines.push([level, fields]);
      };
    const watch = new StoreWatch({
      redis: { info: () => Promise.reject(new Error('away')), on: () => undefined as never },
      sentinels,
      log: { error: write('error'), warn: write('warn'), info: write('info') } as never,
    });
    watch.start();
    await jest.advanceTimersByTimeAsync(20_000);
    expect([watch.findings, lines]).toEqual([[], []]);
    sentinels.away = 2;
    await jest.advanceTimersByTimeAsync(20_000);
    expect(watch.holds('sentinelsShort')).toBe(1);
    expect(lines).toEqual([['error', { finding: 'sentinelsShort', alarm: true }]]);
    sentinels.away = 0;
    await jest.advanceTimersByTimeAsync(20_000);
    expect(watch.holds('sentinelsShort')).toBe(0);
    expect(lines.slice(1)).toEqual([['info', { finding: 'sentinelsShort' }]]);
    watch.stop();
  });
});
