import { type Page } from 'playwright-core';
import { Chromium } from '../kit/browser/chromium';
import { CliProcess } from '../kit/cli';
import { Nginx } from '../kit/network/nginx';
import { waitFor } from '../kit/wait';
import { basic, ConsoleStage, password } from './console-stage.spec-support';

/** The console behind a real nginx that shows it below a path, beside whatever else that host name has. */

let stage: ConsoleStage;
let browser: Chromium;
let nginx: Nginx;

const forwarded = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;';
/** The same console under one path, for a proxy that takes the path off and for one that leaves it on. */
const kinds = ['takes the path off', 'leaves the path on'] as const;

beforeAll(async () => {
  stage = await ConsoleStage.start({ CONSOLE_BASE_PATH: '/lastcall' });
  browser = await Chromium.start();
});
afterAll(async () => {
  await browser.stop();
  await stage.stop();
});

describe.each(kinds)('behind a proxy that %s', (kind) => {
  let page: Page;
  const asked: string[] = [];

  beforeAll(async () => {
    const to = `${stage.app.url}${kind === 'takes the path off' ? '/' : ''}`;
    nginx = await Nginx.start(
      `    location /lastcall/ { proxy_pass ${to}; ${forwarded} }\n    location / { return 404; }`,
    );
    page = await browser.context.newPage();
    page.on('response', (response) => asked.push(`${String(response.status())} ${new URL(response.url()).pathname}`));
  });
  afterAll(async () => {
    await page.close();
    await nginx.stop();
  });

  it('a browser signs in and comes to the page that it wanted', async () => {
    await page.goto(`${nginx.url}/lastcall`);
    expect(page.url()).toBe(`${nginx.url}/lastcall/sign-in?to=%2Flastcall%2F`);
    await page.fill('input[name=user]', 'admin');
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${nginx.url}/lastcall/`);
    const cookies = await browser.context.cookies(`${nginx.url}/lastcall/`);
    expect(cookies.map(({ name, path }) => [name, path])).toEqual([['lastcall_console', '/lastcall/']]);
    expect(await browser.context.cookies(`${nginx.url}/`)).toEqual([]);
  });

  it('the page hears of a loss, tells its story and carries out an order', async () => {
    const agentId = kind === 'takes the path off' ? '1001' : '1002';
    await page.getByText('peripheral').first().waitFor();
    const { epoch } = await stage.lose(agentId);
    // By the event stream alone.
    await page.getByText(agentId).first().waitFor();
    await page.goto(`${nginx.url}/lastcall/#/losses/${agentId}@${String(epoch)}`);
    await page
      .getByText(`${agentId}@${String(epoch)}`)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Hold side' }).first().click();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await waitFor('a side to be held', async () => (await stage.sides.holds()).length === 1);
    for (const side of ['primary', 'secondary'] as const) await stage.order(`/api/sides/${side}/release`);
    await stage.open(agentId);
  });

  it('Bull Board and the way back are there', async () => {
    await page.getByRole('link', { name: 'Bull Board' }).click();
    await page.waitForURL(`${nginx.url}/lastcall/queues/**`);
    await waitFor("the board's own API", () => asked.includes('200 /lastcall/queues/api/queues'));
    await page.getByText('logout').first().waitFor();
    await page.goto(`${nginx.url}/lastcall/`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${nginx.url}/lastcall/sign-in`);
    expect(await browser.context.cookies(`${nginx.url}/lastcall/`)).toEqual([]);
  });

  it('nothing that the browser asked was outside the path, and everything was there', () => {
    // The browser itself looks for an icon of the host name.
    const own = asked.filter((line) => !line.endsWith('/favicon.ico'));
    expect(own.filter((line) => !/ \/lastcall(\/|$)/.test(line))).toEqual([]);
    expect(own.filter((line) => /^[45]/.test(line))).toEqual([]);
  });

  it('the command line finds it by CONSOLE_URL', async () => {
    const env = { CONSOLE_URL: `${nginx.url}/lastcall/`, CONSOLE_PASSWORD: password };
    expect(await new CliProcess(['side', 'status'], env).end()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('an address that leads nowhere says where the console stands', async () => {
    const answer = await fetch(`${nginx.url}/lastcall/nowhere`, { headers: { authorization: basic } });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: { code: 'NOT_FOUND', sentence: expect.stringMatching(/under \/lastcall\/.*CONSOLE_BASE_PATH/) as string },
    });
  });
});
