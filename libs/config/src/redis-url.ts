import { type HostPort, parseHostPort } from './value-schemas';

/** Where Redis is and how to speak to it. `db` counts from 0; a cluster has only database 0. */
export type RedisAddress =
  | ({ kind: 'single'; endpoint: HostPort; db: number } & RedisAccess)
  | ({ kind: 'sentinel'; sentinels: readonly HostPort[]; masterName: string; db: number } & RedisAccess)
  | ({ kind: 'cluster'; nodes: readonly HostPort[] } & RedisAccess);

export interface RedisAccess {
  tls: boolean;
  user: string | undefined;
  password: string | undefined;
}

export type RedisUrlResult =
  { kind: 'address'; address: RedisAddress } | { kind: 'fault'; /** Never holds the URL. */ sentence: string };

type Scheme = { kind: 'single' | 'sentinel' | 'cluster'; tls: boolean; defaultPort: number };

const schemes: Readonly<Record<string, Scheme>> = {
  redis: { kind: 'single', tls: false, defaultPort: 6379 },
  rediss: { kind: 'single', tls: true, defaultPort: 6379 },
  'redis+sentinel': { kind: 'sentinel', tls: false, defaultPort: 26379 },
  'rediss+sentinel': { kind: 'sentinel', tls: true, defaultPort: 26379 },
  'redis+cluster': { kind: 'cluster', tls: false, defaultPort: 6379 },
  'rediss+cluster': { kind: 'cluster', tls: true, defaultPort: 6379 },
};

/** How many Sentinels or cluster nodes one URL may name; ioredis finds the others itself. */
const endpointsMax = 64;
/** Redis' own default is 16 databases; a larger number is configured seldom and a huge one is a mistake. */
const dbMax = 1_023;

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://…`, `redis+sentinel://[user:password@]h1[:p],h2/name[/db]`
 * and `redis+cluster://[user:password@]h1[:p],h2`. User and password are percent-decoded.
 */
export function parseRedisUrl(text: string): RedisUrlResult {
  const parts = /^([a-z+]+):\/\/(?:([^@/]*)@)?([^/@]*)((?:\/[^/]*)*)$/.exec(text.trim());
  if (parts === null) return fault('is not a Redis address');
  const [, schemeName = '', credentials, hosts = '', path = ''] = parts;
  const scheme = Object.hasOwn(schemes, schemeName) ? schemes[schemeName] : undefined;
  if (scheme === undefined) return fault(`has an unknown scheme; known are ${Object.keys(schemes).join(', ')}`);

  const access = readAccess(credentials, scheme.tls);
  if (access === undefined) return fault('has a user or password that is not percent-encoded correctly');
  const endpoints = readEndpoints(hosts, scheme.defaultPort);
  if (typeof endpoints === 'string') return fault(endpoints);
  const segments = path.split('/').filter((segment) => segment !== '');
  return assemble(scheme, access, endpoints, segments);
}

function assemble(scheme: Scheme, access: RedisAccess, endpoints: HostPort[], segments: string[]): RedisUrlResult {
  switch (scheme.kind) {
    case 'single': {
      const endpoint = endpoints[0];
      const db = readDb(segments[0]);
      if (endpoint === undefined || endpoints.length > 1)
        return fault('names several hosts; use redis+cluster:// or redis+sentinel://');
      if (db === undefined || segments.length > 1) return fault('has a path that is not a database number');
      return { kind: 'address', address: { kind: 'single', endpoint, db, ...access } };
    }
    case 'sentinel': {
      const [masterName, dbText, ...rest] = segments;
      const db = readDb(dbText);
      if (masterName === undefined)
        return fault('lacks the name of the master set after the hosts: redis+sentinel://h1,h2/name');
      if (db === undefined || rest.length > 0) return fault('has a path that is not /name or /name/database');
      return { kind: 'address', address: { kind: 'sentinel', sentinels: endpoints, masterName, db, ...access } };
    }
    case 'cluster':
      if (segments.length > 0) return fault('has a path; a cluster has only one database');
      return { kind: 'address', address: { kind: 'cluster', nodes: endpoints, ...access } };
  }
}

/** Where to look when Redis does not answer: `127.0.0.1:6379`, `h1:26379, h2:26379 (Sentinels of main)`. Holds no secret. */
export function describeAddress(address: RedisAddress): string {
  const list = (endpoints: readonly HostPort[]) =>
    endpoints.map(({ host, port }) => (host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`));
  switch (address.kind) {
    case 'single':
      return list([address.endpoint]).join();
    case 'sentinel':
      return `${list(address.sentinels).join(', ')} (Sentinels of ${address.masterName})`;
    case 'cluster':
      return `${list(address.nodes).join(', ')} (Cluster)`;
  }
}

function readAccess(credentials: string | undefined, tls: boolean): RedisAccess | undefined {
  if (credentials === undefined) return { tls, user: undefined, password: undefined };
  const colon = credentials.indexOf(':');
  const user = colon === -1 ? credentials : credentials.slice(0, colon);
  const password = colon === -1 ? '' : credentials.slice(colon + 1);
  try {
    return {
      tls,
      user: user === '' ? undefined : decodeURIComponent(user),
      password: password === '' ? undefined : decodeURIComponent(password),
    };
  } catch {
    // decodeURIComponent throws URIError on a stray %; the caller names the fault.
    return undefined;
  }
}

/** The endpoints, or the sentence that says what is wrong with them. */
function readEndpoints(hosts: string, defaultPort: number): HostPort[] | string {
  const names = hosts.split(',');
  if (names.length > endpointsMax) return `names more than ${String(endpointsMax)} hosts`;
  const endpoints: HostPort[] = [];
  for (const [index, name] of names.entries()) {
    const hasPort = /:\d+$/.test(name) && !/^[^[]*:[^:]*:/.test(name);
    const endpoint = parseHostPort(hasPort ? name : `${name}:${String(defaultPort)}`);
    if (endpoint === undefined) return `has a host (number ${String(index + 1)}) that is not host or host:port`;
    endpoints.push(endpoint);
  }
  return endpoints;
}

function readDb(segment: string | undefined): number | undefined {
  if (segment === undefined) return 0;
  return /^\d{1,4}$/.test(segment) && Number(segment) <= dbMax ? Number(segment) : undefined;
}

function fault(sentence: string): RedisUrlResult {
  return { kind: 'fault', sentence };
}
