import { pino } from 'pino';
import { type LinkGrant, type LinkHolder } from '#store/links';
import { leaseMarginMs, LinkKeeper } from './link-keeper';

const leaseMs = 15_000;

/** A lease that a test grants or gives to somebody else. */
class FakeLease {
  grant: LinkGrant | Error = { held: true, token: 1, holder: 'w1' };
  others: LinkHolder[] = [];
  acquire(): Promise<LinkGrant> {
    return this.grant instanceof Error ? Promise.reject(this.grant) : Promise.resolve(this.grant);
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
  report(): Promise<void> {
    return Promise.resolve();
  }
  holders(): Promise<LinkHolder[]> {
    return Promise.resolve(this.others);
  }
}

async function setUp() {
  const clock = { ms: 0, isSteady: true };
  const link = { inService: true, why: 'open' };
  const lease = new FakeLease();
  const log = pino({ level: 'silent' });
  const reports: string[] = [];
  const keeper = new LinkKeeper(link, lease, {
    side: 'primary',
    workerId: 'w1',
    leaseMs,
    monotonicMs: () => clock.ms,
    isSteady: () => clock.isSteady,
    log,
    outage: { failed: (error) => void reports.push(String(error)), answered: () => void reports.push('answered') },
  });
  const keep = (): Promise<void> => keeper.keep();
  await keep();
  return { clock, link, lease, keeper, keep, reports };
}

describe('the keeper of the link', () => {
  it('lets requests through while the link is in service and the lease is held', async () => {
    const { keeper, link } = await setUp();
    expect(keeper.mayRequest()).toBe(true);
    link.inService = false;
    expect(keeper.mayRequest()).toBe(false);
    expect(keeper.whyNot).toContain('not in service');
  });

  it('reports each answer and each failure of the store', async () => {
    const { lease, keep, keeper, reports } = await setUp();
    lease.grant = new Error('gone');
    await keep();
    expect(keeper.storeAnswers).toBe(false);
    lease.grant = { held: true, token: 1, holder: 'w1' };
    await keep();
    expect(keeper.storeAnswers).toBe(true);
    expect(reports).toEqual(['answered', 'Error: gone', 'answered']);
  });

  it('believes the lease only until the margin before its end, by the monotonic clock', async () => {
    const { keeper, clock } = await setUp();
    clock.ms += leaseMs - leaseMarginMs - 1;
    expect(keeper.mayRequest()).toBe(true);
    clock.ms += 1;
    expect(keeper.mayRequest()).toBe(false);
  });

  it('lets nothing through when this process stood still: what it knows of calls may be out of date', async () => {
    const { keeper, clock } = await setUp();
    clock.isSteady = false;
    expect(keeper.mayRequest()).toBe(false);
    expect(keeper.whyNot).toContain('stood still');
    clock.isSteady = true;
    expect(keeper.mayRequest()).toBe(true);
  });

  it('stands by while another worker holds the lease, and leaves the wake-ups to it', async () => {
    const { keeper, lease, keep } = await setUp();
    lease.grant = { held: false, token: 2, holder: 'w2' };
    lease.others = [{ side: 'primary', workerId: 'w2', inService: true, token: 2 }];
    await keep();
    expect(keeper.mayRequest()).toBe(false);
    expect(keeper.shouldLook()).toBe(false);
    expect(keeper.whyNot).toContain('w2');
  });

  it('takes wake-ups when nobody has a link in service, so that somebody says why they are held', async () => {
    const { keeper, link } = await setUp();
    link.inService = false;
    expect(keeper.shouldLook()).toBe(true);
  });

  it('keeps what it was granted when the store goes away, and not for longer', async () => {
    const { keeper, lease, keep, clock } = await setUp();
    lease.grant = new Error('the store is away');
    await keep();
    expect(keeper.storeAnswers).toBe(false);
    expect(keeper.mayRequest()).toBe(true);
    clock.ms += leaseMs;
    expect(keeper.mayRequest()).toBe(false);
  });
});
