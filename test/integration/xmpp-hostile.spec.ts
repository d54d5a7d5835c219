import { startEjabberd } from '../kit/xmpp/ejabberd';
import { startProsody } from '../kit/xmpp/prosody';
import { sideBySide } from '../kit/side-by-side';

import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { MadServer } from './mad-xmpp-server.spec-support';
import {
  accounts,
  agents,
  componentName,
  password,
  settingsFor,
  watcherName,
  WatchStage,
} from './xmpp-watch.spec-support';
import { waitFor } from '../kit/wait';

/** Whoever has an account, but is not the agent, cannot make the agent vanish, nor end the watch; nor can a mad server harm us. */

const everybody = agents(5);
const servers = {
  Prosody: () =>
    startProsody({
      users: accounts(everybody),
      components: { [componentName]: password },
      lines: ['allow_unencrypted_plain_auth = true'],
    }),
  ejabberd: () => startEjabberd({ users: accounts(everybody), watchers: [watcherName] }),
};
const victim = '1001@localhost/desk';
const mebibyte = 1_048_576;

describe.each(Object.entries(servers))('an account that is not the agent, at %s,', (name, start) => {
  let server: XmppServer;
  let stage: WatchStage;
  let victimsDesktop: XmppDesktop;
  let openingOfVictim: string[];

  const hostile = (resource: string): Promise<XmppDesktop> =>
    XmppDesktop.open({ at: server.c2sPort, user: '1002', password, resource });
  const ours = (): string => (name === 'Prosody' ? componentName : `${watcherName}@localhost/primary-1`);

  /** All that was sent before has been heard: a desktop that came after it is held. */
  async function heard(): Promise<void> {
    const marker = await XmppDesktop.open({
      at: server.c2sPort,
      user: '1005',
      password,
      resource: `m${String(Math.random())}`,
    });
    const isHeld = (): boolean => stage.table.of('1005').some(({ desktop }) => desktop.desktopId === marker.jid);
    await waitFor('the marker to be seen', () => isHeld());
    marker.bye();
    await waitFor('the marker to go', () => !isHeld());
  }

  beforeAll(async () => {
    server = await start();
    stage = new WatchStage(settingsFor(server));
    await stage.untilSees();
    victimsDesktop = await XmppDesktop.open({ at: server.c2sPort, user: '1001', password, resource: 'desk' });
    await stage.untilHolds(1);
    openingOfVictim = Object.keys((await stage.record('1001')).desktops);
  });

  afterEach(async () => {
    await heard();
    expect(stage.watch.blindness).toBeNull();
    expect(await stage.phaseOf('1001')).toBe('present');
    expect(Object.keys((await stage.record('1001')).desktops)).toEqual(openingOfVictim);
    await stage.untilHolds(1);
  });

  afterAll(async () => {
    await stage.watch.stop();
    victimsDesktop.kill();
    await server.dispose();
  });

  it("is itself, with a resource that looks like the agent's whole address", async () => {
    const one = await hostile(victim);
    await stage.untilHolds(2);
    expect(await stage.phaseOf('1002')).toBe('present');
    one.kill();
    // With stream management the server keeps its session; the next one takes its place and signs off.
    const again = await hostile(victim);
    again.bye();
    await waitFor('1002 to be gone', async () => (await stage.phaseOf('1002')) === 'grace');
  });

  it('cannot speak in the name of the agent, to everybody or to us', async () => {
    for (const to of ['', ` to='${ours()}'`]) {
      const one = await hostile('forger');
      one.send(`<presence xmlns='jabber:client' type='unavailable' from='${victim}'${to}/>`);
      one.send(`<presence xmlns='jabber:client' type='unavailable' from='1001@localhost'${to}/>`);
      await heard();
      one.bye();
    }
  });

  it('cannot tell us with a message what only the server tells', async () => {
    const one = await hostile('teller');
    for (const from of ['', " from='localhost'"]) {
      one.send(
        `<message xmlns='jabber:client' to='${ours()}'${from}><hibernation xmlns='urn:lastcall:hibernation:0' jid='${victim}' state='began'/></message>`,
      );
      one.send(
        `<message xmlns='jabber:client' to='${ours()}'${from}><privilege xmlns='urn:xmpp:privilege:2'><perm access='presence' type='none'/></privilege></message>`,
      );
      one.send(`<iq xmlns='jabber:client' to='${ours()}' type='result' id='x'${from}/>`);
    }
    await heard();
    one.bye();
  });

  it('cannot end the watch with a presence of 1 MiB, nor with elements 500 deep', async () => {
    const one = await hostile('bulky');
    await stage.untilHolds(2);
    one.available(`<status>${'x'.repeat(mebibyte)}</status>`);
    await waitFor('Prosody to refuse it', () => one.ended || name === 'ejabberd');
    const deep = await hostile('deep');
    // Ten thousand ended ejabberd 23.01 itself.
    deep.available(`${'<a xmlns="b">'.repeat(500)}${'</a>'.repeat(500)}`);
    await heard();
    for (const desktop of [one, deep]) desktop.bye();
    for (const resource of ['bulky', 'deep']) (await hostile(resource)).bye();
  });

  it('cannot bury it under a thousand comings and goings', async () => {
    const one = await hostile('restless');
    for (let turn = 0; turn < 1_000; turn++) {
      one.send("<presence xmlns='jabber:client' type='unavailable'/><presence xmlns='jabber:client'/>");
    }
    await heard();
    expect(stage.lanes.pending).toBeLessThan(100);
    one.bye();
  });

  it('cannot be any agent but that of its own account', async () => {
    await server.addUser('not.one.of.the.agents', password);
    const stranger = await XmppDesktop.open({
      at: server.c2sPort,
      user: 'not.one.of.the.agents',
      password,
      resource: victim,
    });
    await heard();
    expect(stage.table.size).toBe(1);
    stranger.bye();
  });
});

