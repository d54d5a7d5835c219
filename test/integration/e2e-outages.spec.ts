import { type App } from '../kit/app';
import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';
import { figure, missing, untilFigure, untilMissing, warnings } from './outages.spec-support';

/** What is away for ten seconds is told once in the log, by its kind, and by readiness for as long as it lasts. */
const awayMs = 10_000;
/** The second outage begins, and ends, so long after the first one. */
const betweenMs = 4_000;

let site: Site;
let apps: readonly App[];
let leaver: TestDesktop;
beforeAll(async () => {
  site = await startSite();
  apps = [...Object.values(site.servers), ...Object.values(site.workers)];
});
afterAll(() => site.stop());

/** Counted from here on, for each app. */
const marks = new Map<App, number>();
const told = (app: App): Map<string, number> => warnings(app, marks.get(app) ?? 0);

describe('the CTI servers and Redis, each away for ten seconds and both at once in between', () => {
  beforeAll(async () => {
    for (const agentId of ['1001', '1002', '1003']) await site.signIn(agentId, 'READY');
    await site.open('1001', 'primary');
    leaver = await site.open('1002', 'secondary');
    (await site.open('1003', 'primary')).crash();
    await site.untilPhase('1003', 'grace');
    for (const app of apps) marks.set(app, app.lines.length);
  });

  const setCti = async (fault: 'down' | 'up'): Promise<void> => {
    for (const side of ['A', 'B']) await site.post('/faults', { side, fault });
  };

  it('are named by readiness, told once by each app, sign out nobody, and all is made good on their return', async () => {
    const begunAt = Date.now();
    const at = (ms: number): Promise<void> => pause(begunAt + ms - Date.now());
    await setCti('down');
    await Promise.all(Object.values(site.workers).map((worker) => untilMissing(worker, 'ctiLink')));
    for (const worker of Object.values(site.workers)) expect(await figure(worker, 'lastcall_cti_in_service')).toBe(0);
    for (const server of Object.values(site.servers)) {
      expect(await missing(server)).toEqual([]);
      await untilFigure(server, 'lastcall_link_in_service', 0);
      await waitFor('the server to tell of its link', () => told(server).size > 0);
    }
    await at(betweenMs);
    await site.redis.kill9();
    leaver.crash();
    await Promise.all(apps.map((app) => untilMissing(app, 'store')));
    for (const app of apps) expect(await figure(app, 'lastcall_store_up')).toBe(0);
    await at(awayMs);
    expect(await site.logouts()).toEqual([]);
    await setCti('up');
    await at(awayMs + betweenMs);
    expect(await site.logouts()).toEqual([]);
    await site.redis.restart();
    for (const ghost of ['1002', '1003']) await site.untilOutcome(ghost, 'loggedOut');
    await Promise.all(apps.map((app) => app.until('ready')));
    for (const app of apps) expect(await figure(app, 'lastcall_store_up')).toBe(1);
    for (const worker of Object.values(site.workers)) await untilFigure(worker, 'lastcall_cti_in_service', 1);
    for (const server of Object.values(site.servers)) await untilFigure(server, 'lastcall_link_in_service', 1);
    expect((await site.logouts()).map(({ agentId }) => agentId).sort()).toEqual(['1002', '1003']);
  });

  it('are told once by each app and kind', () => {
    for (const app of apps) {
      const often = [...told(app)].filter(([kind, count]) => count > (kind.includes('CTI link') ? 2 : 1));
      expect({ app: app.app, often }).toEqual({ app: app.app, often: [] });
      const about = (what: RegExp): string[] =>
        app.lines
          .slice(marks.get(app) ?? 0)
          .filter((line) => what.test(line))
          .map((line) => (JSON.parse(line) as { level: string }).level);
      expect(about(/"msg":"Redis (cannot be reached|answers again)/)).toEqual(['warn', 'info']);
      // A link that changes to the other side before that one is down, too, has two outages.
      expect(about(/"msg":"the CTI link (of this side )?is (out of|in) service/).join(' ')).toMatch(
        /^warn info( warn info)?$/,
      );
    }
  });
});
