import { createHash } from 'node:crypto';
import { isAgentId } from '#domain/agent-id';

/** Whose presence it is. Only `desktop` is acted upon. */
export type Owner =
  | { readonly kind: 'desktop'; readonly agentId: string; readonly jid: string }
  /** Another domain, or the domain itself. */
  | { readonly kind: 'foreign' }
  /** An account and not one of its connections. */
  | { readonly kind: 'bare' }
  /** An account of the domain whose name no agent can have. */
  | { readonly kind: 'notAnAgent' };

/** XEP-0106: characters that an account's name cannot hold, as `\` and two digits. */
const escapes: Readonly<Record<string, string>> = {
  '\\20': ' ',
  '\\22': '"',
  '\\26': '&',
  '\\27': "'",
  '\\2f': '/',
  '\\3a': ':',
  '\\3c': '<',
  '\\3e': '>',
  '\\40': '@',
  '\\5c': '\\',
};

const escapePattern = /\\(20|22|26|27|2f|3a|3c|3e|40|5c)/g;

/**
 * A JID as XMPP compares it: account and domain in lower case, the resource as it is. Prosody sends it so; ejabberd sends an
 * account as its client spelled it when it signed in.
 */
export function foldJid(jid: string): string {
  const slash = jid.indexOf('/');
  return slash === -1 ? jid.toLowerCase() : jid.slice(0, slash).toLowerCase() + jid.slice(slash);
}

/**
 * The account's name with its escapes read, in lower case; undefined for another domain, and for the domain itself. The
 * resource is whatever its client chose: it may hold `@` and `/` and look like another's JID, so the JID is cut at its
 * first `/` before anything else is looked for.
 */
export function accountAt(jid: string, domain: string): string | undefined {
  const slash = jid.indexOf('/');
  const bare = (slash === -1 ? jid : jid.slice(0, slash)).toLowerCase();
  const at = bare.indexOf('@');
  if (at === -1 || bare.slice(at + 1) !== domain.toLowerCase()) return undefined;
  return bare.slice(0, at).replace(escapePattern, (escape) => escapes[escape] ?? escape);
}

/** Reads a JID as the server stamps it (`from`). `agentId` is what the account is called, which is not how its agent's id is spelled. */
export function ownerOf(from: string, domain: string): Owner {
  const account = accountAt(from, domain);
  if (account === undefined) return { kind: 'foreign' };
  const slash = from.indexOf('/');
  if (slash === -1 || slash === from.length - 1) return { kind: 'bare' };
  return isAgentId(account) ? { kind: 'desktop', agentId: account, jid: foldJid(from) } : { kind: 'notAnAgent' };
}

/** A desktop id as any other desktop may have one: records, journal and logs hold it. */
const plainDesktopId = /^[A-Za-z0-9._:@/+=~-]{1,128}$/;

const hashChars = 22;

/** The JID itself, where its resource is short and plain; else the account and a hash of the whole. */
export function desktopIdOf(jid: string): string {
  if (plainDesktopId.test(jid)) return jid;
  const hash = createHash('sha256').update(jid).digest('base64url').slice(0, hashChars);
  const account = jid.slice(0, jid.indexOf('/')).replace(/[^A-Za-z0-9._:@+=-]/g, '~');
  return `${account.slice(0, accountCharsMax)}/~${hash}`;
}

const accountCharsMax = 100;
