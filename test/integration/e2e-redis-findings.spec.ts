import { type App } from '../kit/app';
import { call } from '../kit/http';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** A Redis that is full or set up wrongly: named with its remedy in log, figures, readiness and console. */
const password = 'a-password-of-the-tests';
/** Most of what that Redis holds. */
const filler = 'x'.repeat(100_000);
const fillers = 100;

let site: Site;
let consoleApp: App;

beforeAll(async () => {
  site = await startSite();
  consoleApp = await site.prepare('console', { CONSOLE_PASSWORD: password });
});
afterAll(async () => {
  await (site as Site | undefined)?.stop();
});

async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
  return (await call(url, { headers })).text();
}

const shown = (): Promise<string> => {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return text(`${consoleApp.url}/api/overview`, { authorization });
};

const holds = async (app: App, code: string): Promise<boolean> =>
  (await text(`${app.url}/metrics`)).includes(`lastcall_store_finding{finding="${code}"} 1`);

describe('a Redis', () => {
  it('that may throw keys away, and has, is an alarm with its remedy', async () => {
    const { redisConnection: redis } = site;
    const { primary: worker } = site.workers;
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    for (let number = 0; number < fillers; number++) await redis.set(`{5000}:filler:${String(number)}`, filler);
    await waitFor('keys to be evicted', async () => {
      const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
      // Some of the fillers must go; what else goes with them is the fault itself. What is still to be written to the file is
      // used, and does not count for the limit.
      await redis.config('SET', 'maxmemory', used - 10 * filler.length);
      return Number(/evicted_keys:(\d+)/.exec(await redis.info('stats'))?.[1]) > 0;
    });
    await redis.config('SET', 'maxmemory', 0);
    // What they look at when they connect; else it is seen within a minute.
    await worker.stop();
    await worker.start('live');
    await consoleApp.start();
    for (const code of ['evictionAllowed', 'keysEvicted']) {
      await waitFor(`${code} to be found`, () => holds(worker, code));
      const lines = worker.lines.filter((line) => line.includes(code) && line.includes('"alarm":true'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('noeviction');
    }
    await waitFor('the console to show both', async () => {
      const page = await shown();
      return page.includes('maxmemory-policy is allkeys-lru') && page.includes('Redis has evicted');
    });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('RESETSTAT');
    await worker.stop();
    await worker.start();
    expect(await holds(worker, 'evictionAllowed')).toBe(false);
  });

  it.each(['worker', 'server'] as const)('that is full is named by the %s as full', async (name) => {
    const app = name === 'worker' ? site.workers.primary : site.servers.primary;
    await site.redisConnection.config('SET', 'maxmemory', 1);
    const why = (): Promise<string> => text(`${app.url}/health/ready`);
    await waitFor('it to be named', async () => (await why()).includes('maxmemory is reached'), { seen: why });
    expect(await why()).not.toContain('does not answer');
    await site.redisConnection.config('SET', 'maxmemory', 0);
    await app.until('ready');
  });
});
