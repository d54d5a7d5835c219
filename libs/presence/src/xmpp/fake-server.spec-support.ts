import { type Element, xml } from '@xmpp/client';
import { type StreamListener, type XmppStream } from './stream';
import { type StreamEnd, type StreamFault } from './stream-fault';

/** The far end of one stream: an XMPP server that answers questions, and pings unless it is told not to. */
export class FakeServer implements XmppStream {
  readonly sent: Element[] = [];
  silent = false;
  identity = 'Prosody';
  contacts = 1;

  constructor(readonly listener: StreamListener) {}

  send(stanza: Element): void {
    this.sent.push(stanza);
    if (stanza.name === 'iq' && !this.silent) this.answer(stanza);
  }

  answer(question: Element): void {
    const [query] = question.getChildElements();
    const content = {
      'urn:xmpp:ping': undefined,
      'http://jabber.org/protocol/disco#info': xml('query', {}, xml('identity', { name: this.identity })),
      'jabber:iq:roster': xml('query', {}, ...this.roster()),
    }[query?.getNS() ?? ''];
    this.listener.stanza(xml('iq', { from: 'localhost', type: 'result', id: question.attrs['id'] }, content));
  }

  presence(jid: string, type?: 'unavailable'): void {
    this.listener.stanza(xml('presence', { from: jid, ...(type === undefined ? {} : { type }) }));
  }

  privilege(): void {
    const perm = xml('perm', { access: 'presence', type: 'managed_entity' });
    this.listener.stanza(xml('message', { from: 'localhost' }, xml('privilege', 'urn:xmpp:privilege:2', perm)));
  }

  end(end: StreamEnd = { kind: 'lost', sentence: 'the connection was closed' }): void {
    this.listener.ended(end);
  }

  fail({ kind, message }: StreamFault): void {
    this.end({ kind, sentence: message });
  }

  close(): Promise<void> {
    this.end({ kind: 'closed', sentence: 'closed by us' });
    return Promise.resolve();
  }

  private roster(): Element[] {
    return Array.from({ length: this.contacts }, () => xml('item', { jid: '1001@localhost', subscription: 'both' }));
  }
}
