import { type Page } from 'playwright-core';
import { Chromium } from '../kit/browser/chromium';
import { type App } from '../kit/app';
import { lastcall } from '../kit/cli';
import { hangMsMax, waitFor } from '../kit/wait';
import { ConsoleStage, password } from './console-stage.spec-support';

/** How sessions of the console end, on two consoles that share Redis. */

let stage: ConsoleStage;
let first: App;
let second: App;
beforeAll(async () => {
  stage = await ConsoleStage.start();
  // So that a session that has just begun is still there after a kill.
  await stage.connection.config('SET', 'appendfsync', 'always');
  first = stage.app;
  second = await stage.anotherConsole();
});
afterAll(async () => {
  expect(await second.stop()).toBe(0);
  expect(await stage.stop()).toBe(0);
});

function send(app: App, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${app.url}${path}`, { redirect: 'manual', ...init });
}

function post(app: App, path: string, cookie: string): Promise<Response> {
  const headers = { cookie, origin: app.url, 'content-type': 'application/json' };
  return send(app, path, { method: 'POST', headers, body: '{}' });
}

/** The Cookie header of a new session. */
async function signIn(app: App = first): Promise<string> {
  const body = new URLSearchParams({ user: 'admin', password });
  const answer = await send(app, '/sign-in', { method: 'POST', body, headers: { origin: app.url } });
  expect(answer.status).toBe(303);
  return sessionOf(answer);
}

function sessionOf(answer: Response): string {
  const pairs = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  return pairs.find((pair) => pair.startsWith('lastcall_console=')) ?? '';
}

async function statusOf(app: App, cookie: string, path = '/api/overview'): Promise<number> {
  return (await send(app, path, { headers: { cookie } })).status;
}

/** The event stream of a page; answers when the console has ended it. */
async function openEvents(app: App, cookie: string): Promise<{ hasEnded: () => boolean }> {
  const answer = await send(app, '/api/events', { headers: { cookie } });
  expect(answer.status).toBe(200);
  let ended = false;
  void (async () => {
    for await (const chunk of answer.body!) expect(chunk).toBeDefined();
    ended = true;
  })();
  return { hasEnded: () => ended };
}

describe('a session', () => {
  it('that was signed out is over on every console, with its orders and its event streams, and no other one is', async () => {
    const [cookie, other] = [await signIn(first), await signIn(second)];
    const streams = [await openEvents(first, cookie), await openEvents(second, cookie)];
    const othersStream = await openEvents(second, other);
    for (const app of [first, second]) expect(await statusOf(app, cookie)).toBe(200);
    const signedOut = await post(first, '/sign-out', cookie);
    expect([signedOut.status, sessionOf(signedOut)]).toEqual([303, 'lastcall_console=']);
    for (const app of [first, second]) {
      for (const path of ['/', '/api/overview', '/api/events', '/queues/api/queues']) {
        expect([path, await statusOf(app, cookie, path)]).toEqual([path, 401]);
      }
      expect((await post(app, '/api/sides/primary/hold', cookie)).status).toBe(401);
    }
    expect(await stage.sides.holds()).toEqual([]);
    await waitFor('the end of its event streams', () => streams.every(({ hasEnded }) => hasEnded()));
    expect(othersStream.hasEnded()).toBe(false);
    expect(await statusOf(first, other)).toBe(200);
  });

  it('ends with all others when an operator orders it, which the journal says', async () => {
    const cookies = [await signIn(first), await signIn(second)];
    const stream = await openEvents(second, cookies[0] ?? '');
    const env = { CONSOLE_URL: first.url, CONSOLE_PASSWORD: password };
    const { exitCode, stdout, stderr } = await lastcall(['sessions', 'end'], { env });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+ sessions of the console were ended\./);
    for (const app of [first, second]) {
      for (const cookie of cookies) expect(await statusOf(app, cookie)).toBe(401);
    }
    await waitFor('the end of its event stream', () => stream.hasEnded());
    await waitFor('a line of the journal', async () =>
      (await stage.journalSentences()).some((sentence) => /sessions of the console were ended by admin/.test(sentence)),
    );
  });

  it('ends with the password that it began with', async () => {
    const cookie = await signIn();
    const third = await stage.anotherConsole({ CONSOLE_PASSWORD: 'another password' });
    expect(await statusOf(third, cookie)).toBe(401);
    expect(await third.stop()).toBe(0);
  });

  it('ends with the data of Redis', async () => {
    const cookie = await signIn();
    await stage.connection.flushall();
    expect(await statusOf(first, cookie)).toBe(401);
  });
});

describe('with Redis away', () => {
  it('nobody is told to be signed out who is not; the page is there, and is told what is away', async () => {
    const cookie = await signIn();
    const stream = await openEvents(first, cookie);
    await stage.redis.kill9();
    const refused = await post(first, '/sign-out', cookie);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain('You are still signed in');
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(await statusOf(first, cookie, '/')).toBe(200);
    expect(await statusOf(first, 'lastcall_console=forged', '/')).toBe(401);
    for (const path of ['/api/overview', '/api/events', '/queues/api/queues']) {
      const answer = await send(first, path, { headers: { cookie } });
      expect([path, answer.status, await answer.json()]).toMatchObject([path, 503, { error: { code: 'STORE_AWAY' } }]);
    }
    const body = new URLSearchParams({ user: 'admin', password });
    const form = await send(first, '/sign-in', { method: 'POST', body, headers: { origin: first.url } });
    expect([form.status, await form.text()]).toEqual([503, expect.stringContaining('Redis cannot be reached')]);
    expect(stream.hasEnded()).toBe(false);
    await stage.redis.restart();
    await waitFor('the session to be good again', async () => (await statusOf(first, cookie)) === 200);
    expect((await post(first, '/sign-out', cookie)).status).toBe(303);
    expect(await statusOf(first, cookie)).toBe(401);
    await waitFor('the end of its event stream', () => stream.hasEnded());
  });
});

describe('a sign-out from a page whose session has ended meanwhile', () => {
  it('leads to the sign-in page', async () => {
    const cookie = await signIn();
    expect((await post(second, '/sign-out', cookie)).status).toBe(303);
    const headers = { cookie, origin: first.url, accept: 'text/html' };
    const again = await send(first, '/sign-out', { method: 'POST', headers });
    expect([again.status, again.headers.get('location')]).toEqual([303, '/sign-in']);
  });
});

describe('the live page in a browser', () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await Chromium.start();
  });
  afterAll(() => browser.stop());

  async function signedInTab(): Promise<Page> {
    const page = await browser.tab(first.url);
    if (await page.locator('input[name=password]').isVisible()) {
      await page.fill('input[name=user]', 'admin');
      await page.fill('input[name=password]', password);
      await page.keyboard.press('Enter');
    }
    await page.getByText('peripheral').waitFor({ timeout: hangMsMax });
    return page;
  }

  it('asks for the password when its session was ended elsewhere', async () => {
    const page = await signedInTab();
    expect((await stage.ask('/api/sessions/end', { method: 'POST', headers: json, body: '{}' })).status).toBe(200);
    await page.locator('input[name=password]').waitFor({ timeout: hangMsMax });
    await page.close();
  });

  it('says that Redis is away when it is loaded meanwhile, and that a sign-out was in vain', async () => {
    const page = await signedInTab();
    await stage.redis.kill9();
    await page.reload();
    await page.getByText('Redis cannot be reached').waitFor({ timeout: hangMsMax });
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('You are still signed in').waitFor({ timeout: hangMsMax });
    await stage.redis.restart();
    await waitFor('the console to be ready', async () => (await send(first, '/health/ready')).status === 200);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('input[name=password]').waitFor({ timeout: hangMsMax });
    await page.close();
  });
});

const json = { 'content-type': 'application/json' };
