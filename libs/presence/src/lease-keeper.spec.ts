import { pino } from 'pino';
import { type Side } from '#domain/agent';
import { Lease, type OtherServer, type Renewal, type Service } from './lease';
import { LeaseKeeper, renewRetryMsMax } from './lease-keeper';

const leaseMs = 15_000;

/** A store of leases that can be away; it notes the generation that each renewal asserts. */
class FakeLease extends Lease {
  readonly assertedByRenewal: string[] = [];
  generation = 'g1';
  lapsed = true;
  away = false;
  /** What it answers to the question for the other servers; undefined: who they are. */
  refusal: string | undefined;

  /** How long an answer takes. */
  slowMs = 0;

  override async renew(_serverId: string, _side: Side, asserted: string): Promise<Renewal> {
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (this.away) throw new Error('connect ECONNREFUSED');
    this.assertedByRenewal.push(asserted);
    const { lapsed, generation } = this;
    this.lapsed = false;
    return { generation, lapsed, agents: 0, now: 0 };
  }

  override unrecorded(): Promise<string[]> {
    return Promise.resolve([]);
  }

  override recordedAgents(): Promise<string[]> {
    return Promise.resolve([]);
  }

  override live(): Promise<OtherServer[]> {
    if (this.refusal !== undefined) return Promise.reject(new Error(this.refusal));
    return Promise.resolve([
      { serverId: 'primary-1', side: 'primary' },
      { serverId: 'secondary-1', side: 'secondary' },
    ]);
  }
}

/** Stands for the telling of all desktops: finishes when told to. */
class FakeAssertion {
  rounds = 0;
  readonly desktops = 3;
  private finishRound: (complete: boolean) => void = () => undefined;
  finishAtOnce = true;

  assertAll(): Promise<boolean> {
    this.rounds += 1;
    this.finishRound(false);
    return this.finishAtOnce ? Promise.resolve(true) : new Promise((resolve) => (this.finishRound = resolve));
  }

  finish(): void {
    this.finishRound(true);
  }

