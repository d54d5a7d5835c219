import { Redis } from 'ioredis';
import { Keys } from '#store/keys';
import { Chromium } from '../kit/browser/chromium';
import { peripheralId } from '../kit/site/site';
import { ConsoleStage, password } from './console-stage.spec-support';
import { hangMsMax } from '../kit/wait';

const by = 'an-operator-with-a-long-name';

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
      if (await page.locator('input[name=password]').isVisible()) {
        await page.fill('input[name=user]', 'admin');
        await page.fill('input[name=password]', password);
        await page.keyboard.press('Enter');
      }
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
});
