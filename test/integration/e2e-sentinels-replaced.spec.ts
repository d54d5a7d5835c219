import { type RedisProcess } from '../kit/redis/redis-server';
import { type App } from '../kit/app';
import { call } from '../kit/http';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** A Sentinel that is replaced by one with another address: named with its remedy wherever somebody looks. */

const password = 'a-password-of-the-tests';
const short = 'sentinelsShort';
const replaced = 'sentinelsReplaced';

describe('a Sentinel that is replaced by one with another address', () => {
  let site: Site;
  let consoleApp: App;
  beforeAll(async () => {
    site = await startSite({ redis: 'sentinel' });
    consoleApp = await site.prepare('console', { CONSOLE_PASSWORD: password });
    await consoleApp.start();
    await site.untilReady();
  });
  afterAll(async () => {
    await (site as Site | undefined)?.stop();
  });

  async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
    return (await call(url, { headers })).text();
  }
  const holds = async (app: App, code: string): Promise<boolean> =>
    (await text(`${app.url}/metrics`)).includes(`lastcall_store_finding{finding="${code}"} 1`);
  const shown = (): Promise<string> => {
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    return text(`${consoleApp.url}/api/overview`, { authorization });
  };
  const addressOf = ({ host, port }: RedisProcess): string => `${host}:${String(port)}`;

  it('is found while it keeps both sides out of service, and until REDIS_URL has the new one', async () => {
    const { sentinels: set } = site.parts;
    const [one, other, lost] = set!.sentinels;
    const servers = Object.values(site.servers);
    const workers = Object.values(site.workers);
    await lost!.kill9();
    const added = await set!.add();

    // Three of four must name the master, and two of them are in REDIS_URL.
    for (const app of [...servers, ...workers]) {
      const ready = (): Promise<string> => text(`${app.url}/health/ready`);
      await waitFor(`${short} to be found`, () => holds(app, short), { seen: ready });
      expect(await ready()).toContain('SENTINEL RESET lastcall');
      const lines = app.lines.filter((line) => line.includes(`"finding":"${short}"`) && line.includes('"alarm":true'));
      // Before the new one was known, and since: what is said is what holds.
      expect(lines.length).toBeGreaterThanOrEqual(1);
    }
    await waitFor('the console to show it', async () => (await shown()).includes('SENTINEL RESET lastcall'), {
      seen: shown,
    });
    for (const sentinel of [one!, other!, added]) expect(await shown()).toContain(addressOf(sentinel));
    expect(await shown()).toContain(`still counted: ${addressOf(lost!)}`);

    // The first half of the remedy: the lost one is no longer counted.
    await set!.resetEach([one!, other!, added]);
    await Promise.all(servers.map((server) => server.until('ready')));
    for (const app of [...servers, ...workers]) {
      await waitFor(`${short} to be over`, async () => !(await holds(app, short)));
      await waitFor(`${replaced} to be found`, () => holds(app, replaced));
    }

    // The second half.
    const url = set!.url.replace(addressOf(lost!), addressOf(added));
    const worker = await site.prepare('worker', { REDIS_URL: url, SIDE: 'primary' });
    await worker.start('live');
    await worker.until('ready');
    for (const code of [short, replaced]) expect(await holds(worker, code)).toBe(false);
  });
});
