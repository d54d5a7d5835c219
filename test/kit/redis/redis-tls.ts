import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopbackCa, loopbackCertificate, loopbackKey } from '../loopback-certificate';

/** What Redis needs to speak TLS on loopback, as files, and what a client must trust. */
export interface RedisTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** PEM. */
  readonly ca: string;
}

/** Writes the tests' certificate for 127.0.0.1 into a folder that is there. */
export async function writeTls(dir: string): Promise<RedisTls> {
  const files = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem'), caFile: join(dir, 'ca.pem') };
  await writeFile(files.certFile, loopbackCertificate);
  await writeFile(files.keyFile, loopbackKey, { mode: 0o600 });
  await writeFile(files.caFile, loopbackCa);
  return { ...files, ca: loopbackCa };
}

/** By their names in redis.conf and sentinel.conf: TLS on that port and on no other. */
export function tlsSettings(port: number, { certFile, keyFile, caFile }: RedisTls): Record<string, string> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': certFile,
    'tls-key-file': keyFile,
    'tls-ca-cert-file': caFile,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}
