import { Redis } from 'ioredis';
import { type Page } from 'playwright-core';
import { Keys } from '#store/keys';
import { PolicyBoard } from '#store/policy-board';
import { Chromium } from '../kit/browser/chromium';
import { peripheralId } from '../kit/site/site';
import { ConsoleStage, password } from './console-stage.spec-support';
import { hangMsMax, waitFor } from '../kit/wait';

const postMs = 1_000;
const by = 'an-operator-with-a-long-name';

async function signIn(page: Page): Promise<void> {
  if (!(await page.locator('input[name=password]').isVisible())) return;
  await page.fill('input[name=user]', 'admin');
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
}

/** The live page in a real browser. */
describe('the live page', () => {
  let stage: ConsoleStage;
  let browser: Chromium;

  beforeAll(async () => {
    stage = await ConsoleStage.start();
    browser = await Chromium.start();
  });
  afterAll(async () => {
    await browser.stop();
    await stage.stop();
  });

  it.each([1440, 800, 400])(
    'keeps every order within reach, %i wide, while a side is held and in maintenance',
    async (width) => {
      for (const side of ['primary', 'secondary'] as const) {
        await stage.sides.hold(side, by);
      }
      // A maintenance as drain-side.lua writes it; no server runs here that could take the desktops.
      const redis = new Redis(stage.redis.url);
      await redis.hset(new Keys(peripheralId).drains, 'primary', `${String(Date.now())}|300000|${by}`);
      redis.disconnect();
      const page = await browser.tab(stage.app.url);
      await page.setViewportSize({ width, height: 900 });
      await signIn(page);
      await page.getByText('End maintenance').first().waitFor();
      // What lies over a button gets its clicks: a trial click fails then.
      for (const name of ['End maintenance', 'Release side']) {
        for (const button of await page.getByRole('button', { name }).all()) {
          await button.click({ trial: true, timeout: hangMsMax });
        }
      }
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.close();
    },
  );

  it('and Bull Board ask no other host for anything, and have no error in the browser', async () => {
    const page = await browser.context.newPage();
    const hosts = new Set<string>();
    const errors: string[] = [];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(stage.app.url);
    await signIn(page);
    await page.getByText('peripheral').waitFor();
    await page.goto(`${stage.app.url}/queues`);
    await page.getByText('sweep').first().waitFor();
    expect(errors).toEqual([]);
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(stage.app.url).host]);
    await page.close();
  });

  it('shows which processes act by another policy, with both values, until they do not', async () => {
    const board = new PolicyBoard(stage.connection, { peripheralId });
    const others = ['server-1', 'worker-1'];
    const values = { 'default.graceMs.lost': '20001' };
    const page = await browser.tab(stage.app.url);
    await signIn(page);
    const alarm = page.getByLabel('Alarms').getByText('by another policy');
    // The console compares every 15 s; a process says as often what it acts by.
    const posting = setInterval(() => {
      for (const id of others) void board.post(id, { digest: 'other', values });
    }, postMs);
    try {
      await alarm.waitFor({ timeout: hangMsMax });
    } finally {
      clearInterval(posting);
    }
    expect(await alarm.textContent()).toMatch(
      /Alarm\s+server-1, worker-1 act by another policy than this console: .*default\.graceMs\.lost is \d+ here and 20001 there/,
    );
    for (const id of others) await board.withdraw(id);
    await alarm.waitFor({ state: 'hidden', timeout: hangMsMax });
    await page.close();
  });

  it('in eight tabs at once shares one stream, and an order in the last one gets through', async () => {
    for (const side of ['primary', 'secondary'] as const) await stage.sides.release(side);
    const pages: Page[] = [];
    for (let n = 0; n < 8; n++) {
      const page = await browser.tab(stage.app.url);
      await signIn(page);
      await page.getByRole('button', { name: 'Hold side' }).first().waitFor();
      pages.push(page);
    }
    const last = pages.at(-1)!;
    await last.getByRole('button', { name: 'Hold side' }).first().click();
    await last.getByRole('button', { name: 'Hold', exact: true }).click();
    await waitFor('the side to be held', async () => (await stage.sides.holds()).length > 0);
    // All of them have heard of it, and show it as soon as they are in front.
    for (const page of pages) {
      await page.bringToFront();
      await page.getByRole('button', { name: 'Release side' }).first().waitFor();
    }
    await stage.sides.release('primary');
    for (const page of pages) await page.close();
  });
});
