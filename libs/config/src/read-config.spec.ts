import { ConfigError } from './config-error';
import { type Environment, type Host } from './key';
import { readConfig } from './read-config';

const secret = 'a-secret-of-at-least-32-characters!!';
const server: Environment = { SIDE: 'primary', DESKTOP_TOKEN_SECRET: secret };
const simulator: Environment = { DESKTOP_TOKEN_SECRET: secret };

const files = new Map([
  ['/run/secrets/desktop', `${secret}\n`],
  ['/run/secrets/empty', '\n'],
]);
const host: Host = {
  hostName: 'node 1',
  uniqueSuffix: '4f2a',
  readText: (path) => {
    const content = files.get(path);
    if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return content;
  },
};

function problemsOf(app: Parameters<typeof readConfig>[0], env: Environment): string[] {
  try {
    readConfig(app, env, host);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ key, sentence }) => `${key} ${sentence}`);
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('gives the defaults of the table as values in their units', () => {
    const config = readConfig('server', server, host);
    expect(config).toMatchObject({ graceMs: 60_000, graceServerLostMs: 120_000, detectionMs: 25_000, httpPort: 8081 });
    expect(config.redisUrl).toMatchObject({ kind: 'single', endpoint: { host: '127.0.0.1', port: 6379 } });
  });

  it('takes any reason for the Not Ready step but the one by which the answer of LOAD is told apart', () => {
    const worker: Environment = { SIDE: 'primary', CTI_A: 'a:1', CTI_B: 'b:1' };
    const reasons = ['0', '20003', '65535', '50002', '65536'].map((CTI_NOT_READY_REASON_CODE) =>
      problemsOf('worker', { ...worker, CTI_NOT_READY_REASON_CODE }).join(),
    );
    expect(reasons.slice(0, 3)).toEqual(['', '', '']);
    expect(reasons[3]).toContain('CTI_NOT_READY_REASON_CODE is the reason that LOAD sets');
    expect(reasons[4]).toContain('CTI_NOT_READY_REASON_CODE');
    const { ctiNotReadyReasonCode, ctiAgentPassword, ctiSupervisorId, ctiTlsCa } = readConfig('worker', worker, host);
    expect([ctiNotReadyReasonCode, ctiAgentPassword, ctiSupervisorId, ctiTlsCa]).toEqual([
      20_001,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('types each value, so that a wrong use does not compile', () => {
    const config = readConfig('server', server, host);
    const graceMs: number = config.graceMs;
    const apiToken: string | undefined = config.apiToken;
    const side: 'primary' | 'secondary' = config.side;
    // @ts-expect-error: the password of the console is none of the server's business
    const foreign: unknown = config.consolePassword;
    expect([graceMs, apiToken, side, foreign]).toEqual([60_000, undefined, 'primary', undefined]);
  });

  it.each([
    ['60000', 60_000],
    ['500ms', 500],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ])('reads the duration %s as %i ms', (text, ms) => {
    expect(readConfig('server', { ...server, GRACE_MS: text }, host).graceMs).toBe(ms);
  });

  it.each(['', ' ', '5 seconds', '-1', '1e3', '99', '25h', 'NaN', '5s;'].slice(1))('refuses the grace "%s"', (text) => {
    expect(problemsOf('server', { ...server, GRACE_MS: text })).toEqual([
      expect.stringMatching(/^GRACE_MS is (not a duration|out of range); expected a duration such as 60000/),
    ]);
  });

  it('reads host:port, also of IPv6', () => {
    const config = readConfig(
      'worker',
      { SIDE: 'secondary', CTI_A: 'cti-a.example:42027', CTI_B: '[::1]:43027' },
      host,
    );
    expect([config.ctiA, config.ctiB]).toEqual([
      { host: 'cti-a.example', port: 42_027 },
      { host: '::1', port: 43_027 },
    ]);
  });

  it.each(['cti-a', 'cti-a:0', 'cti-a:65536', 'http://cti-a:42027', 'a:b:1', 'user@cti-a:1'])(
    'refuses %s as host:port',
    (text) => {
      expect(problemsOf('worker', { SIDE: 'primary', CTI_A: text, CTI_B: 'b:1' })).toEqual([
        'CTI_A is not host:port; expected host:port',
      ]);
    },
  );

  it('names servers and workers when nobody else does; each worker anew', () => {
    expect(readConfig('worker', { SIDE: 'primary', CTI_A: 'a:1', CTI_B: 'b:1' }, host).workerId).toBe(
      'worker-primary-node-1-4f2a',
    );
    expect(readConfig('server', server, host).serverId).toBe('primary-node-1');
  });

  it('reports everything that is wrong at once, each with what is expected', () => {
    expect(problemsOf('server', { GRACE_MS: 'soon', HTTP_PORT: '99999', GRACE_MSS: '5s' })).toEqual([
      'SIDE is missing; expected primary or secondary',
      'HTTP_PORT is out of range; expected a port from 1 to 65535 that browsers connect to, or 0 for any free port',
      expect.stringContaining('GRACE_MS is not a duration; expected a duration such as'),
      'DESKTOP_TOKEN_SECRET is missing; expected at least 32 characters',
      'GRACE_MSS is not a known key; did you mean GRACE_MS?',
    ]);
  });

  it('tells the reader which app cannot start', () => {
    expect(() => readConfig('server', { SIDE: 'primary' }, host)).toThrow(
      /^The configuration of server cannot be used \(1 problem\):\n {2}DESKTOP_TOKEN_SECRET is missing/,
    );
  });

  it('never repeats a value that it refuses', () => {
    const value = 'hunter2@:/,';
    const everyKey = ['REDIS_URL', 'SIDE', 'SERVER_ID', 'HTTP_PORT', 'ORIGINS', 'GRACE_MS', 'API_TOKEN'];
    const env = Object.fromEntries(everyKey.map((name) => [name, value]));
    const problems = problemsOf('server', { ...env, DESKTOP_TOKEN_SECRET: value });
    expect(problems).toHaveLength(everyKey.length + 1);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it("lets another app's keys be, so that one environment serves all", () => {
    const env = { ...server, CONSOLE_PASSWORD: 'x', SIM_LOAD: 'x', CTI_A: 'x' };
    expect(problemsOf('server', env)).toEqual([]);
  });

  it('takes an empty value as not given', () => {
    expect(readConfig('server', { ...server, API_TOKEN: '', GRACE_MS: '' }, host)).toMatchObject({
      apiToken: undefined,
      graceMs: 60_000,
    });
  });

  it('reads the address of an XMPP server, with its usual port, and refuses one that holds a password', () => {
    expect(readConfig('server', { ...server, XMPP_URL: 'xmpp://host' }, host).xmppUrl).toBe('xmpp://host:5222');
    expect(problemsOf('server', { ...server, XMPP_URL: 'xmpp://me:secret@host' })).toEqual([
      expect.stringMatching(/^XMPP_URL must not hold a user or password/),
    ]);
  });
});

describe('a secret from a file', () => {
  it('is read without the line break at its end', () => {
    const env = { SIDE: 'primary', DESKTOP_TOKEN_SECRET_FILE: '/run/secrets/desktop' };
    expect(readConfig('server', env, host).desktopTokenSecret).toBe(secret);
  });

  it('cannot be given twice', () => {
    expect(problemsOf('server', { ...server, DESKTOP_TOKEN_SECRET_FILE: '/run/secrets/desktop' })).toEqual([
      'DESKTOP_TOKEN_SECRET and DESKTOP_TOKEN_SECRET_FILE are both given; give one of them',
    ]);
  });

  it('names key and path when the file cannot be read', () => {
    expect(problemsOf('server', { SIDE: 'primary', DESKTOP_TOKEN_SECRET_FILE: '/run/secrets/gone' })).toEqual([
      'DESKTOP_TOKEN_SECRET is given by the file /run/secrets/gone, which cannot be read (ENOENT)',
    ]);
  });

  it('names key and path when the file is empty', () => {
    expect(problemsOf('server', { SIDE: 'primary', DESKTOP_TOKEN_SECRET_FILE: '/run/secrets/empty' })).toEqual([
      'DESKTOP_TOKEN_SECRET is given by the file /run/secrets/empty, which is empty',
    ]);
  });
});

describe('the path of the console at its proxy', () => {
  it.each([
    ['/', ''],
    ['/lastcall', '/lastcall'],
    [' /tools/last.call/ ', '/tools/last.call'],
  ])('is read from %p', (text, path) => {
    expect(readConfig('console', { CONSOLE_BASE_PATH: text }, host).consoleBasePath).toBe(path);
  });

  it.each([
    ['lastcall', /is not a path/],
    ['//evil.example', /is not a path/],
    ['/a/../b', /is not a path/],
    ['/a b/', /is not a path/],
    ['/?x', /is not a path/],
    ['/api/', /begins with a path that the console has itself/],
    ['/queues/console', /begins with a path that the console has itself/],
  ])('is refused as %p', (text, sentence) => {
    expect(problemsOf('console', { CONSOLE_BASE_PATH: text })[0]).toMatch(sentence);
  });
});

describe('origins and public servers', () => {
  it('takes a list of origins', () => {
    const config = readConfig('server', { ...server, ORIGINS: 'https://a.example, http://127.0.0.1:8085' }, host);
    expect(config.origins).toEqual(['https://a.example', 'http://127.0.0.1:8085']);
  });

  it('takes a list of trusted proxies', () => {
    const config = readConfig('server', { ...server, TRUSTED_PROXIES: '10.0.0.7, 10.1.0.0/16,fd00::/8' }, host);
    expect(config.trustedProxies).toEqual(['10.0.0.7', '10.1.0.0/16', 'fd00::/8']);
  });

  it.each(['proxy.example', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.7:80', 'fd00::/129', '10.0.0.7,*'])(
    'refuses %s as trusted proxies',
    (text) => {
      expect(problemsOf('server', { ...server, TRUSTED_PROXIES: text })[0]).toMatch(
        /^TRUSTED_PROXIES has an entry \(number \d\) that is no address or range/,
      );
    },
  );

  it.each(['*', 'a.example', 'https://a.example/', 'https://a.example,ftp://b'])('refuses %s as origins', (text) => {
    expect(problemsOf('server', { ...server, ORIGINS: text })[0]).toMatch(
      /^ORIGINS has an entry \(number \d\) that is not an origin/,
    );
  });

  it('takes one address per side', () => {
    const env = { ...simulator, PUBLIC_SERVERS: 'primary=https://a.example/,secondary=https://b.example' };
    expect(readConfig('simulator', env, host).publicServers).toEqual({
      primary: 'https://a.example',
      secondary: 'https://b.example',
    });
  });

  it.each(['primary=https://a.example', 'primary=x,secondary=y', 'https://a.example,https://b.example'])(
    'refuses %s as public servers',
    (text) => {
      expect(problemsOf('simulator', { ...simulator, PUBLIC_SERVERS: text })).toHaveLength(1);
    },
  );
});
