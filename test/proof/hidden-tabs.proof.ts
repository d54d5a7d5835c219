import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { XmppTryOut } from '../integration/xmpp-try-out.spec-support';
import { Chromium } from '../kit/browser/chromium';
import { type StropheDesktop, StrophePages } from '../kit/browser/strophe-pages';
import { sideBySide } from '../kit/side-by-side';
import { pause, waitFor } from '../kit/wait';
import { expectWithin } from './judged-time';
import { say } from './say';

/** Pages whose timers the browser throttles stay present at the Prosody that we ship, and a page that is gone is noticed. */

declare const document: { readonly visibilityState: string };

/** Longer than two of the minutes after which a hidden tab's timers come. */
const hiddenMs = 150_000;
/** What a page's own timer of one second waits for at least in a tab that is truly throttled. */
const throttledMsMin = 50_000;
/** docs/xmpp.md: a request is held for 8 s, and the next one is waited for 16 s. */
const noticedMsMax = 24_000;
/** Grace, and the 2 s within which a ghost is signed out. */
const signedOutMsMax = noticedMsMax + 2_000 + 2_000;

let tryOut: XmppTryOut;
let pages: StrophePages;
let browser: Chromium;

afterAll(async () => {
  await browser.stop();
  await tryOut.stop();
  await pages.stop();
});

async function open(agentId: string, service: string, at: Chromium): Promise<StropheDesktop> {
  const rest = tryOut.rest.bind(tryOut);
  const desktop = await pages.open(at, { agentId, password: tryOut.password, service, rest });
  await desktop.untilTold(`User/${agentId} PUT user NOT_READY`);
  return desktop;
}

async function hide(at: Chromium, ...hidden: readonly Page[]): Promise<void> {
  await (await at.tab('about:blank')).bringToFront();
  const isHidden = async (page: Page): Promise<boolean> =>
    (await page.evaluate(() => document.visibilityState)) === 'hidden';
  for (const page of hidden) await waitFor('the tab to be hidden', () => isHidden(page));
}

function longestGap(times: readonly number[]): number {
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

/** Signs an agent in from a hidden tab and kills its browser; answers how long the sign-out took. */
async function signOutOfKilled(agentId: string): Promise<number> {
  const doomed = await Chromium.start();
  try {
    const { page } = await open(agentId, tryOut.bosh, doomed);
    await hide(doomed, page);
    // It has answered a ping as a hidden tab since.
    await pause(10_000);
    await doomed.kill9();
    const killedAt = Date.now();
    await tryOut.untilSignedOut(agentId);
    return Date.now() - killedAt;
  } finally {
    await doomed.stop();
  }
}

/** It is still there, and its own timer was throttled. */
async function expectPresent(desktop: StropheDesktop): Promise<void> {
  const { agentId } = desktop;
  const gapMs = longestGap(await desktop.ticks());
  say(`  ${agentId}: its own timer of one second came after up to ${(gapMs / 1_000).toFixed(1)} s`);
  expect(gapMs).toBeGreaterThanOrEqual(throttledMsMin);
  expect(await desktop.isOnline()).toBe(true);
  // Whoever had been signed out in between would not be Not Ready.
  expect(await tryOut.stateOf(agentId)).toBe('NOT_READY');
  const asked = await desktop.ask('primary', `User/${agentId}`, 'PUT', '<User><state>READY</state></User>');
  expect(asked.status).toBe(202);
  await desktop.untilTold(`User/${agentId} PUT user READY`);
}

sideBySide(
  async () => {
    pages = await StrophePages.start();
    tryOut = await XmppTryOut.start({ agents: 20, origin: pages.origin });
    browser = await Chromium.start(readFileSync(tryOut.certificateFile, 'utf8'));
  },
  {
    'tabs hidden for longer than two minutes stay signed in, over BOSH with and without TLS, and over WebSocket':
      async () => {
        const desktops: StropheDesktop[] = [];
        for (const [index, service] of [tryOut.bosh, tryOut.boshOverTls, tryOut.webSocket].entries())
          desktops.push(await open(String(1_001 + index), service, browser));
        await hide(browser, ...desktops.map(({ page }) => page));
        await pause(hiddenMs);
        for (const desktop of desktops) await expectPresent(desktop);
      },

    'an agent whose browser is killed is signed out 24 s later, and the grace, and 2 s, over BOSH': async () => {
      let agent = 1_004;
      await expectWithin({
        what: 'an agent whose hidden tab over BOSH is killed is signed out',
        msMax: signedOutMsMax,
        measure: () => signOutOfKilled(String(agent++)),
      });
    },
  },
);
