import { prepareApp } from '../kit/app';
import { freePort } from '../kit/ports';
import { secret, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** What arrives broken is named, and nothing else suffers. The server's own inputs have their tests with the server. */
describe('a CTI server that sends rubbish', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.stop());

  it.each([
    ['impossibleLength', /length/i],
    ['garbage', /AGENT_STATE_EVENT/],
  ])('(%s) is reset with an error that names it, and the ghost is signed out all the same', async (fault, named) => {
    const agentId = fault === 'garbage' ? '1002' : '1001';
    await site.signIn(agentId);
    (await site.open(agentId)).crash();
    await site.untilPhase(agentId, 'grace');
    await site.post('/faults', { side: 'A', fault });
    await waitFor('the error in the log', async () => {
      const lines = [...site.workers.primary.lines, ...site.workers.secondary.lines];
      return Promise.resolve(lines.find((line) => /"level":"(warn|error)"/.test(line) && named.test(line)));
    });
    await site.untilOutcome(agentId, 'loggedOut');
    expect((await site.logouts(agentId)).filter(({ effective }) => effective)).toHaveLength(1);
  });

  it('is asked about an agent whom it does not know: no desktop is opened, and nothing is sent', async () => {
    const desktop = await site.connect('9999');
    expect(await desktop.whenClosed()).toEqual({ code: 4404, reason: 'the directory of agents knows no agent 9999' });
    expect(await site.requests('9999')).toEqual([]);
    expect(await site.told('9999')).toEqual([]);
  });

  it('is down on both sides: the loss is held, and made good when one is back', async () => {
    await site.signIn('1003');
    for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'down' });
    (await site.open('1003')).crash();
    const held = await site.untilPhase('1003', 'held');
    expect(held.phase).toMatchObject({ reasons: ['outage'] });
    const ready = await fetch(`${site.workers.primary.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('ctiLink');
    await site.post('/faults', { side: 'B', fault: 'up' });
    await site.untilOutcome('1003', 'loggedOut');
    await site.post('/faults', { side: 'A', fault: 'up' });
  });
});

describe('a configuration that cannot be used', () => {
  const worker = { SIDE: 'primary', CTI_A: '127.0.0.1:1', CTI_B: '127.0.0.1:1', DESKTOP_TOKEN_SECRET: secret };

  it.each([
    [{ ...worker, GRACE_MSS: '5000' }, /GRACE_MSS.*GRACE_MS/],
    [{ ...worker, GRACE_MS: 'soon' }, /GRACE_MS/],
    [{ ...worker, CTI_A: 'nowhere' }, /CTI_A/],
    [{ SIDE: 'left' }, /SIDE/],
    [{ ...worker, REDIS_URL: 'http://127.0.0.1' }, /REDIS_URL/],
    [{ ...worker, POLICY_FILE: '/does/not/exist' }, /POLICY_FILE/],
  ])('ends the worker at once with the key named: %j', async (env, named) => {
    const app = await prepareApp('worker', env);
    await expect(app.start('live')).rejects.toThrow(named);
    expect(app.lines.join('\n')).not.toContain('soon');
  });

  it('and a Redis that is not there is said once, while the worker waits for it; it stops in order all the same', async () => {
    const app = await prepareApp('worker', {
      ...worker,
      REDIS_URL: `redis://127.0.0.1:${String(await freePort())}`,
      LEASE_MS: String(siteTimes.leaseMs),
    });
    await app.start('live');
    await pause(3_000);
    const ready = await fetch(`${app.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('store');
    const loud = app.lines.filter((line) => /"level":"(warn|error)"/.test(line));
    expect(loud.length).toBeGreaterThan(0);
    expect(loud.length).toBeLessThan(12);
    expect(await app.stop()).toBe(0);
  });
});
