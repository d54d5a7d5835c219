import { FaultProxy } from '../kit/network/fault-proxy';
import { pause, waitFor } from '../kit/wait';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { startProsody } from '../kit/xmpp/prosody';
import { openDesktops, XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import {
  accounts,
  agents,
  componentName,
  password,
  settingsFor,
  sever,
  watcherName,
  WatchStage,
  watchPort,
} from './xmpp-watch.spec-support';

/** reliability: the rules of a watch, one by one, against the real servers with 400 desktops, without stream management. */

const everybody = agents(400);
const servers = {
  Prosody: () =>
    startProsody({ users: accounts(everybody), components: { [componentName]: password }, sm: false, lines: plain }),
  ejabberd: () => startEjabberd({ users: accounts(everybody), watchers: [watcherName], sm: false }),
};
const plain = ['allow_unencrypted_plain_auth = true'];

describe.each(Object.entries(servers))('a watch of 400 desktops at %s', (name, start) => {
  let server: XmppServer;
  let way: FaultProxy;
  let stage: WatchStage;
  /** By agent. */
  const desktops = new Map<string, XmppDesktop>();

  const ports = (): (number | string)[] => [server.c2sPort, server.websocketUrl];

  async function open(agentIds: readonly string[]): Promise<void> {
    const opened = await openDesktops({ ports: ports(), users: agentIds, password });
    opened.forEach((desktop, index) => desktops.set(agentIds[index]!, desktop));
  }

  beforeAll(async () => {
    server = await start();
    way = await FaultProxy.start(watchPort(server));
    await open(everybody.slice(0, 300));
    stage = new WatchStage(settingsFor(server, way.port));
    await stage.untilSees();
  });

  afterAll(async () => {
    await stage.watch.stop();
    for (const desktop of desktops.values()) desktop.kill();
    await way.close();
    await server.dispose();
  });

  it('sees those that were there before it, in its first snapshot, and those that come later', async () => {
    await stage.untilHolds(300);
    await open(everybody.slice(300));
    await stage.untilHolds(400);
    expect(await stage.phases(everybody)).toEqual({ present: 400 });
    expect(stage.count('desktopClosed')).toBe(0);
  });

  it('knows each resource by itself: when one of two dies, the agent is present', async () => {
    const second = await XmppDesktop.open({ at: server.c2sPort, user: '1001', password, resource: 'second' });
    await stage.untilHolds(401);
    second.kill();
    await stage.untilHolds(400);
    expect(await stage.phaseOf('1001')).toBe('present');
  });

  it('sees that killed desktops are gone, and only those', async () => {
    const killed = everybody.slice(0, 100);
    for (const agentId of killed) desktops.get(agentId)!.kill();
    await stage.untilHolds(300);
    expect(await stage.phases(killed)).toEqual({ grace: 100 });
    expect(await stage.phases(everybody.slice(100))).toEqual({ present: 300 });
    expect(await stage.lookFor('1001')).toBe('none');
    await open(killed);
    await stage.untilHolds(400);
    expect(await stage.phases(everybody)).toEqual({ present: 400 });
  });

  it('takes a desktop that signs in again under its own name for a new one, in whatever order that is told', async () => {
    const repeated = everybody.slice(1, 31);
    await open(repeated);
    // Each of them may have been told as gone and as there again, or, at ejabberd, the other way round.
    await stage.untilHolds(400);
    await waitFor('all to be present', async () => (await stage.phases(repeated)).present === 30);
    await pause(500);
    expect([stage.table.size, await stage.phases(everybody)]).toEqual([400, { present: 400 }]);
  });

  it('answers a last look only as long as the server answers a ping', async () => {
    desktops.get('1003')!.bye();
    await stage.untilHolds(399);
    expect(await stage.lookFor('1003')).toBe('none');
    server.freeze();
    try {
      expect(await stage.watch.look(['1003', '1004'])).toMatchObject([
        { unknown: expect.stringContaining('did not answer a ping') as string },
        { desktopId: '1004@localhost/desk' },
      ]);
    } finally {
      server.thaw();
    }
    await waitFor('the last look to be answered', async () => (await stage.lookFor('1003')) === 'none');
    await open(['1003']);
    await stage.untilHolds(400);
  });

  it('tells nothing when its stream is cut, and repairs all that it missed with the next snapshot', async () => {
    const closedBefore = stage.count('desktopClosed');
    sever(way);
    await stage.untilBlind();
    for (const agentId of everybody.slice(0, 10)) desktops.get(agentId)!.kill();
    const second = await XmppDesktop.open({ at: server.c2sPort, user: '1400', password, resource: 'second' });
    await pause(300);
    expect(stage.count('desktopClosed')).toBe(closedBefore);
    expect([await stage.lookFor('1001'), await stage.lookFor('9999')]).toEqual(['holds', 'unknown']);
    way.turn('pass');
    await stage.untilSees();
    await stage.untilHolds(391);
    expect(stage.count('desktopClosed') - closedBefore).toBe(10);
    expect(await stage.phases(everybody.slice(0, 10))).toEqual({ grace: 10 });
    second.kill();
    await open(everybody.slice(0, 10));
    await stage.untilHolds(400);
  });

  it('does not take a server that is stopped for 400 desktops that are gone', async () => {
    const renewedBefore = stage.count('sourceReturned');
    await server.stop();
    await stage.untilBlind();
    expect(await stage.lookFor('9999')).toBe('unknown');
    // Prosody reports everybody as gone before it goes; ejabberd some, or nobody.
    const reported = everybody.filter((agentId) => stage.table.desktopOf(agentId) === undefined);
    if (name === 'Prosody') expect(reported).toHaveLength(400);
    for (const agentId of reported) expect(await stage.lookFor(agentId)).toBe('unknown');
    await server.restart();
    await stage.untilSees();
    await stage.untilHolds(0);
    // Whether the loss was told by the stopping server or is first seen now: the whole grace is ahead of everybody.
    expect(stage.count('sourceReturned') - renewedBefore).toBeGreaterThanOrEqual(reported.length);
    const dueInMs = await Promise.all(
      everybody.map(async (agentId) => {
        const { phase } = await stage.record(agentId);
        return phase.name === 'grace' ? phase.dueAt - (1_700_000_000_000 + performance.now()) : 0;
      }),
    );
    expect(Math.min(...dueInMs)).toBeGreaterThan(50_000);
    await open(everybody);
    await stage.untilHolds(400);
    expect(await stage.phases(everybody)).toEqual({ present: 400 });
  });

  it('keeps everybody while a killed server is away, and an empty snapshot gives them the whole grace', async () => {
    const closedBefore = stage.count('desktopClosed');
    await server.kill();
    await stage.untilBlind();
    expect(stage.table.size).toBe(400);
    expect(stage.count('desktopClosed')).toBe(closedBefore);
    await server.restart();
    await stage.untilSees();
    await stage.untilHolds(0);
    expect(await stage.phases(everybody)).toEqual({ grace: 400 });
    await open(everybody);
    await stage.untilHolds(400);
    expect(await stage.phases(everybody)).toEqual({ present: 400 });
  });
});
