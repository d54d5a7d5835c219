import { createHash } from 'node:crypto';
import { isAgentName } from '#domain/agent-id';

/** Whose presence it is. Only `desktop` is acted upon. */
export type Owner =
  | { readonly kind: 'desktop'; readonly agentId: string; readonly jid: string }
  /** Another domain, or the domain itself. */
  | { readonly kind: 'foreign' }
  /** An account and not one of its connections. */
  | { readonly kind: 'bare' }
  /** An account of the domain whose name is neither an id nor a login name. */
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

const codes = new Map(Object.entries(escapes).map(([code, character]) => [character, code]));

const escapePattern = /\\(20|22|26|27|2f|3a|3c|3e|40|5c)/g;

/**
 * A JID as XMPP compares it: account and domain in lower case, the resource as it is. Prosody sends it so; ejabberd sends an
 * account as its client spelled it when it signed in.
 */
export function foldJid(jid: string): string {
  const slash = jid.indexOf('/');
  return slash === -1 ? jid.toLowerCase() : jid.slice(0, slash).toLowerCase() + jid.slice(slash);
}

/** What a name is called as an account: `jdoe\40example.com` for jdoe@example.com. */
export function accountNamed(name: string): string {
  return name
    .toLowerCase()
    .replace(/\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/g, '\\5c')
    .replace(/[ "&'/:<>@]/g, (character) => codes.get(character) ?? character);
}

/**
 * The account's name with its escapes read, in lower case; undefined for another domain, for the domain itself, and for
 * escapes that nobody needs: two accounts are never one name. The
 * resource is whatever its client chose: it may hold `@` and `/` and look like another's JID, so the JID is cut at its
 * first `/` before anything else is looked for.
 */
export function accountAt(jid: string, domain: string): string | undefined {
  const account = localPartAt(jid, domain);
  return account === undefined ? undefined : nameOf(account);
}

function localPartAt(jid: string, domain: string): string | undefined {
  const slash = jid.indexOf('/');
  const bare = (slash === -1 ? jid : jid.slice(0, slash)).toLowerCase();
  const at = bare.indexOf('@');
  if (at === -1 || bare.slice(at + 1) !== domain.toLowerCase()) return undefined;
  return bare.slice(0, at);
}

function nameOf(account: string): string | undefined {
  const name = account.replace(escapePattern, (escape) => escapes[escape] ?? escape);
  return accountNamed(name) === account ? name : undefined;
}

/** Reads a JID as the server stamps it (`from`). `agentId` is what the account is called: an id, not in its spelling, or a login name. */
export function ownerOf(from: string, domain: string): Owner {
  const account = localPartAt(from, domain);
  if (account === undefined) return { kind: 'foreign' };
  const slash = from.indexOf('/');
  if (slash === -1 || slash === from.length - 1) return { kind: 'bare' };
  const name = nameOf(account);
  return isAgentName(name) ? { kind: 'desktop', agentId: name, jid: foldJid(from) } : { kind: 'notAnAgent' };
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
