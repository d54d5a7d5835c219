import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { usedCommands } from '#store/redis-users';
import { type App, type AppName, type Environment } from '../kit/app';
import { call } from '../kit/http';
import { documentedSettings, testUser, urlAs, urlOfApp, writeDocumentedUsers } from '../kit/redis/documented-redis';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** What Redis refuses to an app is named by it; it answers, stops when it is told to, and does not spin. */

const watchedMs = 5_000;
const briefMs = 1_500;
/** Of one processor over that time; a process that spins uses most of it. */
const cpuShareMax = 0.35;

let folder: string;
let redis: RedisProcess;
let site: Site;
let tester: Redis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refusals-'));
  const aclfile = await writeDocumentedUsers(folder);
  redis = await startRedis({ settings: { ...documentedSettings('redis.conf of a single node'), aclfile } });
  tester = new Redis(urlAs(redis.url, testUser.user, testUser.password));
  const envOf = (app: AppName): Environment => ({ REDIS_URL: urlOfApp(redis.url, app) });
  const stop = (): Promise<void> => redis.stop();
  site = await startSite({ redis: { url: urlAs(redis.url, testUser.user, testUser.password), envOf, stop } });
});
afterAll(async () => {
  (tester as Redis | undefined)?.disconnect();
  await (site as Site | undefined)?.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await tester.call('ACL', 'LOAD');
});

/** Seconds of a processor that the process has used, by the kernel; in ticks of 10 ms. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${String(pid)}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function reasons(app: App): Promise<string> {
  return (await call(`${app.url}/health/ready`)).text();
}

async function expectWellBehaved(app: App): Promise<void> {
  const [before, linesBefore] = [await cpuSeconds(app.pid), app.lines.length];
  await pause(watchedMs);
  const share = (await cpuSeconds(app.pid)) - before;
  expect(share / (watchedMs / 1_000)).toBeLessThan(cpuShareMax);
  // One line for what is refused, not one for each attempt.
  expect(app.lines.length - linesBefore).toBeLessThan(20);
  expect((await call(`${app.url}/health/live`)).status).toBe(200);
}

const withoutRight: [app: 'worker' | 'server', command: string, names: string][] = [
  ['worker', 'info', 'INFO'],
  ['worker', 'evalsha', 'EVALSHA'],
  ['worker', 'bzpopmin', 'BZPOPMIN'],
  ['server', 'info', 'INFO'],
  ['server', 'evalsha', 'EVALSHA'],
];

describe('a right that an app lacks', () => {
  it.each(withoutRight)('the %s without %s: named from its start, and no spinning', async (name, command, names) => {
    const app = name === 'worker' ? site.workers.primary : site.servers.primary;
    await app.stop();
    await tester.call('ACL', 'SETUSER', `lastcall-${name}`, `-${command}`);
    await app.start('live');
    await waitFor('it to be named', async () => (await reasons(app)).toUpperCase().includes(names), {
      seen: async () => `${await reasons(app)}\n${app.lines.slice(-5).join('\n')}`,
    });
    expect(await reasons(app)).not.toContain('does not answer');
    expect(await reasons(app)).toContain(`+${command}`);
    await expectWellBehaved(app);
    await tester.call('ACL', 'LOAD');
    await app.until('ready');
    await tester.call('ACL', 'SETUSER', `lastcall-${name}`, `-${command}`);
    expect(await app.stop()).toBe(0);
    await tester.call('ACL', 'LOAD');
    await app.start();
  });

  it('makes no app spin, fall silent or die, whichever it is, and all are well again with it', async () => {
    const consoleApp = await site.prepare('console', {
      CONSOLE_PASSWORD: 'a-password-of-the-tests',
      REDIS_URL: urlOfApp(redis.url, 'console'),
    });
    await consoleApp.start();
    const apps = [site.workers.primary, site.servers.primary, consoleApp];
    await tester.call('ACL', 'LOAD');
    for (const command of usedCommands) {
      for (const user of ['lastcall-worker', 'lastcall-server', 'lastcall-console'])
        await tester.call('ACL', 'SETUSER', user, `-${command}`);
      const before = await Promise.all(apps.map(({ pid }) => cpuSeconds(pid)));
      await pause(briefMs);
      const after = await Promise.all(apps.map(({ pid }) => cpuSeconds(pid)));
      const spinning = apps.filter((_, place) => {
        const share = ((after[place] ?? 0) - (before[place] ?? 0)) / (briefMs / 1_000);
        return share > cpuShareMax;
      });
      expect([command, ...spinning.map(({ app }) => app)]).toEqual([command]);
      for (const { url } of apps) expect((await call(`${url}/health/live`)).status).toBe(200);
      await tester.call('ACL', 'LOAD');
    }
    for (const app of apps) await app.until('ready');
    await site.untilIssuable();
    await site.signIn('1001', 'READY');
    (await site.openWhenLetIn('1001', 'primary')).crash();
    await site.untilOutcome('1001', 'loggedOut');
  });
});
