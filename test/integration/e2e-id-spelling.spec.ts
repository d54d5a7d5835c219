import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runApp } from '../kit/app';
import { basic, FinesseClient, textOf } from '../kit/finesse/finesse-client';
import { sideBySide } from '../kit/side-by-side';
import { secret, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { PlainWatchedXmpp, watchComponents } from '../kit/site/watched-xmpp';
import { pubsubService, startXmppSite, type XmppSite } from '../kit/site/xmpp-site';
import { pause, waitFor } from '../kit/wait';
import { startProsody } from '../kit/xmpp/prosody';
import { subscribeOnce } from '../kit/xmpp/subscribe';
import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';

/**
 * Agent ids with capital letters, as some CTI servers have them. XMPP folds the case of an account, people and programs
 * spell an id as they like: whatever spelling comes in, there is one agent.
 */

const ids = ['Agent001', 'Agent002', 'Agent003', 'Agent004', 'Agent005', 'Agent006'];
/** In the file, and not at the CTI server. */
const misspelt = 'Ghost_1';
/** Has an account at the XMPP server, and is in no directory. */
const stranger = 'guest';
const times = { ...siteTimes, graceMs: 2_000 };
/** Longer than any wait after which somebody would be signed out who should not be. */
const longEnoughMs = 2 * times.graceMs + 2 * times.sweepMs;

describe.each(['Prosody', 'ejabberd'] as const)('an agent id with capital letters, at %s', (server) => {
  let xmpp: XmppSite;
  const desktops: XmppDesktop[] = [];

  const setUp = async (): Promise<void> => {
    xmpp = await startXmppSite([...ids, misspelt], { times, server });
    await xmpp.site.post('/agents', { agentIds: ids });
    await xmpp.xmppServer.addUser(stranger, xmpp.password);
  };

  afterAll(async () => {
    for (const desktop of desktops) desktop.kill();
    await xmpp.site.stop();
  });

  /** Prosody folds what a client signs in as; ejabberd passes it on as it is, so nobody here signs in with the right spelling. */
  async function openXmpp(agentId: string, spell = (id: string): string => id.toLowerCase()): Promise<XmppDesktop> {
    const { xmppServer, password } = xmpp;
    const at = xmppServer.websocketUrl;
    const desktop = await XmppDesktop.open({ at, user: spell(agentId), password, resource: 'Desk' });
    desktops.push(desktop);
    return desktop;
  }

  /** Waits until so many desktops are in the records, whichever way the agent is spelled there. */
  async function untilHeld(agentId: string, count: number): Promise<void> {
    await waitFor(`${String(count)} desktops of ${agentId}`, async () => {
      const records = await Promise.all([agentId, agentId.toLowerCase()].map((id) => xmpp.site.record(id)));
      return records.reduce((sum, record) => sum + Object.keys(record.desktops).length, 0) === count;
    });
  }

  /** Whoever is signed in with only an XMPP desktop open. */
  async function readyByXmpp(agentId: string): Promise<XmppDesktop> {
    await xmpp.site.signIn(agentId, 'READY');
    const desktop = await openXmpp(agentId);
    await xmpp.site.untilPhase(agentId, 'present');
    return desktop;
  }

  /** `subscribed`, or why the service refuses it. */
  function subscribe(desktop: XmppDesktop, node: string): Promise<string> {
    // While the name of the service goes from one of our servers to another the XMPP server answers for it.
    return waitFor(`an answer about ${node}`, async () => {
      const answer = await subscribeOnce(desktop, pubsubService, node);
      return ['subscribed', 'not-authorized', 'bad-request'].find((known) => known === answer);
    });
  }

  const report = async (agentId: string, presence: 'available' | 'unavailable'): Promise<number> =>
    (await xmpp.site.feed('primary', { agentId, desktopId: `${agentId.toLowerCase()}@feed`, presence })).status;

  const rest = (user: string): FinesseClient =>
    new FinesseClient(xmpp.site.servers.primary.url, basic(user, xmpp.password), true);

  sideBySide(setUp, {
    'is signed out after the grace when its only desktop, at the XMPP server, is killed': async () => {
      await xmpp.site.signIn('Agent001', 'READY');
      const desktop = await openXmpp('Agent001', (id) => id.toUpperCase());
      await xmpp.site.untilPhase('Agent001', 'present');
      desktop.kill();
      await xmpp.site.untilOutcome('Agent001', 'loggedOut');
      expect(await xmpp.site.logouts('Agent001')).toMatchObject([{ reasonCode: 255, effective: true }]);
      expect((await xmpp.site.ctiAgent('Agent001')).stateName).toBe('LOGOUT');
    },

    'stays signed in when it loses its WebSocket while a desktop at the XMPP server is open': async () => {
      await xmpp.site.signIn('Agent002', 'READY');
      const { socket } = await xmpp.site.open('Agent002');
      await openXmpp('Agent002');
      // Its WebSocket, and the one at the XMPP server as both servers see it.
      await untilHeld('Agent002', 3);
      socket.terminate();
      await untilHeld('Agent002', 2);
      await pause(longEnoughMs);
      expect(await xmpp.site.requests('Agent002')).toEqual([]);
      expect((await xmpp.site.ctiAgent('Agent002')).stateName).toBe('AVAILABLE');
    },

    'is subscribed to its own nodes, spelled either way, and to nobody else': async () => {
      const desktop = await readyByXmpp('Agent003');
      const nodes = ['Agent003', 'agent003', 'Agent004'].map((id) => `/finesse/api/User/${id}`);
      const answers = [];
      for (const node of nodes) answers.push(await subscribe(desktop, node));
      expect(answers).toEqual(['subscribed', 'subscribed', 'not-authorized']);
    },

    'is served by REST under another spelling, and told by XMPP what came of it': async () => {
      const desktop = await openXmpp('Agent004');
      await xmpp.site.untilDesktop('Agent004');
      const told = desktop.next((stanza) => stanza.toString().includes('NOT_READY'));
      expect((await rest('AGENT004').signIn('agent004', '4004')).status).toBe(202);
      expect((await told).getChild('event')?.getChild('items')?.attrs['node']).toBe('/finesse/api/User/Agent004');
      const { status, text } = await rest('agent004').get('User/AGENT004');
      expect([status, textOf(text, 'loginId'), textOf(text, 'state')]).toEqual([200, 'Agent004', 'NOT_READY']);
    },

    'opens its desktop with a token that spells it another way': async () => {
      await xmpp.site.signIn('Agent005', 'READY');
      const { socket } = await xmpp.site.open('AGENT005');
      await xmpp.site.untilPhase('Agent005', 'present');
      socket.terminate();
      await xmpp.site.untilOutcome('Agent005', 'loggedOut');
    },

    'is reported by a feed under another spelling': async () => {
      await xmpp.site.signIn('Agent006', 'READY');
      await report('AGENT006', 'available');
      await xmpp.site.untilPhase('Agent006', 'present');
      await report('agent006', 'unavailable');
      await xmpp.site.untilOutcome('Agent006', 'loggedOut');
    },

    'that the CTI server does not know is never taken for signed out': async () => {
      const { socket } = await xmpp.site.open(misspelt.toLowerCase());
      socket.terminate();
      const { phase } = await xmpp.site.untilPhase(misspelt, 'held');
      expect(phase).toMatchObject({ reasons: ['unknownAgent'] });
      expect(await xmpp.site.outcomes(misspelt)).toEqual([]);
    },

    'that no directory knows opens no desktop, and is counted': async () => {
      const desktop = await xmpp.site.connect('nobody');
      expect(await desktop.whenClosed()).toEqual({
        code: 4404,
        reason: 'the directory of agents knows no agent nobody',
      });
      expect(await report('nobody', 'available')).toBe(404);
      await openXmpp(stranger);
      await waitFor('both to be counted', async () => {
        const text = await (await fetch(`${xmpp.site.servers.primary.url}/metrics`)).text();
        return [
          'lastcall_desktops_refused_total{reason="unknownAgent"} 1',
          'lastcall_xmpp_ignored_total{why="unknownAgent"} 1',
        ].every((line) => text.includes(line));
      });
      expect((await xmpp.site.record(stranger)).phase.name).toBe('unseen');
    },
  });
});

describe.each(['Prosody', 'ejabberd'] as const)('the domain of the agents, at %s', (server) => {
  let xmpp: XmppSite;

  beforeAll(async () => {
    xmpp = await startXmppSite(['1001'], { times, server, domain: 'Localhost' });
  });

  afterAll(async () => {
    await xmpp.site.stop();
  });

  it('may be spelled in any case', async () => {
    await xmpp.site.signIn('1001', 'READY');
    const { xmppServer, password } = xmpp;
    const at = xmppServer.websocketUrl;
    const desktop = await XmppDesktop.open({ at, user: '1001', password, resource: 'Desk' });
    await xmpp.site.untilPhase('1001', 'present');
    desktop.kill();
    await xmpp.site.untilOutcome('1001', 'loggedOut');
  });
});

describe('the CTI configuration, without AGENTS_FILE', () => {
  const password = 'password of the agents';
  let prosody: XmppServer;
  let site: Site;

  beforeAll(async () => {
    prosody = await startProsody({ users: { agent007: password }, components: watchComponents });
    site = await startSite({ times, xmpp: new PlainWatchedXmpp(prosody) });
  });

  afterAll(async () => {
    await site.stop();
  });

  it('says how ids are spelled, of agents who come later, too, and of those who are waiting already', async () => {
    const servers = Object.values(site.servers);
    await waitFor('both servers to know the agents', () =>
      servers.every(({ lines }) =>
        lines.some((line) => line.includes('the agents of the CTI configuration were read')),
      ),
    );
    await waitFor('the CTI server to be asked who that is', async () => {
      const unknown = await site.connect('nobody');
      // 1013: it cannot be asked yet.
      expect(await unknown.whenClosed()).toMatchObject({ code: 4404 });
      return true;
    });
    const at = prosody.websocketUrl;
    const desktop = await XmppDesktop.open({ at, user: 'agent007', password, resource: 'desk' });
    await site.post('/agents', { agentIds: ['Agent007', 'Agent008'] });
    await Promise.all(['Agent007', 'Agent008'].map((agentId) => site.signIn(agentId, 'READY')));
    const { socket } = await site.openWhenLetIn('AGENT008', 'secondary');
    await Promise.all(['Agent007', 'Agent008'].map((agentId) => site.untilPhase(agentId, 'present')));
    desktop.kill();
    socket.terminate();
    await Promise.all(['Agent007', 'Agent008'].map((agentId) => site.untilOutcome(agentId, 'loggedOut')));
  });

  it('is known to a server from its first desktop on', async () => {
    await site.servers.primary.kill9();
    await site.servers.primary.start();
    await site.openWhenLetIn('AGENT008', 'primary');
    // Signed out since the test before.
    await site.untilDesktop('Agent008');
  });
});

it('is no start: a directory with two agents whose ids differ in case alone, both of whom are named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ids-'));
  const path = join(folder, 'agents.json');
  await writeFile(
    path,
    JSON.stringify({ agents: [{ id: 'Agent001' }, { id: '0012' }, { id: '12' }, { id: 'agent001' }] }),
  );
  const { code, stderr } = await runApp('server', { SIDE: 'primary', DESKTOP_TOKEN_SECRET: secret, AGENTS_FILE: path });
  await rm(folder, { recursive: true });
  expect(code).toBe(2);
  expect(stderr).toContain('agents[3].id is agent001, which differs in case alone from Agent001');
  expect(stderr).not.toContain('0012');
});
