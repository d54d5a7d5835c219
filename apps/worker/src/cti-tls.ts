import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, errorCode } from '#config/config-error';

/**
 * The CA by which the CTI servers' certificates must be signed, as PEM.
 * @throws ConfigError when the file cannot be read or holds no certificate: a link that can never open must not be started.
 */
export function readTlsCa(path: string): string {
  try {
    const ca = readFileSync(path, 'utf8');
    if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw refusal(path, 'which holds no PEM certificate');
    createSecureContext({ ca });
    return ca;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw refusal(path, `which cannot be used (${errorCode(error)})`);
  }
}

const refusal = (path: string, why: string): ConfigError =>
  new ConfigError('worker', [{ key: 'CTI_TLS_CA', sentence: `names the file ${path}, ${why}` }]);
