import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';
import { untilMissing } from './outages.spec-support';

/** Somebody else signs an agent out whose desktop is open: the desktop must not believe that the agent can work. */

const taken = { reasonCode: 32_741, reason: 'another agent signed in on the same extension', isSystem: true };

const toldOpened = (desktop: TestDesktop): Record<string, unknown>[] =>
  desktop.messages().filter(({ type }) => type === 'opened');

const lastOpened = (desktop: TestDesktop): Record<string, unknown> | undefined => toldOpened(desktop).at(-1);

const untilTold = (desktop: TestDesktop, mustSignIn: boolean): Promise<unknown> =>
  waitFor(
    `the desktop to be told mustSignIn: ${String(mustSignIn)}`,
    () => lastOpened(desktop)?.['mustSignIn'] === mustSignIn,
    { seen: () => lastOpened(desktop) },
  );

describe('an agent whom somebody else signs out while a desktop is open', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  it.each([
    ['1001', 'primary'],
    ['1002', 'secondary'],
  ] as const)('is told at once, with the reason, and again when signed in: agent %s, %s', async (agentId, side) => {
    await site.signIn(agentId);
    const desktop = await site.open(agentId, side);
    await untilTold(desktop, false);
    await site.post(`/agents/${agentId}/logout`, { reasonCode: taken.reasonCode });
    await untilTold(desktop, true);
    expect(lastOpened(desktop)).toMatchObject({ mustSignIn: true, signOut: taken });
    await site.signIn(agentId);
    await untilTold(desktop, false);
    expect(lastOpened(desktop)).not.toHaveProperty('signOut');
    expect((await site.logouts(agentId)).length).toBe(0);
  });

  it('is told by all of its desktops, and those of others hear nothing', async () => {
    await Promise.all(['1003', '1004'].map((agentId) => site.signIn(agentId)));
    const own = [await site.open('1003', 'primary'), await site.open('1003', 'secondary')];
    const other = await site.open('1004');
    await untilTold(other, false);
    const before = toldOpened(other).length;
    await site.post('/agents/1003/logout', {});
    for (const desktop of own) {
      await untilTold(desktop, true);
      expect(lastOpened(desktop)).toMatchObject({ signOut: { reasonCode: null, reason: '', isSystem: false } });
    }
    expect(toldOpened(other)).toHaveLength(before);
  });

  it('is told after an outage of the CTI servers in which it happened', async () => {
    await site.signIn('1005');
    const desktop = await site.open('1005');
    await untilTold(desktop, false);
    for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'down' });
    await Promise.all(Object.values(site.workers).map((worker) => untilMissing(worker, 'ctiLink')));
    await site.post('/agents/1005/logout', { reasonCode: taken.reasonCode });
    for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'up' });
    await untilTold(desktop, true);
  });
});