async function doesNoHarm(words: string, kind?: string): Promise<void> {
  const mad = new MadServer(words);
  const port = await mad.listen();
  const url = `xmpp://127.0.0.1:${String(port)}`;
  const named = { domain: 'localhost', user: componentName, password };
  const stage = new WatchStage({ mode: 'component', url, ...named, tls: 'off', ca: undefined });
  try {
    await waitFor('the watch to try again', () => mad.sockets.length >= 2);
    if (kind !== undefined) expect(stage.lines.map((line) => line.kind)).toContain(kind);
    expect(stage.watch.blindness).not.toBeNull();
    expect(stage.table.size).toBe(0);
  } finally {
    await stage.watch.stop();
    await mad.close();
  }
}

const bomb = `<!DOCTYPE lolz [<!ENTITY lol "lol">${'<!ENTITY lol2 "&lol;&lol;">'.repeat(10)}]>`;

sideBySide(() => Promise.resolve(), {
  'a mad server does no harm with an entity bomb': () =>
    doesNoHarm(`${bomb}<message from='localhost'><body>&lol2;</body></message>-->`),
  'a mad server does no harm with a reference to an entity': () =>
    doesNoHarm("<message from='localhost'><body>&lol2;</body></message>", 'malformed'),
  'a mad server does no harm with tags that do not match': () =>
    doesNoHarm("<message from='localhost'><body></message></body>"),
  'a mad server does no harm with a stanza without end': () =>
    doesNoHarm(`<message from='localhost'><body>${'x'.repeat(6 * mebibyte)}`, 'malformed'),
  'a mad server does no harm with an attribute without end': () =>
    doesNoHarm(`<presence from='${'x'.repeat(6 * mebibyte)}`, 'malformed'),
  'a mad server does no harm with more after the end of its stream': () =>
    doesNoHarm("</stream:stream><presence from='1001@localhost/desk'/>"),
  'a mad server does no harm with addresses that are none': () =>
    doesNoHarm("<presence from='@'/><presence from='/'/><presence from=''/><iq from='@@//' type='get'/>"),
});
