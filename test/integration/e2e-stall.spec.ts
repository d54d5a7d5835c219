import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** A lease that outlives the freezes, of which one is longer than detection: what protects is only that a process knows that it stood still. */
const times = { ...siteTimes, detectionMs: 2_500, leaseMs: 6_000 };
const frozenMs = 3_000;

let site: Site;
beforeAll(async () => {
  site = await startSite({ times });
});
afterAll(() => site.stop());

describe('a process that stood still', () => {
  it('as a server: silences of that time are void, and its desktops are no losses', async () => {
    await site.signIn('1001', 'READY');
    const desktop = await site.open('1001', 'primary');
    site.servers.primary.freeze();
    await pause(times.detectionMs + 1_000);
    site.servers.primary.thaw();
    await pause(times.graceMs);
    expect(desktop.closed).toBeUndefined();
    expect((await site.told('1001')).map(({ entry }) => entry.what)).not.toContain('lossBegan');
    expect(site.servers.primary.lines.join('\n')).toContain('this process stood still');
  });

  it('as a worker: a call that began meanwhile is heard of before anybody is signed out', async () => {
    await site.workers.secondary.stop();
    await site.signIn('1002', 'READY');
    (await site.open('1002', 'secondary')).crash();
    await site.untilPhase('1002', 'grace');
    site.workers.primary.freeze();
    const { callId } = await site.post('/calls', { agentId: '1002' });
    await pause(frozenMs);
    site.workers.primary.thaw();
    await waitFor('the loss to be held for the call', async () => {
      const { phase } = await site.record('1002');
      return phase.name === 'held' && phase.reasons.includes('call');
    });
    expect(await site.requests('1002')).toEqual([]);
    await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
    await site.untilOutcome('1002', 'loggedOut');
    expect(site.workers.primary.lines.join('\n')).toContain('this process stood still');
  });
});
