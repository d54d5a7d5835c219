import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, errorCode } from './config-error';
import { type App } from './key';

/**
 * The CA that must have signed the certificates of the other end, as PEM, from the file that `key` names.
 * @throws ConfigError when it cannot be read or holds no certificate: what can never connect must not be started.
 */
export function readCa(app: App, key: string, path: string): string {
  const refusal = (why: string): ConfigError =>
    new ConfigError(app, [{ key, sentence: `names the file ${path}, ${why}` }]);
  try {
    const ca = readFileSync(path, 'utf8');
    if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw refusal('which holds no PEM certificate');
    createSecureContext({ ca });
    return ca;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw refusal(`which cannot be used (${errorCode(error)})`);
  }
}
