import { createServer, type Socket } from 'node:net';
import { type Client, client, type Element, xml } from '@xmpp/client';
import { PubsubComponent } from '#presence/xmpp/pubsub-component';
import { pino } from 'pino';
import { idsAsTheyCome } from '../kit/no-op-ports';
import { startProsody } from '../kit/xmpp/prosody';
import { freePort } from '../kit/ports';

import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { MadServer } from './mad-xmpp-server.spec-support';
import { pause, waitFor } from '../kit/wait';

/** The component that sends notifications, against a real Prosody. */

const service = 'pubsub.localhost';
const secret = 'secret-of-the-service';
const password = 'password-of-1001';
const node = '/finesse/api/User/1001';
const mebibyte = 1_048_576;

describe('the component that sends notifications', () => {
  let prosody: XmppServer;
  let agent: Client;
  const components: PubsubComponent[] = [];
  const heard: string[] = [];
  const replies: Element[] = [];

  beforeAll(async () => {
    prosody = await startProsody({ users: { '1001': password }, pubsub: { name: service, secret } });
    agent = client({
      service: prosody.websocketUrl,
      domain: prosody.domain,
      username: '1001',
      password,
      resource: 'desk',
    });
    agent.on('error', () => undefined);
    agent.on('online', () => {
      agent.send(xml('presence')).catch(() => undefined);
    });
    agent.on('stanza', (stanza) => {
      const items = stanza.getChild('event')?.getChild('items');
      if (items !== undefined) heard.push(items.getChild('item')?.getChildText('notification') ?? '');
      if (stanza.name === 'iq') replies.push(stanza);
    });
    await agent.start();
  });

  afterEach(async () => {
    await Promise.all(components.splice(0).map((one) => one.rest()));
    heard.length = 0;
  });

  afterAll(async () => {
    await agent.stop();
    await prosody.dispose();
  });

  function prepare(told: string[] = [], name = 'one'): PubsubComponent {
    const component = new PubsubComponent({
      url: `xmpp://127.0.0.1:${String(prosody.componentPort)}`,
      service,
      secret,
      domain: prosody.domain,
      nodes: { ...idsAsTheyCome, of: (agentId) => [`/finesse/api/User/${agentId}`] },
      log: pino({ level: 'silent' }),
      onTellAnew: () => told.push(`${name} has it`),
      onLost: () => told.push(`${name} lost it`),
      askEveryMs: 300,
    });
    components.push(component);
    return component;
  }

  const untilHolds = (component: PubsubComponent): Promise<true> => waitFor('the name', () => component.holdsName);

  const untilHeard = (text: string): Promise<true> => waitFor(`the event ${text}`, () => heard.includes(text));

  it('hands events to the agent, in order, and answers what the agent asks', async () => {
    const component = prepare();
    component.ask();
    await untilHolds(component);
    // The presence of a client that has just signed in may still be on its way.
    await waitFor('the first event', () => {
      component.publish({ to: '1001@localhost', node, payload: '<first/>' });
      return heard.length > 0;
    });
    for (const payload of ['<a/>', '<b/>', '<c>&lt;</c>']) component.publish({ to: '1001@localhost', node, payload });
    await untilHeard('<c>&lt;</c>');
    expect(heard.slice(-3)).toEqual(['<a/>', '<b/>', '<c>&lt;</c>']);

    const subscribe = xml('subscribe', { node, jid: '1001@localhost/desk' });
    const pubsub = xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, subscribe);
    await agent.send(xml('iq', { type: 'set', to: service, id: 'sub1' }, pubsub));
    const reply = await waitFor('the reply', () => replies.find(({ attrs }) => attrs['id'] === 'sub1'));
    expect(reply.attrs['type']).toBe('result');
  });

  it('is one process at a time, and another one takes over when the first lets go or dies', async () => {
    const told: string[] = [];
    const [one, two] = [prepare(told), prepare(told, 'two')];
    one.ask();
    await untilHolds(one);
    two.ask();
    await pause(1_000);
    expect(two.holdsName).toBe(false);
    expect(two.publish({ to: '1001@localhost', node, payload: '<twice/>' })).toBe(false);

    await one.rest();
    await untilHolds(two);
    expect(told).toEqual(['one has it', 'one lost it', 'two has it']);
    two.publish({ to: '1001@localhost', node, payload: '<from-two/>' });
    await untilHeard('<from-two/>');
    expect(heard).not.toContain('<twice/>');
  });

  it('notices an XMPP server that is killed, and is back with it', async () => {
    const told: string[] = [];
    const component = prepare(told);
    component.ask();
    await untilHolds(component);
    await prosody.kill();
    await waitFor('the loss', () => !component.holdsName);
    await prosody.restart();
    await untilHolds(component);
    expect(told).toEqual(['one has it', 'one lost it', 'one has it']);
  });
});

describe('the component that sends notifications, at a mad server,', () => {
  const parts = {
    service,
    secret,
    domain: 'localhost',
    nodes: { ...idsAsTheyCome, of: () => [] },
    log: pino({ level: 'silent' }),
    onTellAnew: () => undefined,
    onLost: () => undefined,
    askEveryMs: 300,
  };

  it.each([
    ['a stanza without end', `<message from='localhost'><body>${'x'.repeat(6 * mebibyte)}`, 'a stanza is longer than'],
    ['an attribute without end', `<presence from='${'x'.repeat(6 * mebibyte)}`, 'a stanza is longer than'],
    ['tags that do not match', "<message from='localhost'><body></message></body>", 'must be closed'],
    ['a reference to an entity', "<message from='localhost'><body>&lol2;</body></message>", 'cannot be read'],
  ])('gives the stream up for %s, says why, and asks for the name again', async (_, words, why) => {
    const mad = new MadServer(words);
    const port = await mad.listen();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
    const component = new PubsubComponent({ ...parts, log, url: `xmpp://127.0.0.1:${String(port)}` });
    component.ask();
    try {
      await waitFor('the component to ask again', () => mad.sockets.length >= 2);
      expect(lines.join('\n')).toContain(why);
    } finally {
      await component.rest();
      await mad.close();
    }
  });

  it('leaves nothing unheard when the connection is reset while the stream is opened', async () => {
    const resets: Socket[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.resetAndDestroy();
        resets.push(socket);
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const component = new PubsubComponent({ ...parts, url: `xmpp://127.0.0.1:${String(port)}` });
    component.ask();
    try {
      // A rejection that nobody hears fails this test, as it would end a server.
      await waitFor('the component to ask again', () => resets.length >= 3);
    } finally {
      await component.rest();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
