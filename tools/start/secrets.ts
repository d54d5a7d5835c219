import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { type XmppSecrets } from './prosody';

/** Secrets of one start: what the environment does not give is made up. */
export interface Secrets {
  DESKTOP_TOKEN_SECRET: string;
  API_TOKEN: string;
  CONSOLE_PASSWORD: string;
  CTI_CLIENT_PASSWORD: string;
}

const onlyOwner = 0o600;

/** Secrets that the environment gives, itself or as a file, are left to it. */
export function makeSecrets(env: Readonly<Record<string, string | undefined>>): Partial<Secrets> {
  const made: Secrets = {
    DESKTOP_TOKEN_SECRET: randomBytes(32).toString('base64url'),
    API_TOKEN: randomBytes(24).toString('base64url'),
    // Read from the terminal and typed by people: shorter, still 72 bits.
    CONSOLE_PASSWORD: randomBytes(9).toString('base64url'),
    CTI_CLIENT_PASSWORD: randomBytes(12).toString('base64url'),
  };
  const isGiven = (name: string): boolean => [name, `${name}_FILE`].some((key) => (env[key] ?? '') !== '');
  return Object.fromEntries(Object.entries(made).filter(([name]) => !isGiven(name)));
}

/** Of one start with --xmpp; nobody else needs to know the password of a component. */
export function makeXmppSecrets(): XmppSecrets {
  return {
    // Typed by people, as the console's.
    AGENT_PASSWORD: randomBytes(9).toString('base64url'),
    XMPP_PASSWORD: randomBytes(24).toString('base64url'),
    XMPP_PUBSUB_PASSWORD: randomBytes(24).toString('base64url'),
  };
}

/** Of the Redis of one start: it needs no quoting, in its configuration and in a URL. */
export function makeRedisPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** For tools and tests that talk to what was started; readable by its owner only. */
export function writeSecrets(path: string, secrets: Partial<Secrets & XmppSecrets & { REDIS_URL: string }>): void {
  writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: onlyOwner });
  // The mode above counts only for a new file.
  chmodSync(path, onlyOwner);
}
