import { Queue } from 'bullmq';
import { logoutQueueName, queuePrefix } from '#queue/logout-queue';
import { peripheralId, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * Kill -9 at each step of a logout. The steps are made visible by what the system itself waits for (a frozen server, the
 * pace of the link, a late answer of the CTI server, a paused store); no process knows that it is being tested.
 */
/** Whoever comes after a killed worker waits for the deadline of its request. */
const times = { ...siteTimes, requestTimeoutMs: 4_000, issuingMsMax: 10_000 };
const settledMs = times.graceMs + 3_000;
const slowPace = { CTI_MESSAGES_PER_SECOND_MAX: '1', CTI_ENQUIRIES_PER_SECOND_MAX: '0' };

describe('a worker that is killed', () => {
  let site: Site;
  beforeEach(async () => {
    site = await startSite({ times });
    await site.signIn('1001');
  });
  afterEach(() => site.stop());

  /** Only one worker is left, so that the test knows whom to kill. */
  const loseWithOneWorker = async (): Promise<void> => {
    await site.workers.secondary.stop();
    await site.untilIssuable();
    const desktop = await site.open('1001', 'primary');
    desktop.crash();
  };

  const otherWorkerFinishes = async (outcome: string): Promise<void> => {
    await site.workers.secondary.start();
    await site.untilOutcome('1001', outcome);
    expect((await site.logouts('1001')).filter(({ effective }) => effective)).toHaveLength(1);
    expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'LOGOUT' });
  };

  it('with the job in hand, before the commit: another one signs the ghost out, once', async () => {
    await loseWithOneWorker();
    site.servers.secondary.freeze();
    const queue = new Queue(logoutQueueName, { connection: site.redisConnection, prefix: queuePrefix(peripheralId) });
    await waitFor('the job to be in hand', async () => (await queue.getActiveCount()) > 0, { isBrief: true });
    await site.workers.primary.kill9();
    site.servers.secondary.thaw();
    await queue.close();
    expect((await site.record('1001')).phase.name).not.toBe('issuing');
    await otherWorkerFinishes('loggedOut');
  });

  it('after the commit, before the request: the CTI server is asked, then the ghost is signed out, once', async () => {
    await site.stop();
    site = await startSite({ times, env: slowPace });
    await site.signIn('1001');
    await loseWithOneWorker();
    await site.untilPhase('1001', 'issuing');
    await site.workers.primary.kill9();
    expect(await site.logouts('1001')).toEqual([]);
    await otherWorkerFinishes('loggedOut');
    const held = (await site.told('1001')).flatMap(({ entry }) => (entry.what === 'held' ? [entry.sentence] : []));
    expect(held).toContainEqual(expect.stringContaining('still signed in'));
  });

  it('after the request, before its outcome: the CTI server is asked and nothing is sent twice', async () => {
    await site.post('/faults', { side: 'A', fault: 'silenceAfterApply', on: true });
    await loseWithOneWorker();
    await waitFor('the request', async () => (await site.logouts('1001'))[0], { isBrief: true });
    await site.workers.primary.kill9();
    expect((await site.record('1001')).phase.name).toBe('issuing');
    await otherWorkerFinishes('loggedOut');
    expect(await site.logouts('1001')).toHaveLength(1);
  });

  it('after the outcome, before the record: the same', async () => {
    await site.post('/faults', { side: 'A', fault: 'answerAfterConf', ms: 600, count: 1 });
    await loseWithOneWorker();
    await waitFor('the request', async () => (await site.logouts('1001'))[0], { isBrief: true });
    await site.redisConnection.call('CLIENT', 'PAUSE', '4000', 'WRITE');
    await pause(1_000);
    expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'LOGOUT' });
    await site.workers.primary.kill9();
    await site.redisConnection.call('CLIENT', 'UNPAUSE');
    expect((await site.record('1001')).phase.name).toBe('issuing');
    await otherWorkerFinishes('loggedOut');
    expect(await site.logouts('1001')).toHaveLength(1);
  });

  it('with a request that had no effect while the agent comes back: the desktop waits, and nothing is sent any more', async () => {
    await site.post('/faults', { side: 'A', fault: 'silence', on: true });
    await loseWithOneWorker();
    await waitFor('the request', async () => (await site.logouts('1001'))[0], { isBrief: true });
    await site.workers.primary.kill9();
    const opening = site.open('1001', 'secondary');
    await pause(500);
    expect((await site.record('1001')).phase.name).toBe('issuing');
    await site.workers.secondary.start();
    const desktop = await opening;
    expect(desktop.opened).toMatchObject({ mustSignIn: false });
    await pause(settledMs);
    expect(await site.logouts('1001')).toHaveLength(1);
    expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'NOT_READY' });
    expect(await site.outcomes('1001')).toEqual(['returned']);
  });

  it('with a request that took effect while the agent comes back: the desktop is told to sign in again', async () => {
    await site.post('/faults', { side: 'A', fault: 'silenceAfterApply', on: true });
    await loseWithOneWorker();
    await waitFor('the request', async () => (await site.logouts('1001'))[0], { isBrief: true });
    await site.workers.primary.kill9();
    const opening = site.open('1001', 'secondary');
    await site.workers.secondary.start();
    const desktop = await opening;
    expect(desktop.opened).toMatchObject({ mustSignIn: true });
    await site.signIn('1001');
    await pause(settledMs);
    expect(await site.logouts('1001')).toHaveLength(1);
    expect(await site.record('1001')).toMatchObject({ signedIn: 'yes', phase: { name: 'present' } });
  });
});

describe('a frozen worker', () => {
  it('does not send after it thaws: the agent who came back meanwhile stays signed in', async () => {
    const site = await startSite({ times, env: slowPace });
    try {
      await site.signIn('1001');
      await site.workers.secondary.stop();
      await site.untilIssuable();
      (await site.open('1001', 'primary')).crash();
      await site.untilPhase('1001', 'issuing');
      site.workers.primary.freeze();
      const opening = site.open('1001', 'secondary');
      await pause(times.leaseMs + 1_000);
      site.workers.primary.thaw();
      const desktop = await opening;
      expect(desktop.opened).toMatchObject({ mustSignIn: false });
      await pause(settledMs);
      expect(await site.logouts('1001')).toEqual([]);
      expect(desktop.closed).toBeUndefined();
    } finally {
      await site.stop();
    }
  });
});
