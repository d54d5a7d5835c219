import { randomUUID } from 'node:crypto';
import { type Element } from '@xmpp/client';
import { xml } from '@xmpp/component';
import { type AgentIds } from '../agent-ids';
import { accountAt } from './desktop-jid';

/** Stanzas of publish-subscribe (XEP-0060), as far as a service needs them whose nodes exist and whose subscriptions are given. */

const eventNamespace = 'http://jabber.org/protocol/pubsub#event';
const notificationNamespace = 'urn:xmpp:push:0';
const pubsubNamespace = 'http://jabber.org/protocol/pubsub';
const ownerNamespace = 'http://jabber.org/protocol/pubsub#owner';
const discoInfoNamespace = 'http://jabber.org/protocol/disco#info';
const discoItemsNamespace = 'http://jabber.org/protocol/disco#items';
const pingNamespace = 'urn:xmpp:ping';
const stanzaErrors = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const pubsubErrors = 'http://jabber.org/protocol/pubsub#errors';

/** One event for one agent. */
export interface PubsubMessage {
  /** Bare JID: the XMPP server hands it to every desktop of that agent, and keeps it for none that comes later. */
  readonly to: string;
  readonly node: string;
  /** A document of its own, which is sent as text. */
  readonly payload: string;
}

/** Characters that no XML document can hold, not even as a reference: one of them would end the stream. */
const unfit = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

export function eventStanza(service: string, { to, node, payload }: PubsubMessage): Element {
  return xml(
    'message',
    { from: service, to, type: 'headline', id: randomUUID() },
    xml(
      'event',
      { xmlns: eventNamespace },
      xml(
        'items',
        { node },
        xml(
          'item',
          { id: randomUUID() },
          xml('notification', { xmlns: notificationNamespace }, payload.replace(unfit, '')),
        ),
      ),
    ),
  );
}

export function pingStanza(service: string, domain: string, id: string): Element {
  return xml('iq', { from: service, to: domain, type: 'get', id }, xml('ping', { xmlns: pingNamespace }));
}

/** What the service knows of agents and their nodes. */
export interface PubsubNodes extends AgentIds {
  /** The nodes that this agent is subscribed to, from the start and for ever. */
  of(agentId: string): readonly string[];
  /** The name that the node has here, which a client may ask for by its agent's login name; else `node` itself. */
  named(node: string): string;
}

/**
 * The answer to an IQ of somebody at `domain`; undefined for what needs none.
 *
 * Agents are subscribed to their own nodes without asking, as with Finesse; clients that subscribe all the same are told
 * that they are, and those that unsubscribe that it is done. The nodes of others are closed to them.
 */
export function answerIq(stanza: Element, service: string, domain: string, nodes: PubsubNodes): Element | undefined {
  const { type, from, id } = stanza.attrs;
  if (stanza.name !== 'iq' || (type !== 'get' && type !== 'set') || from === undefined) return undefined;
  const reply = (...children: Element[]): Element =>
    xml('iq', { from: service, to: from, type: 'result', id }, children);
  const refuse = (error: Refusal): Element =>
    xml('iq', { from: service, to: from, type: 'error', id }, errorElement(error));
  const [request] = stanza.getChildElements();
  if (request === undefined) return refuse({ type: 'modify', condition: 'bad-request' });
  const account = accountAt(from, domain);
  const agentId = account === undefined ? undefined : nodes.canonical(account);
  const own = agentId === undefined ? [] : nodes.of(agentId);
  if (request.is('ping', pingNamespace)) return reply();
  if (request.is('query', discoInfoNamespace)) return reply(discoInfo(request.attrs['node']));
  if (request.is('query', discoItemsNamespace)) return reply(discoItems(service, own));
  if (request.is('pubsub', ownerNamespace)) return refuse({ type: 'auth', condition: 'forbidden' });
  if (!request.is('pubsub', pubsubNamespace)) return refuse({ type: 'cancel', condition: 'service-unavailable' });
  const isAsked = (name: string, node: string): boolean => isSameNode(name, nodes.named(node));
  const answer = answerPubsub(request, { from, account, domain, own, isAsked });
  return answer.kind === 'result' ? reply(...answer.children) : refuse(answer.refusal);
}

