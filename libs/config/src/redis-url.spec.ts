import { describeAddress, parseRedisUrl } from './redis-url';

const open = { tls: false, user: undefined, password: undefined };

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { kind: 'single', endpoint: { host: 'localhost', port: 6379 }, db: 0, ...open }],
    ['redis://127.0.0.1:7000/3', { kind: 'single', endpoint: { host: '127.0.0.1', port: 7000 }, db: 3, ...open }],
    ['redis://[::1]', { kind: 'single', endpoint: { host: '::1', port: 6379 }, db: 0, ...open }],
    [
      'rediss://lastcall:p%40ss%3A%2F@cache.example:6380',
      {
        kind: 'single',
        endpoint: { host: 'cache.example', port: 6380 },
        db: 0,
        tls: true,
        user: 'lastcall',
        password: 'p@ss:/',
      },
    ],
    [
      'redis://:only-a-password@h',
      {
        kind: 'single',
        endpoint: { host: 'h', port: 6379 },
        db: 0,
        tls: false,
        user: undefined,
        password: 'only-a-password',
      },
    ],
    [
      'redis+sentinel://u:p@h1:26380,h2/main',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'h1', port: 26_380 },
          { host: 'h2', port: 26_379 },
        ],
        masterName: 'main',
        db: 0,
        tls: false,
        user: 'u',
        password: 'p',
      },
    ],
    [
      'redis+cluster://h1,h2:7001,[::2]:7002',
      {
        kind: 'cluster',
        nodes: [
          { host: 'h1', port: 6379 },
          { host: 'h2', port: 7001 },
          { host: '::2', port: 7002 },
        ],
        ...open,
      },
    ],
  ])('reads %s', (text, address) => {
    expect(parseRedisUrl(text)).toEqual({ kind: 'address', address });
  });

  it.each([
    ['localhost:6379', 'is not a Redis address'],
    ['http://localhost', 'has an unknown scheme'],
    ['constructor://localhost', 'has an unknown scheme'],
    ['redis://', 'has a host (number 1) that is not host or host:port'],
    ['redis://h:0', 'has a host (number 1)'],
    ['redis+cluster://h1,,h3', 'has a host (number 2)'],
    ['redis://h1,h2', 'names several hosts; use redis+cluster:// or redis+sentinel://'],
    ['redis://h/main', 'has a path that is not a database number'],
    ['redis://h/1/2', 'has a path that is not a database number'],
    ['redis+sentinel://h1,h2', 'lacks the name of the master set'],
    ['redis+sentinel://h1/main/x', 'has a path that is not /name or /name/database'],
    ['redis+cluster://h1/1', 'has a path; a cluster has only one database'],
    ['redis://u:%zz@h', 'has a user or password that is not percent-encoded correctly'],
  ])('says of %s that it %s', (text, sentence) => {
    expect(parseRedisUrl(text)).toEqual({ kind: 'fault', sentence: expect.stringContaining(sentence) as string });
  });
});

describe('describeAddress', () => {
  it.each([
    ['redis://u:secret@h', 'h:6379'],
    ['redis://[::1]:7000', '[::1]:7000'],
    ['redis+sentinel://u:secret@h1,h2:7/main', 'h1:26379, h2:7 (Sentinels of main)'],
    ['redis+cluster://:secret@h1,h2', 'h1:6379, h2:6379 (Cluster)'],
  ])('tells the hosts of %s and no secret: %s', (text, told) => {
    const result = parseRedisUrl(text);
    expect(result.kind === 'address' && describeAddress(result.address)).toBe(told);
  });
});
