import { openingRate } from '#presence/gateway';
import { siteTimes } from '../kit/site/site-times';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { PlainWatchedXmpp, watchComponents } from '../kit/site/watched-xmpp';
import { pause, waitFor } from '../kit/wait';
import { startProsody } from '../kit/xmpp/prosody';
import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { accounts, password } from './xmpp-watch.spec-support';

/** Desktops at Prosody, which both servers watch, whose presence changes without a pause. */

const flaps = 10 * openingRate.burst;
const graceMs = 4_000;
const agentIds = ['1001', '1002', '1003'];

describe('an agent whose presence at the XMPP server flaps', () => {
  let prosody: XmppServer;
  let site: Site;
  const desktops: XmppDesktop[] = [];

  async function open(user: string, resource: string): Promise<XmppDesktop> {
    const desktop = await XmppDesktop.open({ at: prosody.c2sPort, user, password, resource });
    desktops.push(desktop);
    return desktop;
  }

  /** Ends with the desktop gone; each change has come to the server before the next one. */
  async function flap(desktop: XmppDesktop): Promise<void> {
    for (let n = 0; n < flaps; n++) {
      desktop.available();
      await desktop.ping();
      desktop.send("<presence xmlns='jabber:client' type='unavailable'/>");
      await desktop.ping();
    }
  }

  /** Of each server. */
  async function figures(name: string): Promise<number[]> {
    const ofServers = Object.values(site.servers).map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length),
      );
    });
    return Promise.all(ofServers);
  }
  const openingsTold = (): Promise<number[]> => figures('lastcall_handle_seconds_count{event="desktopOpened"}');

  /** Openings of one agent that one server may tell by then. */
  const openingsMax = (sinceMs: number): number =>
    openingRate.burst + openingRate.perSecond * (1 + (performance.now() - sinceMs) / 1_000);

  beforeAll(async () => {
    prosody = await startProsody({
      users: accounts(agentIds),
      components: watchComponents,
      sm: false,
      lines: ['allow_unencrypted_plain_auth = true'],
    });
    site = await startSite({ times: { graceMs }, xmpp: new PlainWatchedXmpp(prosody) });
    await site.untilReady();
    await site.untilIssuable();
    for (const agentId of agentIds) await site.signIn(agentId);
  });

  afterAll(async () => {
    for (const desktop of desktops) desktop.kill();
    await site.stop();
  });

  it('is told at the rate of openings, and is present in the end when its desktop is', async () => {
    const beganMs = performance.now();
    const desktop = await open('1001', 'flaps');
    await site.untilPhase('1001', 'present');
    await flap(desktop);
    desktop.available();
    await desktop.ping();
    await site.untilPhase('1001', 'present');
    for (const count of await openingsTold()) expect(count).toBeLessThanOrEqual(openingsMax(beganMs));
    for (const count of await figures('lastcall_xmpp_openings_postponed_total')) expect(count).toBeGreaterThan(0);
    await pause(graceMs + 2 * siteTimes.sweepMs);
    expect((await site.record('1001')).phase.name).toBe('present');
    expect(await site.requests('1001')).toEqual([]);
    // One line in each log, and not one for each opening.
    for (const { lines } of Object.values(site.servers))
      expect(lines.filter((line) => line.includes('an agent opens more than'))).toHaveLength(1);
  });

  it('is signed out when it is gone in the end, and not before a whole grace', async () => {
    const desktop = await open('1002', 'flaps');
    await site.untilPhase('1002', 'present');
    await flap(desktop);
    desktop.available();
    await desktop.ping();
    const seenAt = Date.now();
    desktop.send("<presence xmlns='jabber:client' type='unavailable'/>");
    await site.untilOutcome('1002', 'loggedOut');
    const [logout, ...others] = await site.logouts('1002');
    expect(logout!.at - seenAt).toBeGreaterThanOrEqual(graceMs);
    expect(others).toEqual([]);
  });

  it('is not signed out while it flaps, however long that lasts, with a desktop elsewhere or without', async () => {
    const desktop = await open('1003', 'flaps');
    await site.open('1003', 'secondary');
    const untilMs = performance.now() + 3 * graceMs;
    while (performance.now() < untilMs) await flap(desktop);
    await waitFor('all that waits to be told', async () => (await site.record('1003')).phase.name === 'present');
    await pause(graceMs + 2 * siteTimes.sweepMs);
    expect(await site.requests('1003')).toEqual([]);
    expect((await site.record('1003')).phase.name).toBe('present');
  });
});
