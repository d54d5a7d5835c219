import { type Element } from '@xmpp/client';
import { xml } from '@xmpp/component';
import { answerIq, eventStanza } from './pubsub-stanzas';

const service = 'pubsub.localhost';
const pubsub = 'http://jabber.org/protocol/pubsub';
const nodes = {
  canonical: (account: string) => (account === 'agent001' ? 'Agent001' : account),
  named: (node: string) => node.replace('/jdoe', '/1001'),
  of: (agentId: string) => [`/finesse/api/User/${agentId}`, '/finesse/api/SystemInfo'],
};

function ask(child: Element, attrs: Record<string, string> = {}): Element | undefined {
  const iq = xml('iq', { type: 'set', id: 'i1', from: '1001@localhost/desk', to: service, ...attrs }, child);
  return answerIq(iq, service, 'localhost', nodes);
}

function subscribe(node: string, jid = '1001@localhost', verb = 'subscribe'): Element {
  return xml('pubsub', { xmlns: pubsub }, xml(verb, { node, jid }));
}

const mine = '/finesse/api/User/1001';

describe('an event', () => {
  it('holds its document as escaped text, in a headline to all desktops of the agent', () => {
    const stanza = eventStanza(service, { to: '1001@localhost', node: mine, payload: '<Update>a &amp; b</Update>' });
    expect(stanza.attrs).toMatchObject({ from: service, to: '1001@localhost', type: 'headline' });
    expect(stanza.toString()).toContain(
      '<notification xmlns="urn:xmpp:push:0">&lt;Update&gt;a &amp;amp; b&lt;/Update&gt;</notification>',
    );
    const items = stanza.getChild('event', `${pubsub}#event`)?.getChild('items');
    expect(items?.attrs['node']).toBe(mine);
    expect(items?.getChild('item')?.getChildText('notification')).toBe('<Update>a &amp; b</Update>');
  });

  it('leaves out what no XML document can hold: it would end the stream of everybody', () => {
    const payload = 'a\u0000b\u001f\ud800c\uffff\td\u{1f600}';
    const stanza = eventStanza(service, { to: '1001@localhost', node: mine, payload });
    expect(stanza.toString()).toContain('>abc\td\u{1f600}<');
  });
});

describe('an IQ to the service', () => {
  it('that subscribes an agent to a node of its own is told that it is subscribed', () => {
    const answer = ask(subscribe(mine, '1001@localhost/desk'));
    expect(answer?.attrs).toEqual({ type: 'result', id: 'i1', from: service, to: '1001@localhost/desk' });
    expect(answer?.getChild('pubsub', pubsub)?.getChild('subscription')?.attrs).toEqual({
      node: mine,
      jid: '1001@localhost/desk',
      subscription: 'subscribed',
    });
    expect(ask(subscribe(mine, '1001@localhost', 'unsubscribe'))?.attrs['type']).toBe('result');
  });

  it('that subscribes an agent is its own however account, domain and node are spelled', () => {
    for (const [node, account] of [
      ['/finesse/api/User/Agent001', 'agent001@localhost'],
      ['/finesse/api/User/agent001', 'AGENT001@Localhost'],
    ] as const) {
      const answer = ask(subscribe(node, account), { from: `${account}/desk` });
      expect(answer?.getChild('pubsub', pubsub)?.getChild('subscription')?.attrs).toMatchObject({ node, jid: account });
    }
    const other = ask(subscribe('/finesse/api/User/Agent001'), { from: 'agent002@localhost/desk' });
    expect(other?.attrs['type']).toBe('error');
  });

  it.each([
    ['the node of another agent', subscribe('/finesse/api/User/1002'), {}, 'not-authorized'],
    ['a node that does not exist', subscribe('/finesse/api/Team/1/Users'), {}, 'not-authorized'],
    ['an address that is not its own', subscribe(mine, '1002@localhost'), {}, 'invalid-jid'],
    ['an agent from elsewhere', subscribe(mine), { from: '1001@elsewhere/x' }, 'invalid-jid'],
    ['publishing', xml('pubsub', { xmlns: pubsub }, xml('publish', { node: mine })), {}, 'forbidden'],
    ['its configuration', xml('pubsub', { xmlns: `${pubsub}#owner` }, xml('delete', { node: mine })), {}, 'forbidden'],
    ['what is no pubsub', xml('query', { xmlns: 'jabber:iq:roster' }), {}, 'service-unavailable'],
  ])('for %s is refused', (_, child, attrs, condition) => {
    const answer = ask(child, attrs);
    expect(answer?.attrs['type']).toBe('error');
    expect(
      answer
        ?.getChild('error')
        ?.getChildElements()
        .map(({ name }) => name),
    ).toContain(condition);
  });

  it('lists the subscriptions and the nodes of whoever asks', () => {
    const list = ask(xml('pubsub', { xmlns: pubsub }, xml('subscriptions')), { type: 'get' });
    const subscriptions = list?.getChild('pubsub')?.getChild('subscriptions')?.getChildElements();
    expect(subscriptions?.map(({ attrs }) => attrs['node'])).toEqual(nodes.of('1001'));
    const items = ask(xml('query', { xmlns: 'http://jabber.org/protocol/disco#items' }), { type: 'get' });
    expect(
      items
        ?.getChild('query')
        ?.getChildren('item')
        .map(({ attrs }) => attrs['node']),
    ).toEqual(nodes.of('1001'));
  });

  it('says what it is, and that it is there', () => {
    const info = ask(xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }), { type: 'get' });
    expect(info?.getChild('query')?.getChild('identity')?.attrs).toMatchObject({ category: 'pubsub', type: 'service' });
    expect(ask(xml('ping', { xmlns: 'urn:xmpp:ping' }), { type: 'get' })?.attrs['type']).toBe('result');
  });

  it('is not answered when it is an answer itself: two services would talk for ever', () => {
    for (const type of ['result', 'error']) expect(ask(subscribe(mine), { type })).toBeUndefined();
    const message = xml('message', { from: '1001@localhost', to: service, type: 'error' });
    expect(answerIq(message, service, 'localhost', nodes)).toBeUndefined();
  });
});
