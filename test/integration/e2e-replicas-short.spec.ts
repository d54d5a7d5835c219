import { Keys } from '#store/keys';
import { type App } from '../kit/app';
import { call } from '../kit/http';
import { type SentinelSet } from '../kit/redis/redis-sentinel';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** REDIS_REPLICAS=1 and both replicas dead: one state, said once, and no request that is none. */
const password = 'a-password-of-the-tests';
let site: Site;
let set: SentinelSet;
let consoleApp: App;

beforeAll(async () => {
  site = await startSite({ redis: 'sentinel' });
  set = site.parts.sentinels as SentinelSet;
  consoleApp = await site.prepare('console', { CONSOLE_PASSWORD: password });
  await consoleApp.start();
});
afterAll(async () => {
  await (site as Site | undefined)?.stop();
});

async function figures(app: App): Promise<string> {
  return (await call(`${app.url}/metrics`)).text();
}

/** Of both workers together; 0 for one that was never counted. */
async function requestsSent(): Promise<number> {
  const texts = await Promise.all(Object.values(site.workers).map(figures));
  const counts = texts.flatMap((text) => [...text.matchAll(/^lastcall_requests_total\{[^}]*\} (\d+)/gm)]);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('too few replicas', () => {
  it('let no request be written, counted or sent, and are one alarm until they are back', async () => {
    const { primary: worker } = site.workers;
    await site.untilIssuable();
    await site.signIn('1001', 'READY');
    const replicas = await set.replicas();
    for (const replica of replicas) await replica.kill9();
    await waitFor('the worker to see it', async () => !(await call(`${worker.url}/health/ready`)).ok);
    const { missing } = (await (await call(`${worker.url}/health/ready`)).json()) as { missing: { why: string }[] };
    expect(missing.map(({ why }) => why).join()).toContain('0 of 1 required replicas');
    expect(await figures(worker)).toContain('lastcall_replicas_in_step 0');
    expect(await figures(worker)).toContain('lastcall_store_finding{finding="replicasShort"} 1');

    (await site.open('1001', 'primary')).crash();
    const held = await site.untilPhase('1001', 'held');
    expect(held.phase).toMatchObject({ reasons: ['replicas'] });
    // As long as several tries of a request took.
    await pause(7_000);
    const told = await site.told('1001');
    expect(told.filter(({ entry }) => entry.what === 'issuing')).toEqual([]);
    expect(told.find(({ entry }) => entry.what === 'held')?.entry.sentence).toContain('0 of 1 required replicas');
    expect(await requestsSent()).toBe(0);
    const windows = new Keys(peripheralId).issuedWindows('primary');
    expect(await Promise.all(windows.map((window) => site.redisConnection.zcard(window)))).toEqual([0, 0, 0]);
    const alarms = worker.lines.filter((line) => line.includes('replicasShort') && line.includes('"alarm":true'));
    expect(alarms).toHaveLength(1);
    await waitFor('the console to show it', async () => {
      const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
      return (await (await call(`${consoleApp.url}/api/overview`, { headers: { authorization } })).text()).includes(
        '0 of 1 required replicas',
      );
    });

    for (const replica of replicas) await replica.restart();
    await site.untilOutcome('1001', 'loggedOut');
    await worker.until('ready');
    expect(await requestsSent()).toBe(1);
    expect(await figures(worker)).toContain('lastcall_store_finding{finding="replicasShort"} 0');
  });
});
