import { type App } from '../kit/app';
import { Chromium } from '../kit/browser/chromium';
import { CliProcess } from '../kit/cli';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * Ghosts whose sign-out the CTI server rejected are tried again by themselves, here after an hour. An operator who has
 * mended the cause orders it for all of them at once.
 */

const user = 'mia';
const password = 'a-password-of-the-tests';
const retryMs = 3_600_000;

interface Rejected {
  readonly count: number;
  readonly agents: readonly {
    readonly agentId: string;
    readonly since: number;
    readonly attempts: number;
    readonly sentence: string;
  }[];
}

describe('ghosts whose sign-out the CTI server has rejected', () => {
  let site: Site;
  let console_: App;
  beforeAll(async () => {
    site = await startSite({ policy: { retryMs } });
    console_ = await site.prepare('console', { CONSOLE_USER: user, CONSOLE_PASSWORD: password });
    await console_.start();
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  async function call(path: string, method = 'GET'): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${console_.url}${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    return { status: answer.status, body: await answer.json() };
  }

  const lastcall = (...args: string[]) =>
    new CliProcess(args, { CONSOLE_URL: console_.url, CONSOLE_USER: user, CONSOLE_PASSWORD: password }).end();

  /** Their desktops crash while the CTI server rejects everything; then it takes requests again. */
  async function beRejected(agentIds: readonly string[]): Promise<void> {
    for (const side of ['A', 'B']) {
      await site.post('/faults', { side, fault: 'reject', on: true, failureCode: 1, peripheralErrorCode: 1 });
    }
    for (const agentId of agentIds) {
      await site.signIn(agentId);
      (await site.open(agentId)).crash();
    }
    await waitFor(
      'all of them to be listed',
      async () => {
        const { agents } = (await call('/api/rejected')).body as Rejected;
        return agentIds.every((agentId) => agents.some((one) => one.agentId === agentId));
      },
      { seen: async () => (await call('/api/rejected')).body },
    );
    await site.post('/faults', {}, 'DELETE');
  }

  it('are listed with what it said, the longest first, and one order tries all of them again', async () => {
    await beRejected(['1001', '1002', '1003']);
    // One of them is back: no ghost any more.
    await site.open('1003', 'secondary');
    await site.untilPhase('1003', 'present');
    await pause(2 * siteTimes.sweepMs);
    const { count, agents } = (await call('/api/rejected')).body as Rejected;
    expect(agents.map(({ agentId }) => agentId).sort()).toEqual(['1001', '1002']);
    const since = agents.map((agent) => agent.since);
    expect(since).toEqual([...since].sort((one, other) => one - other));
    expect(count).toBe(2);
    for (const { attempts, sentence } of agents) {
      expect(attempts).toBe(1);
      expect(sentence).toMatch(/^Held: the CTI server rejected the request\. ./);
    }
    expect((await site.logouts('1001')).filter(({ effective }) => effective)).toEqual([]);
    const { status, body } = await call('/api/rejected/logout', 'POST');
    expect([status, body]).toEqual([200, { ordered: 2, refused: 0, refusals: [], left: 0 }]);
    await Promise.all(['1001', '1002'].map((agentId) => site.untilOutcome(agentId, 'loggedOut')));
    expect((await site.ctiAgent('1003')).stateName).not.toBe('LOGOUT');
    const acts = (await site.told('')).flatMap(({ entry }) => (entry.what === 'operatorActed' ? [entry] : []));
    expect(acts).toMatchObject([
      {
        by: user,
        sentence: 'Another sign-out of 2 agents whose last one the CTI server has rejected was ordered by mia.',
      },
    ]);
    expect(JSON.stringify(await site.told('1001'))).toContain(`Logout ordered by ${user}: due now.`);
    expect(await call('/api/rejected/logout', 'POST')).toMatchObject({ status: 409 });
  });

  it('are on the page, which asks before it orders', async () => {
    await beRejected(['1011', '1012']);
    const browser = await Chromium.start();
    try {
      const page = await browser.tab(console_.url);
      await page.fill('input[name=user]', user);
      await page.fill('input[name=password]', password);
      await page.keyboard.press('Enter');
      const card = page.getByLabel('Rejected sign-outs');
      await card.getByText('2 ghosts whose sign-out the CTI server rejects').waitFor();
      await card.getByText('the CTI server rejected the request').first().waitFor();
      await card.getByRole('button', { name: 'Try all again' }).click();
      expect((await site.record('1011')).phase).toMatchObject({ name: 'held', reasons: ['rejected'] });
      await page.getByRole('dialog').getByRole('button', { name: 'Try all again' }).click();
      await page.getByText('The logout of 2 agents whose last one was rejected is ordered.').waitFor();
    } finally {
      await browser.stop();
    }
    await Promise.all(['1011', '1012'].map((agentId) => site.untilOutcome(agentId, 'loggedOut')));
  });

  it('are listed and tried again from the command line, not without being asked', async () => {
    await beRejected(['1018']);
    const listed = await lastcall('ghosts', 'list', 'rejected');
    expect(listed.exitCode).toBe(0);
    expect(listed.stdout).toMatch(
      /^1 agent whose sign-out the CTI server has rejected\n1018 {2}for \d+ s, 1 request {2}Held: the CTI server rejected/,
    );
    expect(await lastcall('ghosts', 'logout', 'rejected')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await lastcall('ghosts', 'logout', 'rejected', '--yes')).toMatchObject({
      exitCode: 0,
      stdout: 'ordered: 1, without effect: 0, left for another order: 0\n',
    });
    await site.untilOutcome('1018', 'loggedOut');
    const again = await lastcall('ghosts', 'logout', 'rejected', '--yes');
    expect(again).toMatchObject({ exitCode: 1, stderr: 'lastcall: No ghost waits after a rejected sign-out.\n' });
  });
});
