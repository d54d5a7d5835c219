import { Drains } from '#store/drains';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { starve } from '../kit/starved-app';
import { pause } from '../kit/wait';

/** A server that cannot keep up says so after three bad seconds. */
const untilToldMs = 6_000;
/** Several graces. */
const watchedMs = 6_000;

describe('an agent whose side cannot let it back in', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.stop());

  it('is not signed out while the side is overloaded and the other one in maintenance, and is afterwards', async () => {
    await site.signIn('1001');
    await site.signIn('1002');
    await new Drains(site.redisConnection, { peripheralId }).begin('secondary', 1_000, 'test');
    const first = await site.openWhenLetIn('1001', 'primary');
    const second = await site.openWhenLetIn('1002', 'primary');
    const feed = starve(site.servers.primary);
    try {
      await pause(untilToldMs);
      first.crash();
      await site.untilPhase('1001', 'held');
      await pause(watchedMs);
      expect((await site.record('1001')).phase).toMatchObject({ name: 'held', reasons: ['outage'] });
      expect(await site.logouts()).toEqual([]);
    } finally {
      await feed();
    }
    await site.untilOutcome('1001', 'loggedOut');
    expect(second.closed).toBeUndefined();
    expect(await site.logouts('1002')).toEqual([]);
    expect(site.servers.primary.lines.filter((line) => line.includes('this server is overloaded'))).toHaveLength(1);
  });
});
