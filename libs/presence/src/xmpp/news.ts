import { type Element } from '@xmpp/client';
import { foldJid, ownerOf } from './desktop-jid';

/** Told by our module for Prosody (deploy/prosody): a desktop's connection is gone, or back, behind its stream management. */
export const hibernationNamespace = 'urn:lastcall:hibernation:0';

export type Ignored = 'foreign' | 'bare' | 'notAnAgent' | 'ownAccount' | 'other';

/** What one stanza says to a watch; `agentId` is what the account is called. */
export type News =
  | { readonly type: 'available'; readonly jid: string; readonly agentId: string }
  | { readonly type: 'unavailable'; readonly jid: string; readonly agentId: string }
  /** An answer of the server itself; `condition` of the error, or null when it is none. */
  | { readonly type: 'answer'; readonly id: string; readonly condition: string | null; readonly answer: Element }
  /** What the server lets a component see (XEP-0356). */
  | { readonly type: 'privilege'; readonly presence: boolean }
  | { readonly type: 'ignored'; readonly why: Ignored };

export interface Watcher {
  readonly domain: string;
  /** Our own account, without resource, in lower case; desktops are other accounts. Null for a component. */
  readonly account: string | null;
}

/** Accounts can send us anything, but `from` is the server's word: an answer or message counts only as the domain's own. */
export function readNews(stanza: Element, watcher: Watcher): News {
  const { type, id = '' } = stanza.attrs;
  const from = foldJid(stanza.attrs['from'] ?? '');
  const isServers = from === watcher.domain.toLowerCase();
  switch (stanza.name) {
    case 'presence':
      return type === undefined || type === 'unavailable'
        ? presenceOf(from, type ?? 'available', watcher)
        : { type: 'ignored', why: 'other' };
    case 'iq':
      // What concerns an account is answered in its own name, or in nobody's.
      if (!isServers && (watcher.account === null || (from !== '' && from !== watcher.account))) {
        return { type: 'ignored', why: 'other' };
      }
      if (type !== 'result' && type !== 'error') return { type: 'ignored', why: 'other' };
      return { type: 'answer', id, condition: type === 'error' ? conditionOf(stanza) : null, answer: stanza };
    case 'message':
      return isServers ? messageOf(stanza, watcher) : { type: 'ignored', why: 'other' };
    default:
      return { type: 'ignored', why: 'other' };
  }
}

function presenceOf(from: string, type: 'available' | 'unavailable', { domain, account }: Watcher): News {
  const owner = ownerOf(from, domain);
  if (owner.kind !== 'desktop') return { type: 'ignored', why: owner.kind };
  if (account !== null && owner.jid.startsWith(`${account}/`)) return { type: 'ignored', why: 'ownAccount' };
  return { type, jid: owner.jid, agentId: owner.agentId };
}

function messageOf(message: Element, watcher: Watcher): News {
  const hibernation = message.getChild('hibernation', hibernationNamespace);
  if (hibernation !== undefined) {
    const { jid = '', state } = hibernation.attrs;
    return presenceOf(jid, state === 'ended' ? 'available' : 'unavailable', watcher);
  }
  const privilege = message.getChildElements().find(({ name }) => name === 'privilege');
  if (privilege?.getNS()?.startsWith('urn:xmpp:privilege:') !== true) return { type: 'ignored', why: 'other' };
  const grants = privilege.getChildren('perm').filter(({ attrs }) => attrs['access'] === 'presence');
  return { type: 'privilege', presence: grants.some(({ attrs }) => attrs['type'] !== 'none') };
}

function conditionOf(stanza: Element): string {
  const [condition] = stanza.getChild('error')?.getChildElements() ?? [];
  return condition?.name ?? 'undefined-condition';
}
