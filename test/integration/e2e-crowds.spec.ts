import { type Page } from 'playwright-core';
import { readPlaces } from '#store/request-places';
import { Sides } from '#store/sides';
import { judgementMsMax } from '../../apps/worker/src/side-watch';
import { type App } from '../kit/app';
import { Chromium } from '../kit/browser/chromium';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * What a limit or a protection keeps waiting is told with its expected end: each loss in its story, and the crowd in the
 * console. Two a minute are let out here, so that nothing moves while the test looks.
 */

const user = 'mia';
const password = 'a-password-of-the-tests';
const perMinute = 2;
const holdMsMax = 15 * 60_000;
const massLoss = { lossesMin: perMinute, share: 1, logoutShare: 0.01, holdMsMax, slowPerSecondMax: 1 };

interface Crowd {
  readonly reason: string;
  readonly side: string | null;
  readonly count: number;
  readonly lastAt: number;
}

const ids = (first: number, count: number): string[] => Array.from({ length: count }, (_, n) => String(first + n));

describe('a crowd that waits', () => {
  let site: Site;
  let console_: App;
  let browser: Chromium;
  let page: Page;
  beforeAll(async () => {
    site = await startSite({ env: { SIM_AGENTS: '40' }, massLoss });
    console_ = await site.prepare('console', { CONSOLE_USER: user, CONSOLE_PASSWORD: password });
    await console_.start();
    await site.untilIssuable();
    browser = await Chromium.start();
    page = await browser.tab(console_.url);
    await page.fill('input[name=user]', user);
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
  });
  afterAll(async () => {
    await browser.stop();
    await site.stop();
  });

  async function lose(agentIds: readonly string[], side: 'primary' | 'secondary', staying: readonly string[] = []) {
    const all = [...agentIds, ...staying];
    await Promise.all(all.map((agentId) => site.signIn(agentId)));
    const desktops = await Promise.all(all.map((agentId) => site.open(agentId, side)));
    // A worker counts who is present at most twice a second; before it has counted these, they would be a whole side.
    await pause(2 * judgementMsMax);
    for (const desktop of desktops.slice(0, agentIds.length)) desktop.crash();
  }

  async function untilCrowd(reason: string, side: string, count: number): Promise<Crowd> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    let crowds: readonly Crowd[] = [];
    return waitFor(
      `${String(count)} of the ${side} side to wait (${reason})`,
      async () => {
        const answer = await fetch(`${console_.url}/api/overview`, { headers: { authorization } });
        ({ crowds } = (await answer.json()) as { crowds: readonly Crowd[] });
        return crowds.find((crowd) => crowd.reason === reason && crowd.side === side && crowd.count === count);
      },
      { seen: () => crowds },
    );
  }

  it('for a limit of requests ends at the turn that the last one of them was told', async () => {
    const lost = ids(1001, 10);
    await lose(lost, 'primary', ids(1011, 2));
    const { lastAt } = await untilCrowd('rate', 'primary', lost.length - perMinute);
    const { turns } = await readPlaces(site.redisConnection, peripheralId, 'primary');
    expect(turns.size).toBe(lost.length - perMinute);
    expect(lastAt).toBe(Math.max(...turns.values()));
    const told = (await Promise.all(lost.map((agentId) => site.told(agentId)))).flat();
    const expected = told.filter(({ entry }) => /Its turn is expected in \d+\.\d s\./.test(entry.sentence));
    expect(new Set(expected.map(({ agentId }) => agentId)).size).toBe(lost.length - perMinute);
  });

  it('is on the page with what it waits for and its expected end', async () => {
    const crowd = page.getByLabel('Crowds that wait').getByText('8 losses of the primary side');
    await crowd.waitFor();
    expect((await crowd.textContent())?.replace(/\s+/g, ' ')).toMatch(
      /8 losses of the primary side wait for the limit of requests\. The last one is expected to be signed out in \d+:\d\d \(.*\), if nobody returns\./,
    );
  });

  it('for the end of a mass loss ends when the longest hold is over and all were signed out slowly', async () => {
    await lose(ids(1020, 6), 'secondary');
    const { lastAt } = await untilCrowd('massLoss', 'secondary', 6);
    const since = (await new Sides(site.redisConnection, { peripheralId }).protections()).secondary?.since ?? 0;
    // Two at once, and of the four others one each 30 s from the second minute on.
    expect(lastAt).toBe(since + holdMsMax + 60_000 + 3 * 30_000);
    await page.getByText('6 losses of the secondary side wait for the end of the mass-loss protection').waitFor();
  });
});
