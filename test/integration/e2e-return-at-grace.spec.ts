import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause } from '../kit/wait';

/** Returns on the other side within this of the end of the grace, on either side of it. */
const jitterMs = 50;
const agentsCount = 200;

/** Agents are lost in groups, so that the machine is not what decides who comes first. */
const groupSize = 25;

describe('agents who return on the other side at the end of the grace, ± 50 ms', () => {
  let site: Site;
  beforeAll(async () => {
    // Only returns are looked at here: no desktop may fall silent because the test itself is slow.
    site = await startSite({ times: { detectionMs: 60_000 }, env: { SIM_AGENTS: String(agentsCount) } });
  });
  afterAll(() => site.stop());

  it(`are never signed out once their desktop was acknowledged, ${String(agentsCount)} times`, async () => {
    const agents = Array.from({ length: agentsCount }, (_, number) => String(1001 + number));
    for (const agentId of agents) await site.signIn(agentId);
    const returned = new Map<string, TestDesktop>();
    for (let start = 0; start < agents.length; start += groupSize) {
      const group = agents.slice(start, start + groupSize);
      await Promise.all(
        group.map(async (agentId, place) => returned.set(agentId, await leaveAndReturn(agentId, place))),
      );
    }
    await pause(siteTimes.graceMs + 2_000);
    const logouts = await site.logouts();
    const wrong = logouts.filter((logout) => {
      const desktop = returned.get(logout.agentId);
      const openedAt = desktop?.log.find(({ message }) => typeOf(message) === 'opened')?.at ?? Infinity;
      return logout.effective && logout.at > openedAt;
    });
    expect([...returned.values()].filter(({ closed }) => closed !== undefined)).toEqual([]);
    expect(wrong.map(({ agentId }) => agentId)).toEqual([]);
    // Both orders must have happened, or the test has shown nothing.
    const signedOutFirst = [...returned.values()].filter(({ opened }) => opened?.mustSignIn === true).length;
    expect(signedOutFirst).toBeGreaterThan(0);
    expect(signedOutFirst).toBeLessThan(agentsCount);
    // A desktop that was told to sign in again is one whose agent was signed out before, and only then.
    expect(logouts.filter(({ effective }) => effective)).toHaveLength(signedOutFirst);
  });

  async function leaveAndReturn(agentId: string, place: number): Promise<TestDesktop> {
    const before = await site.open(agentId, 'primary');
    const lostAt = Date.now();
    before.crash();
    const offMs = (place / (groupSize - 1)) * 2 * jitterMs - jitterMs;
    await pause(lostAt + siteTimes.graceMs + offMs - Date.now());
    return site.open(agentId, 'secondary');
  }
});

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}
