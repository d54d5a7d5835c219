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

describe('wrong credentials', () => {
  it('are refused five times, and then everybody from that address has to wait, whatever they bring', async () => {
    const fresh = await prepareApp('console', { REDIS_URL: stage.redis.url, CONSOLE_PASSWORD: password });
    await fresh.start();
    const wrong = `Basic ${Buffer.from('admin:guess').toString('base64')}`;
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
});

describe('behind a trusted proxy', () => {
  it('the wrong sign-ins of one client keep no other out, and what it writes into the header counts for nothing', async () => {
    const env = { REDIS_URL: stage.redis.url, CONSOLE_PASSWORD: password, TRUSTED_PROXIES: '127.0.0.1' };
    const proxied = await prepareApp('console', env);
    await proxied.start();
    const ask = async (from: string, authorization: string): Promise<number> => {
      const headers = { authorization, 'x-forwarded-for': from };
      return (await fetch(`${proxied.url}/api/agents`, { headers })).status;
    };
    const wrong = `Basic ${Buffer.from('admin:guess').toString('base64')}`;
    try {
      for (let n = 0; n < 5; n++) expect(await ask(`10.0.0.${String(n)}, 198.51.100.1`, wrong)).toBe(401);
      expect(await ask('198.51.100.1', basic)).toBe(429);
      expect(await ask('198.51.100.2', basic)).toBe(200);
    } finally {
      await proxied.stop();
    }
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
