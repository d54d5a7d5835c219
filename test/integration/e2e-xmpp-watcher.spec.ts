import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Element, xml } from '@xmpp/client';
import { connectAccount, type XmppStream } from '#presence/xmpp/stream';
import { StreamFault } from '#presence/xmpp/stream-fault';
import { loopbackCa } from '../kit/loopback-certificate';
import { sideBySide } from '../kit/side-by-side';
import { type Site } from '../kit/site/site';
import { type Side } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { type XmppServer } from '../kit/xmpp/xmpp-server';

/**
 * Presence from a real ejabberd with the file of docs/xmpp.md, which both servers watch through an account over TLS: what becomes of agents whose desktop
 * knows nothing of Lastcall.
 */

const password = 'password of the agents';
const watcher = 'lastcall';
const agentIds = ['1001', '1002', '1003', '1004'];
const graceMsMin = 4_000;
/** An agent comes back within a grace, also on a machine that is busy: so it is so many times as long as coming on line took. */
const openingsPerGrace = 8;
let graceMs = graceMsMin;
const settledMs = (): number => graceMs + 2_500;

describe('agents whose desktops are clients of ejabberd', () => {
  let ejabberd: XmppServer;
  let site: Site;
  let folder: string;
  const streams: XmppStream[] = [];

  const setUp = async (): Promise<void> => {
    folder = await mkdtemp(join(tmpdir(), 'e2e-xmpp-'));
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, loopbackCa);
    ejabberd = await startEjabberd({
      users: Object.fromEntries([...agentIds, watcher].map((name) => [name, password])),
      watchers: [watcher],
      documented: true,
    });
    const env = (side: Side): Record<string, string> => ({
      XMPP_MODE: 'watcher',
      XMPP_URL: `${side === 'primary' ? 'xmpp' : 'xmpps'}://127.0.0.1:${portFor(side)}`,
      XMPP_USER: watcher,
      XMPP_PASSWORD: password,
      XMPP_TLS_CA: caFile,
    });
    const beganAt = Date.now();
    cut(await open('1001', 'measured'));
    graceMs = Math.max(graceMsMin, openingsPerGrace * (Date.now() - beganAt));
    site = await startSite({ times: { graceMs }, envOf: (app, side) => (app === 'server' ? env(side) : {}) });
  };

  const portFor = (side: Side): string => String(side === 'primary' ? ejabberd.c2sPort : ejabberd.c2sTlsPort);

  afterAll(async () => {
    for (const stream of streams) cut(stream);
    await site.stop();
    await ejabberd.dispose();
    await rm(folder, { recursive: true });
  });

  /** Resolves when the client is on line and has said so. */
  function open(agentId: string, resource: string): Promise<XmppStream> {
    const { domain, websocketUrl: url } = ejabberd;
    const settings = {
      mode: 'watcher',
      url,
      domain,
      user: agentId,
      password,
      tls: 'off',
      ca: undefined,
      resource,
    } as const;
    return new Promise((resolve, reject) => {
      const stream = connectAccount(settings, {
        online: () => {
          stream.send(xml('presence'));
          resolve(stream);
        },
        stanza: (stanza: Element) => {
          if (stanza.name === 'iq' && stanza.attrs['type'] === 'get') answer(stream, stanza);
        },
        ended: ({ sentence }) => {
          reject(new Error(sentence));
        },
      });
      streams.push(stream);
    });
  }

  /** Signed in at the CTI server, and seen by both servers. */
  async function ready(agentId: string, resource = 'desk'): Promise<XmppStream> {
    await site.signIn(agentId, 'READY');
    const desktop = await open(agentId, resource);
    await untilHeld(agentId, 2);
    return desktop;
  }

  /** Each server holds the desktop for itself. */
  async function untilHeld(agentId: string, count: number): Promise<void> {
    await waitFor(`agent ${agentId} to have ${String(count)} desktops`, async () => {
      const { desktops } = await site.record(agentId);
      return Object.keys(desktops).length === count;
    });
  }

  sideBySide(setUp, {
    'are signed out when the connection breaks, once and after the grace': async () => {
      const desktop = await ready('1001');
      const lostAt = Date.now();
      cut(desktop);
      await site.untilOutcome('1001', 'loggedOut');
      const logouts = await site.logouts('1001');
      expect(logouts).toMatchObject([{ reasonCode: 255, effective: true }]);
      expect(logouts[0]!.at - lostAt).toBeGreaterThanOrEqual(graceMs);
    },

    'are not signed out when they come back under another resource': async () => {
      cut(await ready('1002', 'before'));
      await open('1002', 'after');
      await untilHeld('1002', 2);
      await pause(settledMs());
      expect(await site.requests('1002')).toEqual([]);
      expect(await site.ctiAgent('1002')).toMatchObject({ stateName: 'AVAILABLE' });
    },

    'are not signed out while another desktop of theirs is there': async () => {
      const desktop = await ready('1003', 'one');
      await open('1003', 'two');
      await untilHeld('1003', 4);
      cut(desktop);
      await untilHeld('1003', 2);
      await pause(settledMs());
      expect(await site.requests('1003')).toEqual([]);
    },
  });

  it('are not signed out while ejabberd is away for longer than the grace, nor when they come back to it', async () => {
    await ready('1004');
    await ejabberd.kill();
    const health = await waitFor('the primary server to miss the XMPP server', async () => {
      const answer = await fetch(`${site.servers.primary.url}/health/ready`);
      return answer.status === 503 ? await answer.text() : undefined;
    });
    expect(JSON.parse(health)).toMatchObject({ missing: [{ part: 'xmpp' }] });
    await pause(settledMs());
    expect(await site.requests('1004')).toEqual([]);
    await ejabberd.restart();
    await open('1004', 'desk');
    await Promise.all(Object.values(site.servers).map((server) => server.until('ready')));
    await pause(settledMs());
    expect(await site.requests('1004')).toEqual([]);
    expect(await site.ctiAgent('1004')).toMatchObject({ stateName: 'AVAILABLE' });
  });
});

function cut(stream: XmppStream): void {
  stream.fail(new StreamFault('closed', 'cut by the test'));
}

function answer(stream: XmppStream, { attrs: { from, id } }: Element): void {
  stream.send(xml('iq', { type: 'result', id, ...(from === undefined ? {} : { to: from }) }));
}
