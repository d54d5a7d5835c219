import { pino } from 'pino';
import { Drain, DrainOrders, waveMs } from './drain';
import { type Missing, type OtherServer } from './lease';

class SetOrders extends DrainOrders {
  left: number | null = null;
  override leftMs(): Promise<number | null> {
    return Promise.resolve(this.left);
  }
}

/** A server of the primary side with a thousand desktops. */
function stage() {
  const orders = new SetOrders();
  const keeper = {
    maintained: false,
    maintain(on: boolean): void {
      this.maintained = on;
    },
    otherServers: [{ serverId: 'secondary-1', side: 'secondary' }] as readonly OtherServer[],
    missing: [] as readonly Missing[],
  };
  const gateway = {
    size: 1_000,
    moveAway(count: number): void {
      this.size -= Math.min(count, this.size);
    },
  };
  const log = pino({ level: 'silent' });
  const drain = new Drain({ orders, side: 'primary', keeper, gateway, log, monotonicMs: () => Date.now() });
  const order = async (left: number | null): Promise<void> => {
    orders.left = left;
    await drain.look();
  };
  return { drain, keeper, gateway, order };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('the maintenance of a side', () => {
  it('sends its desktops away in equal waves over the chosen time, and lets no other one in', async () => {
    const { keeper, gateway, order } = stage();
    await order(10 * waveMs);
    expect(keeper.maintained).toBe(true);
    expect(gateway.size).toBe(1_000);
    const sizes: number[] = [];
    for (let wave = 0; wave < 10; wave++) {
      jest.advanceTimersByTime(waveMs);
      sizes.push(gateway.size);
    }
    expect(sizes[0]).toBeGreaterThanOrEqual(850);
    expect(sizes.at(4)).toBeLessThan(sizes[0] ?? 0);
    expect(sizes.at(-1)).toBe(0);
    const largest = Math.max(...sizes.slice(1).map((size, index) => (sizes[index] ?? 0) - size));
    expect(largest).toBeLessThanOrEqual(150);
  });

  it('is over when the operator ends it: nobody else is sent away', async () => {
    const { keeper, gateway, order } = stage();
    await order(60_000);
    jest.advanceTimersByTime(waveMs);
    await order(null);
    const { size } = gateway;
    jest.advanceTimersByTime(20 * waveMs);
    expect(gateway.size).toBe(size);
    expect(keeper.maintained).toBe(false);
  });

  it('sends nobody away while the store is away: they would not be let in', async () => {
    const { keeper, gateway, order } = stage();
    await order(2 * waveMs);
    keeper.missing = ['store'];
    jest.advanceTimersByTime(10 * waveMs);
    expect(gateway.size).toBe(1_000);
    expect(keeper.maintained).toBe(true);
    keeper.missing = [];
    jest.advanceTimersByTime(waveMs);
    expect(gateway.size).toBe(0);
  });

  it('is interrupted while the other side has no live server', async () => {
    const { keeper, gateway, order } = stage();
    await order(2 * waveMs);
    keeper.otherServers = [{ serverId: 'primary-2', side: 'primary' }];
    jest.advanceTimersByTime(10 * waveMs);
    expect(keeper.maintained).toBe(false);
    expect(gateway.size).toBe(1_000);
    keeper.otherServers = [{ serverId: 'secondary-1', side: 'secondary' }];
    jest.advanceTimersByTime(waveMs);
    expect(keeper.maintained).toBe(true);
    expect(gateway.size).toBe(0);
  });

  it('goes on with the time that is left when this server was started in the middle of it', async () => {
    const { gateway, order } = stage();
    await order(0);
    jest.advanceTimersByTime(waveMs);
    expect(gateway.size).toBe(0);
  });
});
