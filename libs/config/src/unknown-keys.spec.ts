import { editDistance, findUnknownKeys } from './unknown-keys';
import { table } from './table';

function unknownIn(env: Record<string, string>): string[] {
  return findUnknownKeys(env, Object.values(table)).map(({ key, nearest }) => `${key} → ${nearest ?? '?'}`);
}

describe('findUnknownKeys', () => {
  it.each([
    ['GRACE_MSS', 'GRACE_MS'],
    ['GRACE_SERVERLOST_MS', 'GRACE_SERVER_LOST_MS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['HTPP_PORT', 'HTTP_PORT'],
    ['SERVERID', 'SERVER_ID'],
    ['POLICY_FIEL', 'POLICY_FILE'],
    ['REDIS_HOST', 'REDIS_URL'],
    ['ORIGIN', 'ORIGINS'],
    ['CONSOLE_PASWORD_FILE', 'CONSOLE_PASSWORD_FILE'],
    ['GRACE_MS_FILE', 'GRACE_MS'],
  ])('finds %s and thinks of %s', (name, nearest) => {
    expect(unknownIn({ [name]: 'x' })).toEqual([`${name} → ${nearest}`]);
  });

  it('gives no hint where nothing is near', () => {
    expect(unknownIn({ CTI_SOMETHING_ELSE_ALTOGETHER: 'x' })).toEqual(['CTI_SOMETHING_ELSE_ALTOGETHER → ?']);
  });

  it('lets our own keys pass, and the files of our secrets', () => {
    const names = Object.values(table).flatMap((row) => (row.secret ? [row.env, `${row.env}_FILE`] : [row.env]));
    expect(unknownIn(Object.fromEntries([...names, 'XMPP_URL'].map((name) => [name, 'x'])))).toEqual([]);
  });

  it('lets pass what a container platform injects for services named like our families', () => {
    const injected = {
      CONSOLE_SERVICE_HOST: '10.0.0.1',
      CONSOLE_SERVICE_PORT: '80',
      CONSOLE_SERVICE_PORT_HTTP: '80',
      CONSOLE_PORT: 'tcp://10.0.0.1:80',
      CONSOLE_PORT_80_TCP: 'tcp://10.0.0.1:80',
      CONSOLE_PORT_80_TCP_ADDR: '10.0.0.1',
      REDIS_PORT: 'tcp://10.0.0.2:6379',
      REDIS_PORT_6379_TCP_PROTO: 'tcp',
    };
    expect(unknownIn(injected)).toEqual([]);
  });

  it('does not take a port that a person wrote for one that a platform injected', () => {
    expect(unknownIn({ REDIS_PORT: '6379' })).toEqual(['REDIS_PORT → REDIS_URL']);
  });

  it('lets the rest of an ordinary environment be', () => {
    const names = [
      'PATH',
      'HOME',
      'NODE',
      'SITE',
      'EDITOR',
      'HTTP_PROXY',
      'DESKTOP_SESSION',
      'NODE_ENV',
      'npm_config_cache',
    ];
    expect(unknownIn(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['GRACE_MS', 'GRACE_MSS', 1],
    ['kitten', 'sitting', 3],
  ])('from "%s" to "%s" is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});
