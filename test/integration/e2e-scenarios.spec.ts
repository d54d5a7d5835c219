import { sideBySide } from '../kit/side-by-side';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * Each row of Cisco's table of vanished desktops, on two sides, with real processes, Redis and sockets; then its races.
 * The truth is the CTI servers' own list of requests.
 */
/** A page that is loaded again is back within it on a busy machine, too. */
const times = { ...siteTimes, graceMs: 3_000 };
const settledMs = times.graceMs + 2_500;

describe.each([
  { load: '1', stateAfter: 'LOGOUT', outcome: 'loggedOut' },
  { load: '0', stateAfter: 'NOT_READY', outcome: 'notReady' },
])('a desktop that vanishes, where LOAD is $load', ({ load, stateAfter, outcome }) => {
  let site: Site;
  const setUp = async (): Promise<void> => {
    site = await startSite({ times, env: { SIM_LOAD: load, SIM_AGENTS: '40' } });
  };
  afterAll(() => site.stop());

  const ghostIsOut = async (agentId: string): Promise<void> => {
    await site.untilOutcome(agentId, outcome);
    expect(await site.logouts(agentId)).toMatchObject([{ reasonCode: 255, effective: true }]);
    expect(await site.ctiAgent(agentId)).toMatchObject({ stateName: stateAfter, reasonCode: 50002 });
  };

  sideBySide(setUp, {
    'because it was closed: bye, grace, forced logout with reason 255': async () => {
      await site.signIn('1001');
      const desktop = await site.open('1001');
      const lostAt = Date.now();
      await desktop.bye();
      await ghostIsOut('1001');
      const [logout] = await site.logouts('1001');
      expect(logout!.at - lostAt).toBeGreaterThanOrEqual(times.graceMs);
    },

    'because the browser crashed: the connection just ends': async () => {
      await site.signIn('1002', 'READY');
      (await site.open('1002')).crash();
      await ghostIsOut('1002');
    },

    'because of the Back button: the page goes away and does not return': async () => {
      await site.signIn('1003');
      (await site.open('1003')).socket.close(1001);
      await ghostIsOut('1003');
    },

    'without any notice, as when a cable is pulled: it falls silent': async () => {
      await site.signIn('1004');
      const desktop = await site.open('1004');
      desktop.freeze();
      await ghostIsOut('1004');
      expect((await site.told('1004')).map(({ entry }) => entry)).toContainEqual(
        expect.objectContaining({ what: 'lossBegan', cause: 'lost' }),
      );
    },

    'and comes back within the grace, as a refresh does: nothing is sent': async () => {
      await site.signIn('1005', 'READY');
      await (await site.open('1005')).refresh();
      await pause(settledMs);
      expect(await site.requests('1005')).toEqual([]);
      expect(await site.ctiAgent('1005')).toMatchObject({ stateName: 'AVAILABLE' });
      expect(await site.outcomes('1005')).toEqual(['returned']);
    },

    'by a network glitch, and fails over to the other side: nothing is sent': async () => {
      await site.signIn('1006', 'READY');
      const before = await site.open('1006', 'primary');
      before.freeze();
      const after = await site.open('1006', 'secondary');
      expect(after.opened).toMatchObject({ mustSignIn: false });
      await pause(times.detectionMs + settledMs);
      expect(await site.requests('1006')).toEqual([]);
    },

    'because its token expired: the agent is signed out by the desktop, and nothing more is sent': async () => {
      await site.signIn('1007');
      const desktop = await site.open('1007');
      await site.post('/agents/1007/logout', {});
      await desktop.bye();
      await pause(settledMs);
      expect(await site.requests('1007')).toEqual([]);
      expect(await site.ctiAgent('1007')).toMatchObject({ stateName: 'LOGOUT' });
    },

    'while the agent is on a call: the job waits, and the request goes out after its end': async () => {
      await site.signIn('1008', 'READY');
      const { callId } = await site.post('/calls', { agentId: '1008' });
      (await site.open('1008')).crash();
      const held = await site.untilPhase('1008', 'held');
      expect(held.phase).toMatchObject({ reasons: ['call'] });
      await pause(settledMs);
      expect(await site.requests('1008')).toEqual([]);
      const endedAt = Date.now();
      await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
      await waitFor('the logout after the call', async () => (await site.logouts('1008'))[0]);
      const [logout] = await site.logouts('1008');
      expect(logout!.at).toBeGreaterThanOrEqual(endedAt);
      await ghostIsOut('1008');
    },

    // Race 1
    'after the agent has signed out by hand: no request is sent': async () => {
      await site.signIn('1011');
      const desktop = await site.open('1011');
      desktop.crash();
      await site.untilPhase('1011', 'grace');
      await site.post('/agents/1011/logout', {});
      await site.untilOutcome('1011', 'alreadySignedOut');
      await pause(settledMs);
      expect(await site.requests('1011')).toEqual([]);
    },

    // Race 2
    'and whose loss is told after the agent signed in on the secondary: nothing is sent, and the journal says why':
      async () => {
        await site.signIn('1012', 'READY');
        const ghost = await site.open('1012', 'primary');
        ghost.freeze();
        await site.open('1012', 'secondary');
        await waitFor('the late loss to be suppressed', async () => {
          const told = await site.told('1012');
          return told.find(({ entry }) => entry.what === 'suppressed' && entry.sentence.includes('secondary'));
        });
        await pause(settledMs);
        expect(await site.requests('1012')).toEqual([]);
      },

    // Race 4
    'in a call that ends after the agent came back on the secondary: nothing is sent': async () => {
      await site.signIn('1014', 'READY');
      const { callId } = await site.post('/calls', { agentId: '1014' });
      (await site.open('1014', 'primary')).crash();
      await site.untilPhase('1014', 'held');
      const after = await site.open('1014', 'secondary');
      expect(after.opened).toMatchObject({ mustSignIn: false });
      await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
      await pause(settledMs);
      expect(await site.requests('1014')).toEqual([]);
      expect(await site.ctiAgent('1014')).not.toMatchObject({ stateName: stateAfter, reasonCode: 50002 });
    },

    'while another desktop of the agent stays open: nothing is sent': async () => {
      await site.signIn('1015', 'READY');
      const first = await site.open('1015', 'primary', { desktopId: 'one' });
      await site.open('1015', 'primary', { desktopId: 'two' });
      first.crash();
      await pause(settledMs);
      expect(await site.requests('1015')).toEqual([]);
    },
  });
});
