import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';
import { sideBySide } from '../kit/side-by-side';

/**
 * Ghosts that come after the end of a loss: "signed in, and no desktop?" is asked of the CTI server's stream and of the records
 * all the time, not only when a loss ends. The truth is the CTI server.
 */

/** Agents who are signed in again get this long to open a desktop. */
const withoutDesktopMs = 2_000;
const policy = { graceMs: { withoutDesktop: withoutDesktopMs } };
const teams = { signedOut: { withoutDesktop: 'logout' }, warned: { withoutDesktop: 'warn' } };

/** Of all tests but the last one, each with agents of its own. */
let site: Site;
beforeAll(async () => {
  site = await startSite({ policy, teams, agents: { 1010: 'signedOut', 1011: 'warned' }, env: { SIM_AGENTS: '20' } });
  await site.untilIssuable();
});
afterAll(() => site.stop());

async function untilSignedOut(agentId: string, at: Site = site): Promise<void> {
  await waitFor(`${agentId} to be signed out`, async () => (await at.ctiAgent(agentId)).stateName === 'LOGOUT', {
    seen: () => at.told(agentId),
  });
}

/** By telephone: straight at the CTI server. */
async function signInAgain(agentId: string): Promise<void> {
  await site.post(`/agents/${agentId}/login`, {});
}

describe('an agent who had a desktop and is signed in without one', () => {
  sideBySide(() => Promise.resolve(), {
    'signs out and in again during the grace': async () => {
      await site.signIn('1001');
      (await site.open('1001')).crash();
      await site.untilPhase('1001', 'grace');
      await site.post('/agents/1001/logout', {});
      await site.untilOutcome('1001', 'alreadySignedOut');
      await signInAgain('1001');
      await untilSignedOut('1001');
      expect(await site.logouts('1001')).toMatchObject([{ effective: true }]);
    },

    'signs out and in again while the loss is held': async () => {
      await site.signIn('1002', 'READY');
      const { callId } = await site.post('/calls', { agentId: '1002' });
      (await site.open('1002')).crash();
      await site.untilPhase('1002', 'held');
      await site.post('/agents/1002/logout', {});
      await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
      await site.untilPhase('1002', 'settled');
      await signInAgain('1002');
      await untilSignedOut('1002');
    },

    'signs in again after our own logout': async () => {
      await site.signIn('1003');
      (await site.open('1003')).crash();
      await site.untilOutcome('1003', 'loggedOut');
      await signInAgain('1003');
      await untilSignedOut('1003');
      expect(await site.logouts('1003')).toHaveLength(2);
    },

    'opens a desktop in time after that, and is left alone': async () => {
      await site.signIn('1004');
      (await site.open('1004')).crash();
      await site.untilOutcome('1004', 'loggedOut');
      await signInAgain('1004');
      await site.untilPhase('1004', 'grace');
      await site.open('1004', 'secondary');
      await pause(withoutDesktopMs + siteTimes.sweepMs);
      expect((await site.ctiAgent('1004')).stateName).not.toBe('LOGOUT');
      expect(await site.logouts('1004')).toHaveLength(1);
    },

    'never had one: it is left alone, listed and counted': async () => {
      await site.signIn('1005', 'READY');
      await waitFor('the gauge', async () => {
        const texts = await Promise.all(Object.values(site.workers).map(({ url }) => fetch(`${url}/metrics`)));
        const metrics = (await Promise.all(texts.map((text) => text.text()))).join('\n');
        return /^lastcall_agents_without_desktop(\{[^}]*\})? [1-9]/m.test(metrics);
      });
      await pause(withoutDesktopMs);
      expect(await site.requests('1005')).toEqual([]);
      expect((await site.record('1005')).phase.name).toBe('unseen');
    },
  });
});

describe('a forced logout of which one side is told late', () => {
  /** The other side's worker still hears of the Not Ready before the logout when the loss is settled. */
  const lateMs = 700;

  it.each([
    ['A', '1006'],
    ['B', '1007'],
  ])('is one loss in the journal: side %s is late', async (side, agentId) => {
    await site.signIn(agentId, 'READY');
    await site.post('/faults', { side, fault: 'delay', ms: lateMs, on: true });
    (await site.open(agentId)).crash();
    await site.untilOutcome(agentId, 'loggedOut');
    await pause(2 * lateMs + 2 * siteTimes.sweepMs);
    await site.post('/faults', {}, 'DELETE');
    const losses = (await site.told(agentId)).filter(({ entry }) => entry.what === 'lossBegan');
    expect(losses).toMatchObject([{ entry: { cause: 'lost' } }]);
    expect(await site.record(agentId)).toMatchObject({ phase: { name: 'settled', outcome: 'loggedOut' } });
  });
});

describe('a request that the CTI server rejects', () => {
  it('goes on after the alarm, and the ghost is out when the CTI server is well again', async () => {
    await site.signIn('1008');
    for (const side of ['A', 'B']) {
      const refusal = { fault: 'reject', on: true, failureCode: 1, peripheralErrorCode: 1 };
      await site.post('/faults', { side, ...refusal });
    }
    (await site.open('1008')).crash();
    await waitFor('the alarm', async () => (await site.told('1008')).some(({ entry }) => entry.what === 'alarm'));
    expect((await site.record('1008')).phase).toMatchObject({ name: 'held', reasons: ['rejected'] });
    await site.post('/faults', {}, 'DELETE');
    await untilSignedOut('1008');
    expect((await site.told('1008')).filter(({ entry }) => entry.what === 'alarm')).toHaveLength(1);
  });
});

describe('agents who never had a desktop', () => {
  it('are signed out after the grace, where the policy says so', async () => {
    const signedInAt = Date.now();
    await site.signIn('1010', 'READY');
    await untilSignedOut('1010');
    const [logout] = await site.logouts('1010');
    expect(logout!.at - signedInAt).toBeGreaterThanOrEqual(withoutDesktopMs);
  });

  it('raise an alarm, and nothing more, where the policy says that', async () => {
    await site.signIn('1011', 'READY');
    await site.untilOutcome('1011', 'warned');
    expect((await site.told('1011')).map(({ entry }) => entry.what)).toContain('alarm');
    expect(await site.requests('1011')).toEqual([]);
  });
});

describe('where LOAD is 0', () => {
  let withoutLoad: Site;
  beforeAll(async () => {
    withoutLoad = await startSite({ env: { SIM_LOAD: '0' }, policy });
    await withoutLoad.untilIssuable();
  });
  afterAll(() => withoutLoad.stop());

  it('an agent whom our request made Not Ready and who is made Ready elsewhere is a ghost again', async () => {
    await withoutLoad.signIn('1001', 'READY');
    (await withoutLoad.open('1001')).crash();
    await withoutLoad.untilOutcome('1001', 'notReady');
    await pause(withoutDesktopMs);
    expect(await withoutLoad.logouts('1001')).toHaveLength(1);
    await withoutLoad.post('/agents/1001/state', { state: 'READY' });
    // The logout is the second of two requests; the first one makes the agent Not Ready.
    await waitFor('another logout', async () => (await withoutLoad.logouts('1001')).length === 2);
    await waitFor('Not Ready', async () => (await withoutLoad.ctiAgent('1001')).stateName === 'NOT_READY');
  });
});
