import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause } from '../kit/wait';

/** Kill -9 of a server, and of Redis. */
const times = { ...siteTimes, requestTimeoutMs: 4_000, issuingMsMax: 10_000 };
const settledMs = times.graceMs + 3_000;

let site: Site;
beforeAll(async () => {
  site = await startSite({ times, env: { SIM_AGENTS: '20' } });
});
afterAll(() => site.stop());

describe('a server that is killed', () => {
  it('with ten desktops, of which eight go to the other side: the two ghosts are signed out and nobody else', async () => {
    const agents = Array.from({ length: 10 }, (_, number) => String(1001 + number));
    for (const agentId of agents) await site.signIn(agentId, 'READY');
    await Promise.all(agents.map((agentId) => site.open(agentId, 'primary')));
    await site.servers.primary.kill9();
    const back = agents.slice(0, 8);
    await Promise.all(back.map((agentId) => site.open(agentId, 'secondary')));
    for (const ghost of agents.slice(8)) await site.untilOutcome(ghost, 'loggedOut');
    await pause(settledMs);
    for (const agentId of back) expect(await site.requests(agentId)).toEqual([]);
    for (const ghost of agents.slice(8)) {
      expect((await site.told(ghost)).map(({ entry }) => entry)).toContainEqual(
        expect.objectContaining({ what: 'lossBegan', cause: 'serverLost' }),
      );
    }
    await site.servers.primary.start();
  });

  it('and started again at once under the same name: its former desktops are not taken for present', async () => {
    await site.signIn('1011');
    await site.open('1011', 'primary');
    await site.servers.primary.kill9();
    await site.servers.primary.start();
    await site.untilOutcome('1011', 'loggedOut');
  });
});

describe('Redis that is killed', () => {
  it('and comes back after a second: those who are present stay, the ghost is signed out', async () => {
    await site.signIn('1012', 'READY');
    await site.signIn('1013', 'READY');
    const present = await site.open('1012', 'primary');
    (await site.open('1013', 'secondary')).crash();
    await site.untilPhase('1013', 'grace');
    // Everysec: what is younger than this may be lost, and the next test is about that.
    await pause(1_100);
    await site.redis.kill9();
    await pause(1_000);
    await site.redis.restart();
    await site.untilOutcome('1013', 'loggedOut');
    await pause(settledMs);
    expect(await site.requests('1012')).toEqual([]);
    expect(present.closed).toBeUndefined();
    expect(await site.record('1012')).toMatchObject({ phase: { name: 'present' } });
  });

  it('while desktops come and go: what happened meanwhile is made good on its return', async () => {
    for (const agentId of ['1014', '1015']) await site.signIn(agentId, 'READY');
    const leaves = await site.open('1014', 'primary');
    const stays = await site.open('1015', 'primary');
    await site.redis.kill9();
    leaves.crash();
    await pause(times.graceMs);
    await site.redis.restart();
    await site.untilOutcome('1014', 'loggedOut');
    await pause(settledMs);
    expect(await site.requests('1015')).toEqual([]);
    expect(stays.closed).toBeUndefined();
  });
});
