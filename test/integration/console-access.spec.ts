import { createRequire } from 'node:module';
import { type AppRouteDefs } from '@bull-board/api/typings/app';
import { type AddressInfo } from 'node:net';
import { consoleOff } from '../../apps/console/src/console-off';
import { prepareApp } from '../kit/app';
import { basic, ConsoleStage, password } from './console-stage.spec-support';

/** Who gets into the console: a real process, real requests. */

const ownRoutes: readonly (readonly [string, string])[] = [
  ['GET', '/'],
  ['GET', '/assets/app.mjs'],
  ['GET', '/assets/live.html'],
  ['GET', '/api/overview'],
  ['GET', '/api/agents'],
  ['GET', '/api/agents/1001'],
  ['GET', '/api/losses'],
  ['GET', '/api/losses/1001@2'],
  ['GET', '/api/events'],
  ['POST', '/api/agents/1001/cancel'],
  ['POST', '/api/agents/1001/release'],
  ['POST', '/api/agents/1001/logout'],
  ['POST', '/api/sides/primary/hold'],
  ['POST', '/api/sides/primary/release'],
  ['GET', '/api/sides'],
  ['POST', '/api/sides/primary/drain'],
  ['POST', '/api/sides/primary/resume'],
  ['POST', '/api/sessions/end'],
  ['POST', '/sign-out'],
  ['GET', '/queues'],
  ['GET', '/queues/'],
  ['GET', '/queues/static/css/main.css'],
  ['GET', '/nothing/here'],
  ['OPTIONS', '/api/agents'],
  ['GET', '/METRICS'],
  ['GET', '//metrics/../api/agents'],
  ['GET', '/health/live/../../api/agents'],
  ['GET', '/assets/pico.css%2f..%2flive.html'],
];

/** Bull Board does not export its table of routes; it is read where it lies, so that a new route is asked for too. */
const { appRoutes } = createRequire(__filename)('@bull-board/api/dist/routes.js') as { appRoutes: AppRouteDefs };

const boardRoutes = [appRoutes.entryPoint, ...appRoutes.api].flatMap(({ method, route }) =>
  [method].flat().flatMap((one) =>
    [route].flat().map((path): readonly [string, string] => {
      const filled = path
        .replace(':queueName', 'logout')
        .replace(':jobId', 'logout-1001-2')
        .replace(':queueStatus', 'delayed')
        .replace(':schedulerId', 'sweep');
      return [one.toUpperCase(), `/queues${filled}`];
    }),
  ),
);

let stage: ConsoleStage;
beforeAll(async () => {
  stage = await ConsoleStage.start();
  await stage.lose('1001');
});
afterAll(async () => {
  expect(await stage.stop()).toBe(0);
});