  compare(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the keeper of the lease', () => {
  let lease: FakeLease;
  let assertion: FakeAssertion;
  let told: Service['status'][];
  let resumed: number;
  let keeper: LeaseKeeper;
  let lines: { level: number; msg: string }[];
  let reports: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    lease = new FakeLease();
    assertion = new FakeAssertion();
    told = [];
    resumed = 0;
    lines = [];
    reports = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    keeper = new LeaseKeeper({
      lease,
      assertion,
      serverId: 'primary-1',
      side: 'primary',
      leaseMs,
      log: pino({}, { write }),
      outage: {
        failed: (error) => void reports.push(String(error)),
        answered: () => void reports.push('answered'),
        isTold: false,
      },
      onService: ({ status }) => told.push(status),
      onStoreAnswers: () => (resumed += 1),
    });
  });
  afterEach(() => {
    keeper.stop();
    jest.useRealTimers();
  });

  it('is out of service until the first renewal, and says what is missing', () => {
    expect(keeper.serviceNow()).toEqual({ status: 'OUT_OF_SERVICE', missing: ['store', 'lease'], why: 'starting' });
    expect(keeper.missing).toEqual(['store', 'lease', 'assertion']);
  });

  it('comes into service when the store has heard of all desktops, and says so to the store at once', async () => {
    assertion.finishAtOnce = false;
    keeper.start();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(keeper.serviceNow().status).toBe('OUT_OF_SERVICE');
    expect(lease.assertedByRenewal).toEqual(['']);
    assertion.finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
    expect(lease.assertedByRenewal).toEqual(['', 'g1']);
    expect(keeper.missing).toEqual([]);
    expect(keeper.otherServers).toEqual([{ serverId: 'secondary-1', side: 'secondary' }]);
  });

  it('renews three times in the length of a lease', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    const before = lease.assertedByRenewal.length;
    await jest.advanceTimersByTimeAsync(leaseMs);
    expect(lease.assertedByRenewal.length - before).toBe(3);
  });

  it('tells a new store of everything before it says that it has (rule GEN), and stays in service', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    assertion.finishAtOnce = false;
    lease.generation = 'g2';
    lease.assertedByRenewal.splice(0);
    await jest.advanceTimersByTimeAsync(2 * leaseMs);
    expect(new Set(lease.assertedByRenewal.slice(1))).toEqual(new Set(['']));
    expect(keeper.missing).toEqual(['assertion']);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
    assertion.finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(lease.assertedByRenewal.at(-1)).toBe('g2');
    expect(told).toEqual(['IN_SERVICE']);
  });

  it('does not take a round for the old store as one for the new', async () => {
    assertion.finishAtOnce = false;
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.generation = 'g2';
    await jest.advanceTimersByTimeAsync(leaseMs / 3);
    expect(assertion.rounds).toBe(2);
    await jest.advanceTimersByTimeAsync(100);
    expect(lease.assertedByRenewal).toEqual(['', '']);
    assertion.finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(lease.assertedByRenewal).toEqual(['', '', 'g2']);
  });

  it('asserts everything again after a lapse, in the same generation too', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.lapsed = true;
    await jest.advanceTimersByTimeAsync(leaseMs / 3);
    expect(assertion.rounds).toBe(2);
  });

  it('asserts everything again after a renewal that failed, whose lost answer may have said "lapsed"', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.away = true;
    await jest.advanceTimersByTimeAsync(leaseMs / 3);
    expect(keeper.missing).toEqual(['store']);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
    lease.away = false;
    await jest.advanceTimersByTimeAsync(renewRetryMsMax);
    expect(assertion.rounds).toBe(2);
    expect(told).toEqual(['IN_SERVICE']);
    expect(resumed).toBeGreaterThan(1);
  });

  it('is out of service when no renewal has succeeded for the length of the lease, and back after an assertion', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.away = true;
    await jest.advanceTimersByTimeAsync(leaseMs - 1);
    expect(told).toEqual(['IN_SERVICE']);
    await jest.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['IN_SERVICE', 'OUT_OF_SERVICE']);
    expect(keeper.serviceNow()).toMatchObject({ why: expect.stringContaining('ECONNREFUSED') as string });
    assertion.finishAtOnce = false;
    lease.away = false;
    await jest.advanceTimersByTimeAsync(leaseMs);
    expect(keeper.serviceNow().status).toBe('OUT_OF_SERVICE');
    assertion.finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['IN_SERVICE', 'OUT_OF_SERVICE', 'IN_SERVICE']);
  });

  it('goes out of service at the end of the lease though its timer fired a little early and nobody asked', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.away = true;
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() - 0.5);
    await jest.advanceTimersByTimeAsync(leaseMs + 5);
    clock.mockRestore();
    expect(told).toEqual(['IN_SERVICE', 'OUT_OF_SERVICE']);
  });

  it('counts the lease from when its renewal was begun, not from when the answer came', async () => {
    lease.slowMs = 3_000;
    keeper.start();
    // The second renewal is begun when the first is answered, at about 3 s, and answered at about 6 s.
    await jest.advanceTimersByTimeAsync(6_010);
    expect(lease.assertedByRenewal).toHaveLength(2);
    lease.away = true;
    await jest.advanceTimersByTimeAsync(3_000 + leaseMs - 6_020);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
    await jest.advanceTimersByTimeAsync(30);
    expect(keeper.serviceNow().status).toBe('OUT_OF_SERVICE');
  });

  it('does not come into service by an assertion that ends after the lease has', async () => {
    assertion.finishAtOnce = false;
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.away = true;
    await jest.advanceTimersByTimeAsync(leaseMs);
    assertion.finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual([]);
  });

  it('knows that its lease has ended even when no timer had a turn: the process stood still', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    const stoodStillUntil = performance.now() + leaseMs;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(stoodStillUntil);
    expect(keeper.serviceNow()).toMatchObject({ status: 'OUT_OF_SERVICE', missing: ['lease'] });
    clock.mockRestore();
  });

  /** In service, and then asked after a stall as long as the lease. */
  async function standStill(): Promise<void> {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + leaseMs);
    keeper.serviceNow();
    clock.mockRestore();
  }

  it('comes back into service after it stood still, though the store saw no lapse', async () => {
    await standStill();
    await jest.advanceTimersByTimeAsync(leaseMs / 3);
    expect(told).toEqual(['IN_SERVICE', 'OUT_OF_SERVICE', 'IN_SERVICE']);
  });

  it('renews at once when the connection is back instead of at its next turn', async () => {
    lease.away = true;
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.away = false;
    keeper.nudge();
    await jest.advanceTimersByTimeAsync(0);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
  });

  it('finds a new store at once when the connection was made anew, though no renewal had failed', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lease.generation = 'g2';
    keeper.nudge();
    await jest.advanceTimersByTimeAsync(0);
    expect(lease.assertedByRenewal).toEqual(['', 'g1', 'g1', 'g2']);
  });

  it('renews no more once it is stopped, and acknowledges nobody', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    keeper.stop();
    const before = lease.assertedByRenewal.length;
    await jest.advanceTimersByTimeAsync(10 * leaseMs);
    expect(lease.assertedByRenewal).toHaveLength(before);
    expect(keeper.serviceNow()).toMatchObject({ status: 'OUT_OF_SERVICE', why: 'the server is being stopped' });
  });

  it('reports each failure and each answer, and leaves it to the report what is said of an outage', async () => {
    keeper.start();
    await jest.advanceTimersByTimeAsync(0);
    lines.length = 0;
    reports.length = 0;
    lease.away = true;
    await jest.advanceTimersByTimeAsync(2 * leaseMs);
    expect(told.at(-1)).toBe('OUT_OF_SERVICE');
    expect(new Set(reports)).toEqual(new Set(['Error: connect ECONNREFUSED']));
    lease.away = false;
    await jest.advanceTimersByTimeAsync(leaseMs);
    expect(told.at(-1)).toBe('IN_SERVICE');
    expect(reports.at(-1)).toBe('answered');
    expect(lines).toEqual([]);
  });

  it('says in an error that it is out of service where the store is not to blame', async () => {
    await standStill();
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([{ msg: 'out of service' }]);
  });

  it('keeps a lease that is renewed while the store refuses to name the other servers, and says so once', async () => {
    lease.refusal = 'HGETALL is refused';
    keeper.start();
    await jest.advanceTimersByTimeAsync(2 * leaseMs);
    expect(keeper.serviceNow().status).toBe('IN_SERVICE');
    // The first renewal, that which tells of the assertion, and one after each pause.
    expect(new Set(lease.assertedByRenewal.slice(1))).toEqual(new Set(['g1']));
    expect(lease.assertedByRenewal.length).toBeLessThanOrEqual(2 + (2 * leaseMs) / renewRetryMsMax);
    expect(assertion.rounds).toBe(1);
    expect(keeper.missing).toEqual(['store']);
    expect(keeper.storeFault).toBe('HGETALL is refused');
    const isAbout = ({ msg }: { msg: string }): boolean => /other servers/.test(msg);
    expect(lines.filter(isAbout)).toMatchObject([{ level: 40 }]);
    lease.refusal = undefined;
    await jest.advanceTimersByTimeAsync(leaseMs);
    expect([keeper.missing, keeper.storeFault]).toEqual([[], null]);
    expect(lines.filter(isAbout)).toMatchObject([{ level: 40 }, { level: 30 }]);
    expect(assertion.rounds).toBe(1);
  });
});
