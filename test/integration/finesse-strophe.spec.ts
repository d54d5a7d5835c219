import { type Page } from 'playwright-core';
import { Chromium } from '../kit/browser/chromium';
import { type StropheDesktop, StrophePages } from '../kit/browser/strophe-pages';
import { basic } from '../kit/finesse/finesse-client';
import { textIn } from '../kit/finesse/finesse-events';
import { sideBySide } from '../kit/side-by-side';
import { type Side } from '../kit/site/site-options';
import { siteTimes } from '../kit/site/site-times';
import { startXmppSite, type XmppSite } from '../kit/site/xmpp-site';
import { pause, waitFor } from '../kit/wait';

/** A page made with Strophe in headless Chromium: REST from another origin, XMPP over Prosody's WebSocket, both sides. */

declare const document: { readonly visibilityState: string };

const agentIds = ['1001', '1002', '1003', '1004', '1005', '1006'];

/** A page takes its time to load on a busy machine. */
const times = { ...siteTimes, graceMs: 4_000, graceServerLostMs: 4_500 };
/** Prosody would have asked a dead client twice by then, and the grace would be over. */
const hiddenMs = 4_000 + times.graceMs;
/** A killed server's desktops would be lost by then, and their grace over. */
const longEnoughMs = times.leaseMs + times.graceServerLostMs + 2 * times.sweepMs + 2_000;

describe('a page made with Strophe', () => {
  let xmpp: XmppSite;
  let pages: StrophePages;
  let browser: Chromium;
  let doomed: Chromium;

  afterAll(async () => {
    await Promise.all([browser.stop(), doomed.stop()]);
    await xmpp.stop();
    await pages.stop();
  });

  /** Open, signed in, and told so. */
  async function openSignedIn(agentId: string, at = browser): Promise<StropheDesktop> {
    const { password, xmppServer } = xmpp;
    const rest = (side: Side): string => xmpp.rest(side);
    const desktop = await pages.open(at, { agentId, password, service: xmppServer.websocketUrl, rest });
    const told = await desktop.untilTold(`User/${agentId} PUT user NOT_READY`);
    expect(textIn(told.payload, 'requestId')).toBe('on-load');
    await xmpp.site.untilPhase(agentId, 'present');
    return desktop;
  }

  async function isSignedIn(agentId: string): Promise<boolean> {
    return (await xmpp.site.ctiAgent(agentId)).stateName !== 'LOGOUT';
  }

  async function untilHidden(page: Page): Promise<void> {
    await waitFor(
      'the tab to be hidden',
      async () => (await page.evaluate(() => document.visibilityState)) === 'hidden',
    );
  }

  sideBySide(
    async () => {
      pages = await StrophePages.start();
      const options = { times, env: { ORIGINS: pages.origin } };
      [xmpp, browser, doomed] = await Promise.all([
        startXmppSite(agentIds, options),
        Chromium.start(),
        Chromium.start(),
      ]);
    },
    {
      'signs in by REST from another origin, and is told of its state and its calls': async () => {
        const desktop = await openSignedIn('1001');
        const asked = await desktop.ask('primary', 'User/1001', 'PUT', '<User><state>READY</state></User>');
        expect(asked.status).toBe(202);
        await desktop.untilTold('User/1001 PUT user READY');
        const { callId } = await xmpp.site.post('/calls', { agentId: '1001' });
        await desktop.untilTold('User/1001 PUT user TALKING');
        await xmpp.site.post(`/calls/${String(callId)}`, {}, 'DELETE');
        await desktop.untilTold('User/1001/Dialogs DELETE dialogs DROPPED');
        expect((await desktop.shorts()).some((short) => short.startsWith('User/1001/Dialogs POST dialogs '))).toBe(
          true,
        );
      },

      'may send what HTTP libraries add, credentials included, and read the answers': async () => {
        const page = await browser.tab(pages.origin);
        const ask = (url: string, headers: Record<string, string>): Promise<string> =>
          page.evaluate(
            async ({ url, headers }) => {
              const answer = await fetch(url, { credentials: 'include', headers });
              return `${String(answer.status)} ${(await answer.text()).includes('1002') ? 'read' : ''}`;
            },
            { url, headers },
          );
        const added = { 'Cache-Control': 'no-cache', Pragma: 'no-cache', 'X-Requested-With': 'XMLHttpRequest' };
        const headers = { ...added, Authorization: basic('1002', xmpp.password) };
        expect(await ask(`${xmpp.rest('primary')}/User/1002`, headers)).toBe('200 read');
        expect(await ask(`${xmpp.rest('secondary')}/SystemInfo`, added)).toBe('200 ');
        expect(await ask(`${xmpp.site.servers.primary.url}/api/system-info`, added)).toBe('200 ');
        await page.close();
      },

      'that is refreshed stays signed in, and is told so when it signs in again': async () => {
        const desktop = await openSignedIn('1002');
        await desktop.page.reload();
        const told = await desktop.untilTold('User/1002 PUT user NOT_READY');
        expect(textIn(told.payload, 'requestId')).toBe('on-load');
        await xmpp.site.untilPhase('1002', 'present');
        await pause(times.graceMs + 2_000);
        expect(await xmpp.site.logouts('1002')).toEqual([]);
        expect(await isSignedIn('1002')).toBe(true);
      },

      'whose tab is closed is signed out after the grace': async () => {
        const desktop = await openSignedIn('1003');
        const closedAt = Date.now();
        await desktop.page.close();
        await xmpp.site.untilOutcome('1003', 'loggedOut');
        const [logout, ...others] = await xmpp.site.logouts('1003');
        expect(logout?.at ?? 0).toBeGreaterThanOrEqual(closedAt + times.graceMs - 100);
        expect(others).toEqual([]);
      },

      'whose browser is killed is signed out after the grace': async () => {
        await openSignedIn('1004', doomed);
        await doomed.kill9();
        await xmpp.site.untilOutcome('1004', 'loggedOut');
        expect(await xmpp.site.logouts('1004')).toMatchObject([{ reasonCode: 255 }]);
      },

      'in a hidden tab stays signed in, and is told what happens': async () => {
        const desktop = await openSignedIn('1005');
        await (await browser.tab('about:blank')).bringToFront();
        await untilHidden(desktop.page);
        const { epoch } = await xmpp.site.record('1005');
        await pause(hiddenMs);
        await xmpp.site.post('/agents/1005/state', { state: 'READY' });
        await desktop.untilTold('User/1005 PUT user READY');
        expect(await xmpp.site.record('1005')).toMatchObject({ epoch, phase: { name: 'present' } });
        expect(await xmpp.site.logouts('1005')).toEqual([]);
      },
    },
  );

  it('moves to the other side when its own is out of service, and outlives its old server', async () => {
    const { site } = xmpp;
    const desktop = await openSignedIn('1006');
    await site.workers.primary.kill9();
    await desktop.untilTold('SystemInfo PUT systemInfo OUT_OF_SERVICE');
    await waitFor('the sign-in at the other side', async () => {
      const answers = await desktop.answers();
      return answers.filter(({ method, status }) => method === 'PUT' && status === 202).length > 1;
    });
    await site.servers.primary.kill9();
    await pause(longEnoughMs);
    expect(await site.logouts('1006')).toEqual([]);

    const told = (await desktop.shorts()).length;
    await site.post('/agents/1006/state', { state: 'READY' });
    await desktop.untilTold('User/1006 PUT user READY', told);
  });
});
