import { Keys } from '#store/keys';
import { LinkLease } from '#store/links';
import { type App } from '../kit/app';
import { peripheralId, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** A stand-by is active at most this long after the lease of the former holder has ended. */
const takeOverMsMax = 2_000;
/** One message a second and nothing asked in advance: a request waits long enough to be frozen before it is written. */
const slowPace = { CTI_MESSAGES_PER_SECOND_MAX: '1', CTI_ENQUIRIES_PER_SECOND_MAX: '0' };

const roleOf = async (worker: App): Promise<string> => {
  const answer = await fetch(`${worker.url}/health/ready`).catch(() => undefined);
  return answer === undefined ? 'gone' : ((await answer.json()) as { role: string }).role;
};
const untilActive = (worker: App): Promise<true> =>
  waitFor('the worker to be active', async () => (await roleOf(worker)) === 'active');

/** When the lease of the primary side's link ends, by the clock of Redis, which is this machine's (epoch ms). */
const leaseEnd = async (site: Site): Promise<number> =>
  Number(await site.redisConnection.hget(new Keys(peripheralId).link('primary'), 'until'));

const holder = async (site: Site): Promise<{ workerId: string; token: number } | undefined> => {
  const lease = new LinkLease(site.redisConnection, { peripheralId, leaseMs: siteTimes.leaseMs });
  return (await lease.holders()).find(({ side }) => side === 'primary');
};

/** Two workers on the primary side and none on the other; the first one is active. */
async function startTwoOnOneSide(env: Readonly<Record<string, string>> = {}) {
  const site = await startSite({ env: { CTI_CLIENT_ID: 'first', ...env } });
  try {
    await site.workers.secondary.stop();
    const first = site.workers.primary;
    await untilActive(first);
    const second = await site.prepare('worker', {
      ...{ SIDE: 'primary', WORKER_ID: 'worker-primary-2' },
      ...{ CTI_CLIENT_ID: 'second', CTI_MESSAGES_PER_SECOND_MAX: '500' },
    });
    await second.start();
    await untilActive(first);
    expect(await roleOf(second)).toBe('standby');
    await site.signIn('1001');
    return { site, first, second };
  } catch (error) {
    await site.stop().catch(() => undefined);
    throw error;
  }
}

describe('two workers on one side', () => {
  it('the active one is killed: the other is active within 2 s of the lease’s end, and signs the due ghost out, once', async () => {
    const { site, first, second } = await startTwoOnOneSide();
    try {
      const before = await holder(site);
      expect(before?.workerId).toBe('worker-primary-1');
      (await site.open('1001', 'primary')).crash();
      await site.untilPhase('1001', 'grace');
      await first.kill9();
      const endsAt = await leaseEnd(site);
      await untilActive(second);
      const activeAt = Date.now();
      expect(activeAt).toBeGreaterThanOrEqual(endsAt);
      expect(activeAt - endsAt).toBeLessThanOrEqual(takeOverMsMax);
      const after = await holder(site);
      expect(after?.workerId).toBe('worker-primary-2');
      expect(after?.token).toBeGreaterThan(before?.token ?? Number.POSITIVE_INFINITY);
      await site.untilOutcome('1001', 'loggedOut');
      expect(await site.logouts('1001')).toMatchObject([{ clientId: 'second', effective: true }]);
    } finally {
      await site.stop();
    }
  });

  it('the active one is frozen past its lease with a request in hand: thawed, it sends nothing; the other has signed the ghost out', async () => {
    const { site, first, second } = await startTwoOnOneSide(slowPace);
    try {
      const before = await holder(site);
      await site.untilIssuable();
      (await site.open('1001', 'primary')).crash();
      await site.untilPhase('1001', 'issuing');
      first.freeze();
      expect(await site.logouts('1001')).toEqual([]);
      await untilActive(second);
      await site.untilOutcome('1001', 'loggedOut');
      expect((await holder(site))?.token).toBeGreaterThan(before?.token ?? Number.POSITIVE_INFINITY);
      // Back at once, so that a request of the thawed worker would have somebody to sign out.
      await site.signIn('1001');
      first.thaw();
      await pause(2 * siteTimes.leaseMs);
      expect(await roleOf(first)).toBe('standby');
      expect(await site.requests('1001')).toMatchObject([{ stateName: 'LOGOUT', clientId: 'second', effective: true }]);
      expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'NOT_READY' });
    } finally {
      await site.stop();
    }
  });
});