interface Asker {
  readonly from: string;
  readonly account: string | undefined;
  readonly domain: string;
  readonly own: readonly string[];
  /** Whether the node `name` is the one that was asked for. */
  readonly isAsked: (name: string, node: string) => boolean;
}

interface Refusal {
  readonly type: 'auth' | 'cancel' | 'modify';
  readonly condition: string;
  /** Of XEP-0060. */
  readonly detail?: string;
}

type PubsubAnswer =
  | { readonly kind: 'result'; readonly children: readonly Element[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const closed: Refusal = { type: 'auth', condition: 'not-authorized' };
const foreignJid: Refusal = { type: 'modify', condition: 'bad-request', detail: 'invalid-jid' };

function answerPubsub(request: Element, asker: Asker): PubsubAnswer {
  const [verb] = request.getChildElements();
  const result = (...children: Element[]): PubsubAnswer => ({ kind: 'result', children });
  const refused = (refusal: Refusal): PubsubAnswer => ({ kind: 'refused', refusal });
  const node = verb?.attrs['node'] ?? '';
  switch (verb?.name) {
    case 'subscribe':
    case 'unsubscribe': {
      const jid = verb.attrs['jid'] ?? '';
      if (asker.account === undefined || accountAt(jid, asker.domain) !== asker.account) return refused(foreignJid);
      if (!asker.own.some((name) => asker.isAsked(name, node))) return refused(closed);
      return verb.name === 'unsubscribe' ? result() : result(asPubsub(subscription(node, jid)));
    }
    case 'subscriptions': {
      const wanted = asker.own.filter((name) => node === '' || asker.isAsked(name, node));
      const list = wanted.map((name) => subscription(name, bare(asker.from)));
      return result(asPubsub(xml('subscriptions', node === '' ? {} : { node }, list)));
    }
    // Nothing is kept: what was told before is asked by REST.
    case 'items':
      return asker.own.some((name) => asker.isAsked(name, node))
        ? result(asPubsub(xml('items', { node })))
        : refused(closed);
    default:
      return refused({ type: 'auth', condition: 'forbidden' });
  }
}

function asPubsub(child: Element): Element {
  return xml('pubsub', { xmlns: pubsubNamespace }, child);
}

function subscription(node: string, jid: string): Element {
  return xml('subscription', { node, jid, subscription: 'subscribed' });
}

function discoInfo(node: string | undefined): Element {
  const type = node === undefined ? 'service' : 'leaf';
  const features = [discoInfoNamespace, discoItemsNamespace, pubsubNamespace, `${pubsubNamespace}#subscribe`];
  return xml(
    'query',
    { xmlns: discoInfoNamespace, node },
    xml('identity', { category: 'pubsub', type, name: 'Lastcall' }),
    features.map((feature) => xml('feature', { var: feature })),
  );
}

function discoItems(service: string, own: readonly string[]): Element {
  return xml(
    'query',
    { xmlns: discoItemsNamespace },
    own.map((node) => xml('item', { jid: service, node })),
  );
}

function errorElement({ type, condition, detail }: Refusal): Element {
  return xml(
    'error',
    { type },
    xml(condition, { xmlns: stanzaErrors }),
    detail === undefined ? null : xml(detail, { xmlns: pubsubErrors }),
  );
}

/** A node holds the agent's id, which a client may spell as its account: in lower case. */
function isSameNode(name: string, asked: string): boolean {
  return name.toLowerCase() === asked.toLowerCase();
}

function bare(jid: string): string {
  return jid.split('/')[0] ?? jid;
}