const send = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${stage.app.url}${path}`, { redirect: 'manual', ...init });

async function signIn(): Promise<string> {
  const body = new URLSearchParams({ user: 'admin', password, to: '/' });
  const answer = await send('/sign-in', { method: 'POST', body, headers: { origin: stage.app.url } });
  expect(answer.status).toBe(303);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

describe('without a sign-in', () => {
  it('knows of enough routes of Bull Board to be worth asking', () => {
    expect(boardRoutes.length).toBeGreaterThan(30);
    expect(boardRoutes).toContainEqual(['PUT', '/queues/api/queues/logout/logout-1001-2/promote']);
  });

  it.each([...ownRoutes, ...boardRoutes])('%s %s is refused', async (method, path) => {
    const headers = { 'content-type': 'application/json', origin: stage.app.url };
    const answer = await send(path, { method, headers });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'NOT_SIGNED_IN' } });
  });

  it('a name of an operator that a client makes up lets nobody in', async () => {
    expect((await send('/api/agents', { headers: { 'x-lastcall-operator': 'root' } })).status).toBe(401);
  });

  it('a browser is led to the sign-in page, and from there to what it wanted', async () => {
    const answer = await send('/queues/queue/logout?status=delayed', { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/sign-in?to=%2Fqueues%2Fqueue%2Flogout%3Fstatus%3Ddelayed');
    const page = await (await send(answer.headers.get('location') ?? '')).text();
    expect(page).toContain('value="/queues/queue/logout?status=delayed"');
  });

  it.each(['/health/live', '/health/ready', '/metrics', '/sign-in', '/assets/pico.css'])('%s is open', async (path) => {
    expect((await send(path)).status).toBe(200);
  });
});

describe('with a session', () => {
  it('every page and API answers, Bull Board included', async () => {
    const cookie = await signIn();
    for (const path of ['/', '/assets/app.mjs', '/api/overview', '/queues/', '/queues/api/queues']) {
      expect([path, (await send(path, { headers: { cookie } })).status]).toEqual([path, 200]);
    }
  });

  it('a change is accepted from the console itself and refused from another site', async () => {
    const cookie = await signIn();
    const json = { cookie, 'content-type': 'application/json' };
    const hold = (headers: Record<string, string>): Promise<Response> =>
      send('/api/sides/primary/hold', { method: 'POST', headers: { ...json, ...headers } });
    for (const foreign of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      expect((await hold(foreign)).status).toBe(403);
    }
    const pause = { method: 'PUT', headers: { cookie, origin: 'http://evil.example' } };
    expect((await send('/queues/api/queues/logout/pause', pause)).status).toBe(403);
    expect(await stage.sides.holds()).toEqual([]);
    expect(await stage.queue.isPaused()).toBe(false);
    expect((await hold({ origin: stage.app.url })).status).toBe(200);
  });

  it('ends when the browser signs out', async () => {
    const cookie = await signIn();
    const answer = await send('/sign-out', { method: 'POST', headers: { cookie, origin: stage.app.url } });
    expect(answer.headers.get('set-cookie')).toMatch(/^lastcall_console=; .*Max-Age=0/);
  });

  it('tells browsers to run no inline script and to be framed by nobody', async () => {
    const cookie = await signIn();
    for (const path of ['/', '/queues/']) {
      const policy = (await send(path, { headers: { cookie } })).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
    }
  });
});

describe('with HTTP Basic', () => {
  it('a program gets in without a cookie, and changes need JSON', async () => {
    expect((await send('/api/agents', { headers: { authorization: basic } })).status).toBe(200);
    const answer = await send('/api/agents/1001/cancel', { method: 'POST', headers: { authorization: basic } });
    expect(answer.status).toBe(415);
  });
});

/** A console of its own behind a proxy, so that a request can come from any address. */
async function proxiedConsole(use: (ask: Ask, signInFrom: SignInFrom) => Promise<void>): Promise<void> {
  const env = { REDIS_URL: stage.redis.url, CONSOLE_PASSWORD: password, TRUSTED_PROXIES: '127.0.0.1' };
  const proxied = await prepareApp('console', env);
  await proxied.start();
  const ask: Ask = async (from, authorization = wrong) => {
    const headers = { authorization, 'x-forwarded-for': from };
    return (await fetch(`${proxied.url}/api/agents`, { headers })).status;
  };
  const signInFrom: SignInFrom = (from, { given = password, cookie = '' } = {}) => {
    const headers = { origin: proxied.url, 'x-forwarded-for': from, cookie };
    const body = new URLSearchParams({ user: 'admin', password: given });
    return fetch(`${proxied.url}/sign-in`, { method: 'POST', redirect: 'manual', body, headers });
  };
  try {
    await use(ask, signInFrom);
  } finally {
    await proxied.stop();
  }
}

type Ask = (from: string, authorization?: string) => Promise<number>;
type SignInFrom = (from: string, options?: { given?: string; cookie?: string }) => Promise<Response>;

const wrong = `Basic ${Buffer.from('admin:guess').toString('base64')}`;

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0] ?? '')
    .join('; ');
}

describe('wrong credentials', () => {
  it('are refused five times, and then everybody from that address has to wait, whatever they bring', async () => {
    const fresh = await prepareApp('console', { REDIS_URL: stage.redis.url, CONSOLE_PASSWORD: password });
    await fresh.start();
    const ask = (authorization: string): Promise<Response> =>
      fetch(`${fresh.url}/api/agents`, { headers: { authorization } });
    for (let attempt = 0; attempt < 5; attempt++) expect((await ask(wrong)).status).toBe(401);
    const refused = await ask(basic);
    expect(refused.status).toBe(429);
    const body = new URLSearchParams({ user: 'admin', password });
    const form = await fetch(`${fresh.url}/sign-in`, { method: 'POST', body, headers: { origin: fresh.url } });
    expect(form.status).toBe(429);
    expect(await form.text()).toContain('Too many wrong sign-ins from this address');
    expect(await fresh.stop()).toBe(0);
  });

  it('count for their address even when a program signs in from it with the right ones between them', async () => {
    await proxiedConsole(async (ask) => {
      const seen: number[] = [];
      for (let n = 0; n < 6; n++) seen.push(await ask('198.51.100.1', basic), await ask('198.51.100.1'));
      expect(seen).toEqual([200, 401, 200, 401, 200, 401, 200, 401, 200, 401, 429, 429]);
    });
  });

  it.each([
    ['an IPv4 /24', (n: number) => `198.51.100.${String(n)}`, '203.0.113.1'],
    ['an IPv6 /64', (n: number) => `2001:db8:1:2:${String(n)}::1`, '2001:db8:9:2::1'],
  ])('count for the whole of %s, and for nobody elsewhere', async (_network, addressOf, elsewhere) => {
    await proxiedConsole(async (ask) => {
      const seen = [];
      for (let n = 1; n <= 12; n++) seen.push(await ask(addressOf(n)));
      expect(seen).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
      expect(await ask(addressOf(13), basic)).toBe(429);
      expect(await ask(elsewhere, basic)).toBe(200);
    });
  });

  it('of too many networks together keep out who has never signed in, and nobody who has', async () => {
    await proxiedConsole(async (ask, signInFrom) => {
      expect(await ask('192.0.2.1', basic)).toBe(200);
      const cookie = cookiesOf(await signInFrom('192.0.2.2'));
      const seen = new Map<number, number>();
      for (let n = 0; n < 80; n++) {
        const status = await ask(`10.0.${String(n)}.1`);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
      expect(Object.fromEntries(seen)).toEqual({ 401: 60, 429: 20 });
      expect(await ask('203.0.113.1', basic)).toBe(429);
      const form = await signInFrom('203.0.113.1');
      expect([form.status, await form.text()]).toEqual([429, expect.stringContaining('from everywhere')]);
      expect(await ask('192.0.2.1', basic)).toBe(200);
      // The browser comes from elsewhere today, and its session is over: the cookie that knows it is left.
      const known = cookie.split('; ').filter((one) => one.startsWith('lastcall_console_browser='));
      expect(known).toHaveLength(1);
      expect((await signInFrom('203.0.113.1', { cookie: known.join('') })).status).toBe(303);
    });
  });

  it('from a browser that is known have a limit of their own, and its cookie is no session', async () => {
    await proxiedConsole(async (ask, signInFrom) => {
      const signedIn = cookiesOf(await signInFrom('192.0.2.2'));
      const cookie = signedIn.split('; ').find((one) => one.startsWith('lastcall_console_browser=')) ?? '';
      const seen = [];
      for (let n = 1; n <= 6; n++) {
        seen.push((await signInFrom(`10.0.${String(n)}.1`, { cookie, given: 'guess' })).status);
      }
      expect(seen).toEqual([401, 401, 401, 401, 401, 429]);
      const session = cookie.replace('lastcall_console_browser=', 'lastcall_console=');
      const { status } = await fetch(`${stage.app.url}/api/agents`, { headers: { cookie: session } });
      expect(status).toBe(401);
      expect(await ask('10.0.1.1', basic)).toBe(200);
    });
  });
});

describe('behind a trusted proxy', () => {
  it('the wrong sign-ins of one client keep no other out, and what it writes into the header counts for nothing', async () => {
    await proxiedConsole(async (ask) => {
      for (let n = 0; n < 5; n++) expect(await ask(`10.${String(n)}.0.1, 198.51.100.1`)).toBe(401);
      expect(await ask('198.51.100.1', basic)).toBe(429);
      expect(await ask('203.0.113.2', basic)).toBe(200);
    });
  });
});

describe('without a password', () => {
  it('nothing is served but liveness, and the reason is told', async () => {
    const server = consoleOff().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    for (const path of ['/', '/health/ready', '/metrics', '/api/agents', '/queues', '/queues/api/queues', '/sign-in']) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: basic } });
      expect([path, answer.status]).toEqual([path, 503]);
      expect(await answer.json()).toMatchObject({ error: { code: 'CONSOLE_OFF' } });
    }
    await new Promise((resolve) => server.close(resolve));
  });
});
