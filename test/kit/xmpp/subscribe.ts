import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { type XmppDesktop } from './xmpp-desktop';

/** Asks once for a subscription to a node: `subscribed`, or the condition of the refusal. */
export async function subscribeOnce(desktop: XmppDesktop, service: string, node: string): Promise<string | undefined> {
  const id = randomUUID();
  const answered = desktop.next(({ name, attrs }) => name === 'iq' && attrs['id'] === id);
  const verb = xml('subscribe', { node, jid: desktop.jid.split('/')[0] });
  const pubsub = xml('pubsub', 'http://jabber.org/protocol/pubsub', verb);
  desktop.send(xml('iq', { xmlns: 'jabber:client', type: 'set', id, to: service }, pubsub).toString());
  const answer = await answered;
  const [condition] = answer.getChild('error')?.getChildElements() ?? [];
  return condition?.name ?? answer.getChild('pubsub')?.getChild('subscription')?.attrs['subscription'];
}
