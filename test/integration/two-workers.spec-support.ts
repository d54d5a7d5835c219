import { Keys } from '#store/keys';
import { LinkLease } from '#store/links';
import { type App } from '../kit/app';
import { peripheralId, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

export const roleOf = async (worker: App): Promise<string> => {
  const answer = await fetch(`${worker.url}/health/ready`).catch(() => undefined);
  return answer === undefined ? 'gone' : ((await answer.json()) as { role: string }).role;
};
export const untilActive = (worker: App): Promise<true> =>
  waitFor('the worker to be active', async () => (await roleOf(worker)) === 'active');

/** When the lease of the primary side's link ends, by the clock of Redis, which is this machine's (epoch ms). */
export const leaseEnd = async (site: Site): Promise<number> =>
  Number(await site.redisConnection.hget(new Keys(peripheralId).link('primary'), 'until'));

export const holder = async (site: Site): Promise<{ workerId: string; token: number } | undefined> => {
  const lease = new LinkLease(site.redisConnection, { peripheralId, leaseMs: siteTimes.leaseMs });
  return (await lease.holders()).find(({ side }) => side === 'primary');
};

/** Two workers on the primary side and none on the other; the first one is active. */
export async function startTwoOnOneSide(env: Readonly<Record<string, string>> = {}) {
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
