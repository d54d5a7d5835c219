import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type App } from '../kit/app';
import { call } from '../kit/http';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** Redis comes back without its data, for whatever reason: servers and workers know more than it does, and say so. */
const password = 'a-password-of-the-tests';
let site: Site;
let consoleApp: App;

beforeAll(async () => {
  site = await startSite({ times: { graceMs: 60_000 } });
  consoleApp = await site.prepare('console', { CONSOLE_PASSWORD: password });
  await consoleApp.start();
});
afterAll(async () => {
  await (site as Site | undefined)?.stop();
});

const alarmsIn = (app: App): string[] => app.lines.filter((line) => line.includes('STORE_DATA_LOST'));

async function figure(app: App, name: string): Promise<number> {
  const text = await (await call(`${app.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

async function shownAlarms(): Promise<string[]> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const answer = await call(`${consoleApp.url}/api/overview`, { headers: { authorization } });
  const { alarms } = JSON.parse(await answer.text()) as { alarms: { level: string; sentence: string }[] };
  return alarms.filter(({ level }) => level === 'alarm').map(({ sentence }) => sentence);
}

describe('a Redis that has forgotten what it was told', () => {
  it('is noticed by servers and workers, in log, figures, journal and console', async () => {
    await site.signIn('1001', 'READY');
    await site.signIn('1002', 'READY');
    await site.open('1001', 'primary');
    (await site.open('1002', 'primary')).crash();
    await site.untilPhase('1002', 'grace');
    const [worker, server] = [site.workers.primary, site.servers.primary];
    // A worker can only miss a line that it has seen.
    const looks = await figure(worker, 'lastcall_journal_looks_total');
    await waitFor('looks at it', async () => (await figure(worker, 'lastcall_journal_looks_total')) > looks + 1);
    await site.redis.kill9();
    await rm(join(site.redis.dir, 'appendonlydir'), { recursive: true });
    await site.redis.restart();

    await waitFor('the worker to say so', () => alarmsIn(worker).length > 0, { seen: () => worker.lines.slice(-10) });
    await waitFor('the server to say so', () => alarmsIn(server).length > 0, { seen: () => server.lines.slice(-10) });
    expect(alarmsIn(server).join()).toContain('1001');
    for (const app of [worker, server]) {
      expect(alarmsIn(app)).toHaveLength(1);
      expect(await figure(app, 'lastcall_store_data_lost_total')).toBe(1);
    }
    const noted = async (): Promise<number> =>
      (await site.journal()).filter(({ entry }) => entry.what === 'dataLost').length;
    await waitFor('a line in the journal', async () => (await noted()) === 1);
    const shown = await waitFor('the console to show it', async () => {
      const alarms = await shownAlarms();
      return alarms.find((sentence) => sentence.includes('Redis has lost data'));
    });
    expect(shown).toContain('agents without a desktop');
    expect(await site.logouts('1001')).toEqual([]);
  });

  it('is nothing of the kind when it was restarted with its data', async () => {
    const before = alarmsIn(site.workers.primary).length + alarmsIn(site.servers.primary).length;
    await site.redis.kill9();
    await site.redis.restart();
    await site.untilIssuable();
    const looks = await figure(site.workers.primary, 'lastcall_journal_looks_total');
    await waitFor(
      'another look',
      async () => (await figure(site.workers.primary, 'lastcall_journal_looks_total')) > looks,
    );
    expect(alarmsIn(site.workers.primary).length + alarmsIn(site.servers.primary).length).toBe(before);
  });
});
