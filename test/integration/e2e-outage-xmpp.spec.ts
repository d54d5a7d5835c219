import { type App } from '../kit/app';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { PlainWatchedXmpp, watchComponents } from '../kit/site/watched-xmpp';
import { pause, waitFor } from '../kit/wait';
import { startProsody } from '../kit/xmpp/prosody';
import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { missing, untilFigure, untilMissing, warnings } from './outages.spec-support';

/** A real Prosody that both servers watch, killed and away for ten seconds; then a whole side. */

const awayMs = 10_000;
/** Longer than desktops take to come back to an XMPP server that has just started. */
const graceMs = 4_000;
const password = 'password-of-the-tests';
const [stays, left, leaves, onGateway, moves, ghost] = ['1001', '1002', '1003', '1004', '1005', '1006'];
const agentIds = [stays, left, leaves, onGateway, moves, ghost];

let prosody: XmppServer;
let site: Site;
let servers: readonly App[];
let apps: readonly App[];
/** Counted from here on, for each app. */
const marks = new Map<App, number>();
const told = (app: App): Map<string, number> => warnings(app, marks.get(app) ?? 0);
const mark = (): void => {
  for (const app of apps) marks.set(app, app.lines.length);
};

const desktopOf = (agentId: string): Promise<XmppDesktop> =>
  XmppDesktop.open({ at: prosody.c2sPort, user: agentId, password, resource: 'desk' });

beforeAll(async () => {
  prosody = await startProsody({
    users: Object.fromEntries(agentIds.map((agentId) => [agentId, password])),
    components: watchComponents,
    sm: false,
    lines: ['allow_unencrypted_plain_auth = true'],
  });
  site = await startSite({ times: { graceMs }, xmpp: new PlainWatchedXmpp(prosody) });
  servers = Object.values(site.servers);
  apps = [...servers, ...Object.values(site.workers)];
  for (const agentId of agentIds) await site.signIn(agentId, 'READY');
});
afterAll(() => site.stop());

describe('the XMPP server, away for ten seconds', () => {
  it('is named by readiness and a gauge, told once, signs out nobody, and all is made good on its return', async () => {
    await desktopOf(stays);
    (await desktopOf(left)).kill();
    await desktopOf(leaves);
    const closing = await site.open(onGateway, 'secondary');
    await Promise.all([stays, leaves, onGateway].map((agentId) => site.untilPhase(agentId, 'present')));
    await site.untilPhase(left, 'grace');
    mark();

    const backAt = Date.now() + awayMs;
    await prosody.kill();
    closing.crash();
    await Promise.all(servers.map((server) => untilMissing(server, 'xmpp')));
    await Promise.all(servers.map((server) => untilFigure(server, 'lastcall_xmpp_in_sight', 0)));
    for (const worker of Object.values(site.workers)) expect(await missing(worker)).toEqual([]);
    await pause(backAt - Date.now());
    expect(await site.logouts()).toEqual([]);
    expect((await site.record(left)).phase).toMatchObject({ name: 'held', reasons: ['outage'] });
    expect((await site.record(stays)).phase.name).toBe('present');

    await prosody.restart();
    await waitFor('the desktop to be let in again', () => desktopOf(stays).catch(() => undefined));
    await Promise.all(servers.map((server) => server.until('ready')));
    await Promise.all(servers.map((server) => untilFigure(server, 'lastcall_xmpp_in_sight', 1)));
    for (const agentId of [left, leaves, onGateway]) await site.untilOutcome(agentId, 'loggedOut');
    expect(await site.logouts(stays)).toEqual([]);
  });

  it('is told once by each server, and by nobody else', () => {
    const lines = [...servers].map((server) => [...told(server)]);
    expect(lines).toEqual(servers.map(() => [[expect.stringContaining('XMPP: presence is out of sight'), 1]]));
    for (const worker of Object.values(site.workers)) expect([...told(worker)]).toEqual([]);
  });
});

describe('the other side, away for ten seconds', () => {
  it('shows in a gauge and in one line, its desktops move over, its ghosts go', async () => {
    const { primary, secondary } = site.servers;
    await untilFigure(primary, 'lastcall_other_side_servers', 1);
    const moving = await site.open(moves, 'secondary');
    await site.open(ghost, 'secondary');
    mark();
    const backAt = Date.now() + awayMs;
    await Promise.all([secondary.kill9(), site.workers.secondary.kill9()]);
    await moving.whenClosed();
    await site.open(moves, 'primary');
    await untilFigure(primary, 'lastcall_other_side_servers', 0);
    expect(await missing(primary)).toEqual([]);
    await site.untilOutcome(ghost, 'loggedOut');
    await pause(backAt - Date.now());
    await Promise.all([secondary.start(), site.workers.secondary.start()]);
    await untilFigure(primary, 'lastcall_other_side_servers', 1);
    for (const agentId of [stays, moves]) expect(await site.logouts(agentId)).toEqual([]);
    const lost = [...told(site.workers.primary)];
    expect(lost).toEqual([[expect.stringContaining('the lease of server'), 1]]);
  });
});
