import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** How long the CTI server takes for a change here; the sign-in falls into it. */
const effectMs = 1_500;

describe('an agent who signs in past us, between the commit of a request and its effect', () => {
  const agentId = '1001';
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    // As on a peripheral that acts upon ForcedFlag: else it refuses to sign out an agent who is Ready.
    await site.post('/settings', { honourForcedFlag: true });
  });
  afterAll(() => site.stop());

  it('is signed out, which is told as raced with what others did, counted, and alarmed', async () => {
    await site.signIn(agentId);
    const desktop = await site.open(agentId);
    for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'answerAfterConf', ms: effectMs });
    await desktop.bye();
    await waitFor('the request', async () => (await site.logouts(agentId)).length > 0);
    // Straight at the CTI server: no server of ours sees it, so nothing can wait for the outcome.
    await site.post(`/agents/${agentId}/state`, { state: 'READY' });
    await site.untilOutcome(agentId, 'raced');
    const lines = (await site.told(agentId)).map(({ entry }) => entry);
    const outcome = lines.find((entry) => entry.what === 'outcome');
    expect(outcome?.sentence).toContain('Between request and effect somebody else made the agent AVAILABLE');
    expect(lines.find((entry) => entry.what === 'alarm')?.sentence).toContain('while somebody else acted on the agent');
    const metrics = await Promise.all(
      Object.values(site.workers).map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    expect(metrics.join('\n')).toMatch(/lastcall_outcomes_total\{outcome="raced"\} 1/);
    expect(metrics.join('\n')).toMatch(/lastcall_alarms_total 1/);
  });

  it('can sign in again at once, and is left alone', async () => {
    await site.signIn(agentId);
    // A desktop that opens before the records know of the sign-in is asked for one, rightly.
    await waitFor('the sign-in to be known', async () => (await site.record(agentId)).signedIn === 'yes');
    const back = await site.open(agentId);
    expect(back.opened?.mustSignIn).toBe(false);
    expect((await site.record(agentId)).phase.name).toBe('present');
    expect((await site.ctiAgent(agentId)).stateName).not.toBe('LOGOUT');
  });
});
