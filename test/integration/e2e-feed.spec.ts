import { type Side } from '#domain/agent';
import { openingRate } from '#presence/gateway';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { sideBySide } from '../kit/side-by-side';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** Presence that another system reports, with real servers: it moves between them, and its feeder dies. */

const longMs = 600_000;
const heartbeat = '/api/presence/heartbeat';

describe('a feed of presence', () => {
  let site: Site;
  afterAll(() => site.stop());

  async function report(side: Side, agentId: string, presence: 'available' | 'unavailable', more = {}): Promise<void> {
    const body = { agentId, desktopId: `desk-${agentId}`, presence, ...more };
    expect(await site.feed(side, body)).toMatchObject({ status: 202 });
  }
  const untilOut = (agentId: string): Promise<true> =>
    waitFor(`${agentId} to be signed out`, async () => (await site.ctiAgent(agentId)).stateName === 'LOGOUT', {
      seen: () => site.told(agentId),
    });

  sideBySide(
    async () => {
      site = await startSite();
      await site.untilIssuable();
    },
    {
      'that moves to the other server and then reports the end there leaves no ghost': async () => {
        await site.signIn('1001');
        await report('primary', '1001', 'available');
        await report('secondary', '1001', 'available');
        await report('secondary', '1001', 'unavailable');
        await untilOut('1001');
        await site.untilOutcome('1001', 'loggedOut');
        expect(await site.outcomes('1001')).toEqual(['loggedOut']);
      },

      'that moves is held by the server it moved to, and by no other': async () => {
        await site.signIn('1002');
        await report('primary', '1002', 'available', { expiresInMs: 2_000 });
        await report('secondary', '1002', 'available', { expiresInMs: longMs });
        await pause(2_000 + siteTimes.graceServerLostMs + 2 * siteTimes.sweepMs);
        const { phase, desktops } = await site.record('1002');
        expect(phase.name).toBe('present');
        expect(Object.values(desktops)).toMatchObject([{ side: 'secondary' }]);
        expect((await site.told('1002')).filter(({ entry }) => entry.what === 'lossBegan')).toEqual([]);
      },

      'that opens and ends one desktop without a pause is slowed down, and the journal with it': async () => {
        const statuses: number[] = [];
        const say = async (presence: 'available' | 'unavailable'): Promise<number> => {
          const { status } = await site.feed('primary', { agentId: '1008', desktopId: 'flaps', presence });
          return status;
        };
        // Several at a time: one after the other would be slow enough on a machine that is busy.
        const flap = async (): Promise<void> => {
          for (let n = 0; n < openingRate.burst / 2; n++)
            statuses.push(await say('available'), await say('unavailable'));
        };
        await Promise.all(Array.from({ length: 8 }, flap));
        const accepted = statuses.filter((status) => status === 202).length;
        expect(new Set(statuses)).toEqual(new Set([202, 429]));
        // One line at the most for each report that was kept: a loss that begins, or its end by a return.
        await waitFor('the last line', async () => (await site.told('1008')).length > 0);
        await pause(siteTimes.sweepMs);
        expect((await site.told('1008')).length).toBeLessThanOrEqual(accepted);
        // It is no refusal for good, and it is counted.
        await waitFor('the desktop to be let in', async () => (await say('available')) === 202);
        const metrics = await (await fetch(`${site.servers.primary.url}/metrics`)).text();
        expect(metrics).toMatch(/lastcall_refusals_total\{[^}]*reason="TOO_MANY_REQUESTS"[^}]*\} [1-9]/);
        await say('unavailable');
      },

      'that moves there and back is present': async () => {
        await site.signIn('1003');
        // As fast as it is accepted: the notices between the servers are still on their way.
        for (let n = 0; n < 10; n++)
          for (const side of ['secondary', 'primary'] as const) await report(side, '1003', 'available');
        await pause(siteTimes.graceMs + 2 * siteTimes.sweepMs);
        expect(Object.values((await site.record('1003')).desktops)).toMatchObject([{ side: 'primary' }]);
        expect(await site.requests('1003')).toEqual([]);
      },

      'whose feeder dies is lost when its lease ends, with the grace of a lost server': async () => {
        await site.signIn('1004');
        const reportedAt = Date.now();
        await report('primary', '1004', 'available', { expiresInMs: 2_000 });
        await untilOut('1004');
        const began = (await site.told('1004')).find(({ entry }) => entry.what === 'lossBegan');
        expect(began?.entry).toMatchObject({ cause: 'feedLost' });
        const [logout] = await site.logouts('1004');
        expect(logout!.at - reportedAt).toBeGreaterThanOrEqual(2_000 + siteTimes.graceServerLostMs);
      },

      'is kept by heartbeats, feed by feed': async () => {
        for (const agentId of ['1005', '1006']) await site.signIn(agentId);
        await report('secondary', '1005', 'available', { feed: 'ours', expiresInMs: 3_000 });
        await report('secondary', '1006', 'available', { feed: 'theirs', expiresInMs: 3_000 });
        expect(await site.feed('secondary', { feed: 'ours', expiresInMs: longMs }, heartbeat)).toEqual({
          status: 200,
          body: { renewed: 1 },
        });
        await untilOut('1006');
        expect((await site.record('1005')).phase.name).toBe('present');
      },

      'is refused with the field that is wrong': async () => {
        const wrong = { agentId: '1007', desktopId: 'd', presence: 'available', expiresInMs: 999 };
        expect(await site.feed('primary', wrong)).toMatchObject({
          status: 400,
          body: { error: { code: 'FIELD_INVALID', field: 'expiresInMs' } },
        });
        expect(await site.feed('primary', { feed: 'a b' }, heartbeat)).toMatchObject({
          status: 400,
          body: { error: { code: 'FIELD_INVALID', field: 'feed' } },
        });
      },
    },
  );
});
