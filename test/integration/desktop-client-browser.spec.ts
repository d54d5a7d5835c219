import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page } from 'playwright-core';
import { Chromium } from '../kit/browser/chromium';
import { DesktopPages } from '../kit/browser/desktop-pages';
import { sideBySide } from '../kit/side-by-side';
import { secret, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** The page of docs/desktop-client.md, word by word. */
const [, documentedPage = ''] =
  /```html\n([^]*?)```/.exec(readFileSync(join(__dirname, '../../docs/desktop-client.md'), 'utf8')) ?? [];

/** A page that was thawed, or was cut off, is back well within the grace. */
const times = { ...siteTimes, graceMs: 5_000, graceServerLostMs: 10_000 };
/** Longer than detection and grace together: whoever was taken for lost at the beginning is signed out at the end. */
const wholeMs = times.detectionMs + times.graceMs + 2_000;

interface Heard {
  readonly name: string;
  readonly server?: string;
  readonly to?: string;
  readonly reason?: string;
}

interface DeskWindow {
  readonly heard: Heard[];
  readonly ticks: number;
  readonly desktop: { readonly state: string; readonly desktopId: string; readonly server?: string };
}

declare const window: DeskWindow;
declare const document: { readonly visibilityState: string; querySelector(selector: string): { click(): void } };
declare const history: { back(): void };
declare const location: { readonly href: string };
declare function open(url: string): void;

describe('the browser library in Chromium', () => {
  let site: Site;
  let pages: DesktopPages;
  let browser: Chromium;
  const browsers: Chromium[] = [];

  async function newBrowser(): Promise<Chromium> {
    const started = await Chromium.start();
    browsers.push(started);
    return started;
  }

  /** Signs the agent in and opens the desktop in a tab of its own. */
  async function desk(agentId: string, at = browser): Promise<Page> {
    await site.signIn(agentId, 'READY');
    return untilOpen(await at.tab(pages.desk(agentId)));
  }

  async function untilOpen(page: Page): Promise<Page> {
    let seen = '';
    const look = async (): Promise<boolean> => {
      seen = await page
        .evaluate(() => `${location.href} ${window.desktop.state} ${JSON.stringify(window.heard)}`)
        .catch(String);
      return seen.includes(' open ');
    };
    await waitFor('the desktop to be open', look, { seen: () => `the page at ${page.url()} says: ${seen}` });
    return page;
  }

  const names = (page: Page): Promise<string[]> => page.evaluate(() => window.heard.map(({ name }) => name));
  const idOf = (page: Page): Promise<string> => page.evaluate(() => window.desktop.desktopId);

  async function isStillPresent(agentId: string, epoch: number): Promise<void> {
    expect(await site.record(agentId)).toMatchObject({ epoch, phase: { name: 'present' } });
    expect(await site.logouts(agentId)).toEqual([]);
  }

  afterAll(async () => {
    await Promise.all(browsers.map((one) => one.stop()));
    await site.stop();
    await pages.stop();
  });

  async function setUp(): Promise<void> {
    pages = await DesktopPages.start(secret);
    site = await startSite({ times, env: { ORIGINS: pages.origin } });
    pages.servers = [site.servers.primary.url, site.servers.secondary.url];
    browser = await newBrowser();
  }

  sideBySide(setUp, {
    'keeps the agent present in a hidden tab whose timers hardly ever come': async () => {
      const page = await desk('1001');
      const front = await browser.tab(`${pages.origin}/elsewhere`);
      await front.bringToFront();
      const { epoch } = await site.record('1001');
      await waitFor(
        'the tab to be hidden',
        async () => (await page.evaluate(() => document.visibilityState)) === 'hidden',
      );
      await pause(2_000);
      const before = await page.evaluate(() => window.ticks);
      await pause(wholeMs);
      expect((await page.evaluate(() => window.ticks)) - before).toBeLessThan(20);
      expect(await names(page)).toEqual(['opened']);
      await isStillPresent('1001', epoch);
    },

    'keeps the agent present while the page is frozen by the browser': async () => {
      const page = await desk('1002');
      const { epoch } = await site.record('1002');
      const session = await browser.context.newCDPSession(page);
      await session.send('Page.setWebLifecycleState', { state: 'frozen' });
      await pause(wholeMs);
      await isStillPresent('1002', epoch);
      await session.send('Page.setWebLifecycleState', { state: 'active' });
      // Chromium may drop the connection as it thaws the page; then it is made again, well within the grace.
      await pause(times.graceMs);
      await untilOpen(page);
      expect(await site.logouts('1002')).toEqual([]);
    },

    'keeps the agent present while the process of the page stands still': async () => {
      const own = await newBrowser();
      const page = await desk('1003', own);
      const { epoch } = await site.record('1003');
      own.freezeRenderers();
      await pause(wholeMs);
      await isStillPresent('1003', epoch);
      own.thawRenderers();
      await pause(2_000);
      expect(await names(page)).toEqual(['opened']);
    },

    'has the agent signed out when the browser is killed': async () => {
      const own = await newBrowser();
      await desk('1004', own);
      await own.kill9();
      await site.untilOutcome('1004', 'loggedOut');
      expect((await site.logouts('1004')).length).toBe(1);
      expect((await site.told('1004')).map(({ entry }) => entry)).toContainEqual(
        expect.objectContaining({ what: 'lossBegan', cause: 'lost' }),
      );
    },

    'is open after the network was away for a while': async () => {
      const page = await desk('1005');
      const session = await browser.context.newCDPSession(page);
      const network = (offline: boolean): Promise<unknown> =>
        session.send('Network.emulateNetworkConditions', {
          offline,
          latency: 0,
          downloadThroughput: -1,
          uploadThroughput: -1,
        });
      await session.send('Network.enable');
      await network(true);
      await pause(1_500);
      await network(false);
      await untilOpen(page);
      await pause(wholeMs);
      expect(await site.logouts('1005')).toEqual([]);
      await untilOpen(page);
    },

    'opens again as the same desktop when the page is refreshed': async () => {
      const page = await desk('1006');
      const id = await idOf(page);
      const { epoch } = await site.record('1006');
      await page.reload();
      await untilOpen(page);
      expect(await idOf(page)).toBe(id);
      expect((await site.record('1006')).epoch).toBeGreaterThan(epoch);
      await pause(wholeMs);
      expect((await site.record('1006')).phase.name).toBe('present');
      expect(await site.logouts('1006')).toEqual([]);
    },

    'says bye when the page is left, and opens again when the back button brings it back': async () => {
      const page = await desk('1007');
      const id = await idOf(page);
      await page.goto(`${pages.origin}/elsewhere`);
      expect((await site.untilPhase('1007', 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
      await page.evaluate(() => {
        history.back();
      });
      await untilOpen(page);
      // The very page came back, with all that it had heard: it was not loaded anew.
      expect(await names(page)).toEqual(['opened', 'opened']);
      expect(await idOf(page)).toBe(id);
      await pause(wholeMs);
      expect(await site.logouts('1007')).toEqual([]);
      expect((await site.record('1007')).phase.name).toBe('present');
    },

    'is one desktop per tab: the agent is present until the last tab is closed': async () => {
      const one = await desk('1008');
      const two = await untilOpen(await browser.tab(pages.desk('1008')));
      expect(await idOf(one)).not.toBe(await idOf(two));
      expect(Object.keys((await site.record('1008')).desktops).length).toBe(2);
      await one.close({ runBeforeUnload: true });
      await waitFor(
        'one desktop to be left',
        async () => Object.keys((await site.record('1008')).desktops).length === 1,
      );
      expect((await site.record('1008')).phase.name).toBe('present');
      await two.close({ runBeforeUnload: true });
      expect((await site.untilPhase('1008', 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
      await site.untilOutcome('1008', 'loggedOut');
    },

    'works as its document shows it, in a page of thirty lines': async () => {
      expect(documentedPage.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
      pages.documented = documentedPage
        .replace('https://primary.example.com', site.servers.primary.url)
        .replace('https://secondary.example.com', site.servers.secondary.url);
      await site.signIn('1010', 'READY');
      const page = await browser.tab(`${pages.origin}/documented?agent=1010`);
      const shows = (text: string): Promise<string> =>
        waitFor(`the page to show ${text}`, async () => {
          const status = await page.textContent('#status');
          return status === text ? status : undefined;
        });
      await shows('Ready for work');
      expect((await site.record('1010')).phase.name).toBe('present');
      // A tab that is not in front cannot be clicked into.
      await page.evaluate(() => {
        document.querySelector('#bye').click();
      });
      await shows('Closed');
      expect((await site.untilPhase('1010', 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
    },

    'has an id of its own in a duplicated tab': async () => {
      const original = await desk('1009');
      const opening = original.waitForEvent('popup');
      // A window that a page opens begins with a copy of its session storage, as a duplicated tab does.
      await original.evaluate(() => {
        open(location.href);
      });
      const copy = await untilOpen(await opening);
      expect(await idOf(copy)).not.toBe(await idOf(original));
      const ids = Object.values((await site.record('1009')).desktops).map(({ desktopId }) => desktopId);
      expect(ids.sort()).toEqual([await idOf(original), await idOf(copy)].sort());
    },
  });

  it('fails over to the other side when its server is killed, and nobody is signed out', async () => {
    const agents = ['1011', '1012', '1013'];
    const tabs = await Promise.all(agents.map((agentId) => desk(agentId)));
    await site.servers.primary.kill9();
    for (const tab of tabs) {
      await waitFor(
        'the desktop to be on the other side',
        async () => (await tab.evaluate(() => window.desktop.server)) === site.servers.secondary.url,
      );
      expect(await names(tab)).toEqual(['opened', 'interrupted', 'failover', 'opened']);
      const reasons = await tab.evaluate(() =>
        window.heard.flatMap(({ name, reason }) => (name === 'interrupted' ? [reason] : [])),
      );
      expect(reasons).toEqual(['the connection broke']);
    }
    // Until the dead server's lease and the longer grace after it are over.
    await pause(times.leaseMs + times.graceServerLostMs + 2_000);
    for (const agentId of agents) {
      expect((await site.record(agentId)).phase.name).toBe('present');
      expect(await site.logouts(agentId)).toEqual([]);
    }
  });
});
