import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** An ordinary end of a shift: half of a side goes home at once. Neither is a catastrophe, and no ghost hides behind it. */

const massLoss = {
  windowMs: 2_000,
  lossesMin: 5,
  share: 0.15,
  holdMsMin: 60_000,
  backShare: 0.85,
  holdMsMax: 600_000,
  slowPerSecondMax: 1,
  logoutShare: 0.15,
};

const ids = (first: number, count: number): string[] => Array.from({ length: count }, (_, n) => String(first + n));

async function atWork(site: Site, agentIds: readonly string[]): Promise<TestDesktop[]> {
  await Promise.all(agentIds.map((agentId) => site.signIn(agentId)));
  return Promise.all(agentIds.map((agentId) => site.open(agentId)));
}

async function signedOutOf(site: Site, agentIds: readonly string[]): Promise<number> {
  const signedIn = await site.signedIn();
  return agentIds.filter((agentId) => !signedIn.has(agentId)).length;
}

const protections = async (site: Site): Promise<string[]> =>
  (await site.journal()).flatMap(({ entry }) => (entry.what === 'sideProtected' ? [entry.sentence] : []));

describe('a shift that ends', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ massLoss, env: { SIM_AGENTS: '120', CTI_REQUESTS_PER_SECOND_MAX: '10' } });
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  it('with sign-outs and shut lids loses nobody: no loss, no protection; a real ghost beside them is out', async () => {
    const agentIds = ids(1001, 30);
    const desktops = await atWork(site, agentIds);
    const [ghost] = await atWork(site, ['1031']);
    await Promise.all(agentIds.map((agentId) => site.post(`/agents/${agentId}/logout`, {})));
    await waitFor('all to be known as signed out', async () => {
      const agents = await Promise.all(agentIds.map((agentId) => site.record(agentId)));
      return agents.every(({ signedIn }) => signedIn === 'no');
    });
    for (const desktop of desktops) desktop.crash();
    ghost?.crash();
    await site.untilOutcome('1031', 'loggedOut');
    await waitFor('all desktops to be gone from the records', async () => {
      const agents = await Promise.all(agentIds.map((agentId) => site.record(agentId)));
      return agents.every((agent) => Object.keys(agent.desktops).length === 0);
    });
    const lost = (await site.journal()).filter(({ entry }) => entry.what === 'lossBegan').map(({ agentId }) => agentId);
    expect(lost).toEqual(['1031']);
    expect(await protections(site)).toEqual([]);
    expect((await site.requests()).map(({ agentId }) => agentId)).toEqual(['1031']);
  });

  it('with closed browsers signs everybody out at the pace of the CTI server, and not at a share of the side a minute', async () => {
    const agentIds = ids(1041, 60);
    const desktops = await atWork(site, agentIds);
    await Promise.all(desktops.map((desktop) => desktop.bye()));
    await waitFor('all to be out', async () => (await signedOutOf(site, agentIds)) === agentIds.length, {
      seen: () => signedOutOf(site, agentIds),
    });
    const held = (await site.journal()).filter(
      ({ agentId, entry }) => agentIds.includes(agentId) && entry.what === 'held' && entry.reasons.includes('massLoss'),
    );
    expect(held).toEqual([]);
    expect(await protections(site)).toEqual([]);
  });
});
