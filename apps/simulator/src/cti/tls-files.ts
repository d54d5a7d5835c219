import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ConfigError, errorCode } from '#config/config-error';

/**
 * The certificate and key of SIM_TLS_CERT and SIM_TLS_KEY; undefined when neither is set: plain TCP.
 * @throws ConfigError when one is missing, cannot be read, or does not belong to the other
 */
export function loadTls(certFile: string | undefined, keyFile: string | undefined): SecureContext | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  const cert = readPem('SIM_TLS_CERT', certFile);
  const key = readPem('SIM_TLS_KEY', keyFile);
  try {
    return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new ConfigError('the simulator', [
      { key: 'SIM_TLS_CERT, SIM_TLS_KEY', sentence: `are no certificate with its key (${errorCode(error)})` },
    ]);
  }
}

function readPem(name: string, path: string | undefined): Buffer {
  if (path === undefined) {
    throw new ConfigError('the simulator', [{ key: name, sentence: 'is missing: TLS needs certificate and key' }]);
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError('the simulator', [{ key: name, sentence: `cannot be read (${errorCode(error)})` }]);
  }
}
