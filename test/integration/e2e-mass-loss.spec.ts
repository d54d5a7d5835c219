import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { type Side } from '../kit/site/site-options';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * Many desktops lost at once (reliability: rules M1 to M4), with real processes; times scaled down: a protection lasts
 * 4 to 8 s instead of 2 to 15 min, and after it three are signed out per second instead of one.
 */
const massLoss = {
  windowMs: 2_000,
  lossesMin: 5,
  share: 0.15,
  holdMsMin: 4_000,
  backShare: 0.85,
  holdMsMax: 8_000,
  slowPerSecondMax: 3,
  logoutShare: 1,
};

const ids = (first: number, count: number): string[] => Array.from({ length: count }, (_, n) => String(first + n));

describe('a side that loses many desktops at once', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ env: { SIM_AGENTS: '120' }, massLoss });
  });
  afterAll(() => site.stop());

  const openAll = async (agentIds: readonly string[], side: Side): Promise<TestDesktop[]> => {
    await Promise.all(agentIds.map((agentId) => site.signIn(agentId)));
    return Promise.all(agentIds.map((agentId) => site.open(agentId, side)));
  };
  const logoutsOf = async (agentIds: readonly string[]): Promise<{ agentId: string; at: number }[]> =>
    (await site.logouts()).filter(({ agentId }) => agentIds.includes(agentId));

  it('keeps its hands off while they come back, on either side, and then signs out the few that do not', async () => {
    const lost = ids(1001, 40);
    const desktops = await openAll(lost, 'primary');
    const lostAt = Date.now();
    for (const desktop of desktops) desktop.crash();
    await pause(siteTimes.graceMs + siteTimes.heldLookMs);
    // Grace is over, and nobody is back yet.
    expect(await logoutsOf(lost)).toEqual([]);
    const held = await waitFor('1001 to be held', async () => {
      const { phase } = await site.record('1001');
      return phase.name === 'held' ? phase : undefined;
    });
    expect(held.reasons).toEqual(['massLoss']);
    const ghosts = lost.slice(-3);
    await Promise.all(lost.slice(0, -3).map((agentId, n) => site.open(agentId, n % 2 === 0 ? 'primary' : 'secondary')));
    await waitFor('the ghosts to be out', async () => (await logoutsOf(ghosts)).length === ghosts.length);
    const logouts = await logoutsOf(lost);
    expect(logouts.map(({ agentId }) => agentId).sort()).toEqual(ghosts);
    for (const { at } of logouts) expect(at - lostAt).toBeGreaterThanOrEqual(massLoss.holdMsMin);
  });

  it('lets those who never come back go slowly when the longest hold is over, each once', async () => {
    const lost = ids(1050, 20);
    const desktops = await openAll(lost, 'secondary');
    const lostAt = Date.now();
    for (const desktop of desktops) desktop.crash();
    await waitFor('all to be out', async () => (await logoutsOf(lost)).length === lost.length);
    const at = (await logoutsOf(lost)).map((request) => request.at).sort((one, other) => one - other);
    expect(at).toHaveLength(lost.length);
    expect(at[0]! - lostAt).toBeGreaterThanOrEqual(massLoss.holdMsMax);
    // Three in any second; a request takes a moment from its commit to the CTI server, and that moment varies.
    const slackMs = 400;
    for (let n = 0; n + massLoss.slowPerSecondMax < at.length; n++) {
      expect(at[n + massLoss.slowPerSecondMax]! - at[n]!).toBeGreaterThan(1_000 - slackMs);
    }
  });

  it('is not protected by byes: agents who close their desktops at the end of a shift are signed out as ever', async () => {
    const leaving = ids(1080, 20);
    const desktops = await openAll(leaving, 'primary');
    await Promise.all(desktops.map((desktop) => desktop.bye()));
    await waitFor('all to be out', async () => (await logoutsOf(leaving)).length === leaving.length);
    const told = await site.told(leaving[0]!);
    expect(told.filter(({ entry }) => entry.what === 'held' && entry.reasons.includes('massLoss'))).toEqual([]);
  });

  it('tells each turn of the protection in the journal, once', async () => {
    const turns = (await site.told('')).flatMap(({ entry }) =>
      entry.what === 'sideProtected' ? [`${entry.side} ${entry.state}`] : [],
    );
    expect(turns.filter((turn) => turn === 'primary held')).toHaveLength(1);
    expect(turns.filter((turn) => turn === 'secondary held')).toHaveLength(1);
    expect(turns).toContain('primary over');
    expect(turns).toContain('secondary slow');
  });
});
