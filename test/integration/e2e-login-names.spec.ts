import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountNamed } from '#presence/xmpp/desktop-jid';
import { runApp } from '../kit/app';
import { basic, FinesseClient } from '../kit/finesse/finesse-client';
import { sideBySide } from '../kit/side-by-side';
import { secret } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { pubsubService, startXmppSite, type XmppSite } from '../kit/site/xmpp-site';
import { waitFor } from '../kit/wait';
import { subscribeOnce } from '../kit/xmpp/subscribe';
import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';

/**
 * Agents who are called by a login name: at the XMPP server, in tokens, in reports of a feed. Whatever they are called,
 * there is one agent, whose id the CTI server knows.
 */

const loginNames = { 1001: 'ada', 1002: 'Grace.Hopper@example.com', 1003: 'mary', 1004: 'Joan_Clarke@example.com' };
/** Has no login name in AGENTS_FILE; the CTI server's configuration calls him so. */
const named = { id: '1005', loginName: 'agent1005' };
const times = { ...siteTimes, graceMs: 2_000 };

describe.each(['Prosody', 'ejabberd'] as const)('an agent who is called by a login name, at %s', (server) => {
  let xmpp: XmppSite;
  const desktops: XmppDesktop[] = [];

  const setUp = async (): Promise<void> => {
    xmpp = await startXmppSite([...Object.keys(loginNames), named.id], { times, server, loginNames });
  };

  afterAll(async () => {
    for (const desktop of desktops) desktop.kill();
    await xmpp.site.stop();
  });

  async function openXmpp(name: string): Promise<XmppDesktop> {
    const { xmppServer, password } = xmpp;
    const at = xmppServer.websocketUrl;
    const desktop = await XmppDesktop.open({ at, user: accountNamed(name), password, resource: 'desk' });
    desktops.push(desktop);
    return desktop;
  }

  const subscribe = (desktop: XmppDesktop, node: string): Promise<string | undefined> =>
    subscribeOnce(desktop, pubsubService, node);

  const report = async (agentId: string, presence: 'available' | 'unavailable'): Promise<number> =>
    (await xmpp.site.feed('primary', { agentId, desktopId: 'fed', presence })).status;

  sideBySide(setUp, {
    'is signed out after the grace when the desktop of that account is killed': async () => {
      await xmpp.site.signIn('1001', 'READY');
      const desktop = await openXmpp('ada');
      await xmpp.site.untilPhase('1001', 'present');
      desktop.kill();
      await xmpp.site.untilOutcome('1001', 'loggedOut');
      expect(await xmpp.site.logouts('1001')).toMatchObject([{ reasonCode: 255, effective: true }]);
    },

    'signs in by REST and is told by XMPP, on nodes that it may call by either name': async () => {
      const desktop = await openXmpp(loginNames[1002]);
      await xmpp.site.untilDesktop('1002');
      const nodes = ['1002', 'grace.hopper@example.com', 'Grace.Hopper%40example.com', 'mary'];
      const answers = await waitFor('the service to answer about all nodes', async () => {
        const given = [];
        for (const user of nodes) given.push(await subscribe(desktop, `/finesse/api/User/${user}/Dialogs`));
        // While the name of the service goes from one of our servers to another the XMPP server answers for it.
        return given.every((one) => one === 'subscribed' || one === 'not-authorized') ? given : undefined;
      });
      expect(answers).toEqual(['subscribed', 'subscribed', 'subscribed', 'not-authorized']);
      const told = desktop.next((stanza) => stanza.toString().includes('NOT_READY'));
      const authorization = basic(loginNames[1002], xmpp.password);
      const rest = new FinesseClient(xmpp.site.servers.primary.url, authorization, true);
      expect((await rest.signIn('grace.hopper%40example.com', '4002')).status).toBe(202);
      const event = await told;
      expect(event.getChild('event')?.getChild('items')?.attrs['node']).toBe('/finesse/api/User/1002');
      expect(event.toString()).toContain(
        'loginId&gt;1002&lt;/loginId&gt;&lt;loginName&gt;Grace.Hopper@example.com&lt;',
      );
    },

    'opens its desktop with a token for the login name': async () => {
      await xmpp.site.signIn('1003', 'READY');
      const { socket } = await xmpp.site.open('MARY');
      await xmpp.site.untilPhase('1003', 'present');
      socket.terminate();
      await xmpp.site.untilOutcome('1003', 'loggedOut');
    },

    'is reported by a feed, and signed out when the feed says that it is gone': async () => {
      await xmpp.site.signIn('1004', 'READY');
      expect(await report('joan_clarke@example.com', 'available')).toBe(202);
      await xmpp.site.untilPhase('1004', 'present');
      expect(await report('nobody@example.com', 'unavailable')).toBe(404);
      expect(await report('joan_clarke@example.com', 'unavailable')).toBe(202);
      await xmpp.site.untilOutcome('1004', 'loggedOut');
    },

    'may have that name from the configuration of the CTI server': async () => {
      await xmpp.site.signIn(named.id, 'READY');
      const { socket } = await xmpp.site.openWhenLetIn(named.loginName, 'primary');
      await xmpp.site.untilPhase(named.id, 'present');
      socket.terminate();
      await xmpp.site.untilOutcome(named.id, 'loggedOut');
    },

    'that no agent has opens no desktop': async () => {
      const desktop = await xmpp.site.connect('nobody@example.com');
      expect(await desktop.whenClosed()).toMatchObject({ code: 4404 });
    },
  });
});

it('is no start: a login name of two agents, or one that is the id of another, each named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'login-names-'));
  const path = join(folder, 'agents.json');
  const agents = [
    { id: '1001', loginName: 'Boss' },
    { id: '1002', loginName: 'ada@example.com' },
    { id: '1003', loginName: 'ADA@example.com' },
    { id: 'boss', loginName: 'BOSS' },
  ];
  await writeFile(path, JSON.stringify({ agents }));
  const { code, stderr } = await runApp('server', { SIDE: 'primary', DESKTOP_TOKEN_SECRET: secret, AGENTS_FILE: path });
  await rm(folder, { recursive: true });
  expect(code).toBe(2);
  expect(stderr).toContain('agents[0].loginName of agent 1001 is Boss, the id of another agent');
  expect(stderr).toContain('agents[2].loginName of agent 1003 is ADA@example.com, as that of agent 1002');
  expect(stderr).not.toContain('agents[3]');
});
