import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Element, xml } from '@xmpp/client';
import { StreamFault } from '#presence/xmpp/stream-fault';
import { connectAccount, connectComponent, type StreamSettings, type XmppStream } from '#presence/xmpp/stream';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { loopbackCa } from '../kit/loopback-certificate';
import { startProsody } from '../kit/xmpp/prosody';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { waitFor } from '../kit/wait';

/** The XMPP servers that other tests stand on: what they offer, and that nothing of them is left. */

const users = { '1001': 'pw of 1001', lastcall: 'pw of lastcall' };

const servers = {
  Prosody: () => startProsody({ users, components: { 'presence-1.localhost': 's1' }, tls: true, hibernationMs: 300 }),
  ejabberd: () => startEjabberd({ users, watchers: ['lastcall'], tls: true, resumeMs: 1_000 }),
};

const cut = new StreamFault('closed', 'cut by the test');

interface Heard {
  readonly stanza?: (stanza: Element) => void;
  readonly ended?: () => void;
}

describe.each(Object.entries(servers))('%s of a test', (name, start) => {
  let server: XmppServer;
  const streams: XmppStream[] = [];

  beforeAll(async () => {
    server = await start();
  });

  afterAll(async () => {
    await server.dispose();
  });

  afterEach(() => {
    for (const stream of streams.splice(0)) stream.fail(cut);
  });

  /** Resolves when the stream is up; `ended` hears when it is not any more, and why. */
  function open(connect: typeof connectAccount, settings: StreamSettings, heard: Heard = {}): Promise<XmppStream> {
    return new Promise((resolve, reject) => {
      const stream = connect(settings, {
        online: () => {
          resolve(stream);
        },
        stanza: (stanza) => heard.stanza?.(stanza),
        ended: ({ sentence }) => {
          reject(new Error(sentence));
          heard.ended?.();
        },
      });
      streams.push(stream);
    });
  }

  async function signIn(user: keyof typeof users, url = server.websocketUrl, heard: Heard = {}): Promise<XmppStream> {
    const tls = url.startsWith('ws:') ? 'off' : 'required';
    const { domain } = server;
    const settings = { mode: 'watcher', url, domain, user, password: users[user], tls, ca: loopbackCa, resource: 'r' };
    const stream = await open(connectAccount, settings as StreamSettings, heard);
    stream.send(xml('presence'));
    return stream;
  }

  it('serves clients over TLS from the start, over TLS taken up, and over WebSocket', async () => {
    await signIn('1001', `xmpps://127.0.0.1:${String(server.c2sTlsPort)}`);
    await signIn('1001', `xmpp://127.0.0.1:${String(server.c2sPort)}`);
    await signIn('1001');
  });

  it('shows whoever may see it that a desktop is there, and that its connection is gone', async () => {
    const told: string[] = [];
    const keep = (stanza: Element): void => {
      if (stanza.name === 'presence' && stanza.attrs['from'] === '1001@localhost/r')
        told.push(stanza.attrs['type'] ?? 'available');
    };
    if (name === 'Prosody') {
      const url = `xmpp://127.0.0.1:${String(server.componentPort)}`;
      const { domain } = server;
      const user = 'presence-1.localhost';
      const settings = { mode: 'component', url, domain, user, password: 's1', tls: 'off', ca: undefined } as const;
      await open(connectComponent, settings, { stanza: keep });
    } else {
      await signIn('lastcall', server.websocketUrl, { stanza: keep });
    }
    const desktop = await signIn('1001');
    await waitFor('the desktop to be shown', () => told.includes('available'));
    desktop.fail(cut);
    await waitFor('the desktop to be shown as gone', () => told.includes('unavailable'));
    expect(told).toEqual(['available', 'unavailable']);
  });

  it('is noticed when it is killed, and serves the same users on the same ports afterwards', async () => {
    let isGone = false;
    await signIn('1001', server.websocketUrl, { ended: () => (isGone = true) });
    const { pid } = server;
    await server.kill();
    await waitFor('the end of the stream', () => isGone);
    await server.restart();
    expect(server.pid).not.toBe(pid);
    await signIn('1001');
  });

  it('runs as nobody, and nothing of it is left afterwards', async () => {
    const other = await start();
    const family = processesOf(other.pid);
    const owner = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${String(other.pid)}/status`, 'utf8'))?.[1];
    expect(owner).not.toBe('0');
    await other.dispose();
    await waitFor('the end of all its processes', () => !family.some((pid) => existsSync(`/proc/${pid}`)));
    expect(existsSync(other.dir)).toBe(false);
  });
});

/** A process and what it has started, and so on. */
function processesOf(root: number): string[] {
  const parents = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(pid);
    if (parent !== undefined) parents.set(pid, parent);
  }
  const family = [String(root)];
  for (const member of family)
    family.push(...[...parents].filter(([, parent]) => parent === member).map(([pid]) => pid));
  return family;
}

function parentOf(pid: string): string | undefined {
  try {
    return /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined; // It has ended since.
  }
}
