import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Longer input is not looked at: nobody types it, and hashing it would be work for whoever sends it. */
const inputCharactersMax = 1_024;

/** Takes the same time whatever is wrong: both parts are always compared, as digests of equal length. */
export function isSame(given: Credentials, expected: Credentials): boolean {
  const userFits = isSameText(given.user, expected.user);
  const passwordFits = isSameText(given.password, expected.password);
  return userFits && passwordFits;
}

function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given.slice(0, inputCharactersMax)), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Reads `Basic …` of an Authorization header (RFC 7617, UTF-8); undefined when it is none. */
export function readBasic(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
