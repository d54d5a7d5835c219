import { type Desktop } from '#domain/agent';
import { defaultPolicy, type Policy } from '#domain/policy';
import { ConflictsExhausted, Engine, sendWindowMs } from './engine';
import { FakeDesk, FakeObserver, FakeStore, FakeWakeUps, FakeWitnesses, key } from './fakes.spec-support';

const desktop: Desktop = { connection: 'c1', desktopId: 'd1', side: 'primary', serverId: 'primary-1' };
const elsewhere: Desktop = { connection: 'c2', desktopId: 'd2', side: 'secondary', serverId: 'secondary-1' };

function setUp(policy: Policy = defaultPolicy) {
  const log: string[] = [];
  const clock = { ms: 0 };
  const store = new FakeStore(log);
  const wakeUps = new FakeWakeUps(log);
  const witnesses = new FakeWitnesses();
  const desk = new FakeDesk(log);
  const observer = new FakeObserver();
  const parts = {
    store,
    wakeUps,
    witnesses,
    desk,
    observer,
    policyOf: () => policy,
    monotonicMs: () => clock.ms,
  };
  const engine = new Engine(parts);
  const lose = async (): Promise<void> => {
    await engine.handle(key, { type: 'desktopOpened', desktop });
    await engine.handle(key, { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 'primary-1' });
    store.state.now += 60_000;
    log.length = 0;
  };
  const wake = (): Promise<unknown> => engine.handle(key, { type: 'wokenUp', epoch: store.agent.epoch });
  return { ...parts, engine, clock, log, lose, wake };
}

describe('the loop', () => {
  it('carries a due loss from the wake-up to its outcome', async () => {
    const { lose, wake, store, log } = setUp();
    await lose();
    await wake();
    expect(store.agent.phase).toMatchObject({ name: 'settled', outcome: 'loggedOut' });
    expect(log).toEqual(['arm', 'commit issuing', 'request', 'commit settled']);
  });

  it('arms the wake-up before the commit and disarms it after: an orphan is harmless, a missing one is not', async () => {
    const { engine, lose, log } = setUp();
    await engine.handle(key, { type: 'desktopOpened', desktop });
    await engine.handle(key, { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 's' });
    expect(log.slice(-2)).toEqual(['arm', 'commit grace']);
    await lose();
    await engine.handle(key, { type: 'desktopOpened', desktop: elsewhere });
    expect(log).toEqual(['commit present', 'disarm']);
  });

  it('wakes anew what was due before its commit was done: whoever was woken by then found nothing to do', async () => {
    const { engine, log, store } = setUp({
      ...defaultPolicy,
      stages: [{ afterMs: 0, action: 'logout', reasonCode: 255 }],
    });
    await engine.handle(key, { type: 'operatorOrderedLogout', by: 'mia' });
    expect(store.agent.phase.name).toBe('grace');
    expect(log).toEqual(['arm', 'commit grace', 'wake now']);
  });

  it('wakes nobody anew while the wake-up is still to come, however near', async () => {
    const graceMs = { ...defaultPolicy.graceMs, lost: 10, bye: 10 };
    const { engine, log, clock, store } = setUp({
      ...defaultPolicy,
      graceMs,
      stages: [{ afterMs: 0, action: 'logout', reasonCode: 255 }],
    });
    const close = { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 'primary-1' } as const;
    await engine.handle(key, { type: 'desktopOpened', desktop });
    log.length = 0;
    await engine.handle(key, close);
    expect(log).toEqual(['arm', 'commit grace']);
    await engine.handle(key, { type: 'desktopOpened', desktop });
    log.length = 0;
    // The commit takes longer than the grace.
    store.meanwhile = () => (clock.ms += 11);
    await engine.handle(key, close);
    expect(log).toEqual(['arm', 'commit grace', 'wake now']);
  });

  it('decides again on the newer record when somebody else committed first', async () => {
    const { engine, lose, store, wake, desk, observer } = setUp();
    await lose();
    store.meanwhile = () => {
      store.commitFirst({
        ...store.agent,
        epoch: store.agent.epoch + 1,
        desktops: { c2: elsewhere },
        phase: { name: 'present', restore: null },
      });
    };
    await wake();
    expect(observer.conflicts).toBe(1);
    expect(desk.requests).toEqual([]);
    expect((await engine.handle(key, { type: 'wokenUp', epoch: 0 })).changed).toBe(false);
  });

  it('takes back the wake-up that it had armed for a commit which somebody else was ahead of', async () => {
    const { engine, store, log } = setUp();
    await engine.handle(key, { type: 'desktopOpened', desktop });
    log.length = 0;
    store.meanwhile = () => {
      const { epoch, desktops } = store.agent;
      store.commitFirst({ ...store.agent, epoch: epoch + 1, desktops: { ...desktops, c2: elsewhere } });
    };
    await engine.handle(key, { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 's' });
    expect(store.agent.phase.name).toBe('present');
    expect(log).toEqual(['arm', 'commit present', 'disarm']);
  });

  it('keeps a wake-up that the newer record wants as well', async () => {
    const { engine, store, log } = setUp();
    await engine.handle(key, { type: 'desktopOpened', desktop });
    log.length = 0;
    store.meanwhile = () => {
      store.commitFirst({ ...store.agent });
    };
    await engine.handle(key, { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 's' });
    expect(log).toEqual(['arm', 'arm', 'commit grace']);
  });

  it('handles an event about one version of a record, and not about another that was committed meanwhile', async () => {
    const { engine, store, log } = setUp();
    await engine.handle(key, { type: 'desktopOpened', desktop });
    const { version } = await store.load(key);
    const told = { type: 'signedIn', isReady: true, evidence: '' } as const;
    expect(await engine.handleAsOf(key, told, version)).toMatchObject({ changed: true });
    await engine.handle(key, { type: 'signedOut', evidence: '' });
    log.length = 0;
    expect(await engine.handleAsOf(key, told, version)).toBeNull();
    expect(store.agent).toMatchObject({ signedIn: 'no' });
    expect(log).toEqual([]);
  });

  it('takes back what it had armed for a version that somebody else has changed since', async () => {
    const { engine, store, log } = setUp();
    await engine.handle(key, { type: 'desktopOpened', desktop });
    const { version } = await store.load(key);
    store.meanwhile = () => {
      const { epoch, desktops } = store.agent;
      store.commitFirst({ ...store.agent, epoch: epoch + 1, desktops: { ...desktops, c2: elsewhere } });
    };
    const closed = { type: 'desktopClosed', connection: 'c1', cause: 'lost', seenBy: 'primary-1' } as const;
    log.length = 0;
    expect(await engine.handleAsOf(key, closed, version)).toBeNull();
    expect(Object.keys(store.agent.desktops)).toEqual(['c1', 'c2']);
    expect(log).toEqual(['arm', 'disarm']);
  });

  it('sends nothing when the agent came back while the servers were asked', async () => {
    const { engine, lose, wake, witnesses, desk, store } = setUp();
    await lose();
    let back: Promise<unknown> = Promise.resolve();
    witnesses.meanwhile = () => {
      back = engine.handle(key, { type: 'desktopOpened', desktop: elsewhere });
    };
    await wake();
    await back;
    expect(desk.requests).toEqual([]);
    expect(store.agent.phase.name).toBe('present');
  });

  it('gives up on an event that always loses the race, and says so', async () => {
    const { engine, store } = setUp();
    const always = (): void => {
      store.commitFirst({ ...store.agent });
      store.meanwhile = always;
    };
    store.meanwhile = always;
    await expect(engine.handle(key, { type: 'desktopOpened', desktop })).rejects.toBeInstanceOf(ConflictsExhausted);
  });
});

describe('a request', () => {
  it.each(['generation', 'replicas'] as const)('does not go out when the store answers %s', async (answer) => {
    const { lose, wake, store, desk, observer } = setUp();
    await lose();
    store.state.refuses = {
      refused: answer,
      nextAt: null,
      isTurn: false,
      evidence: 'why',
      wrote: answer === 'replicas',
    };
    await wake();
    expect(desk.requests).toEqual([]);
    expect(observer.results).toEqual([]);
    expect(store.agent.phase).toMatchObject({ name: 'held', reasons: [answer], loss: { attempts: 0 } });
  });

  it('does not go out when a limit of requests is reached, and is looked at again when its turn comes', async () => {
    const { lose, wake, store, desk, wakeUps } = setUp();
    await lose();
    store.state.pace = { perMinuteMax: 0, perSecondMax: null };
    const nextAt = store.state.now + 60_000;
    await wake();
    expect(desk.requests).toEqual([]);
    expect(store.agent.phase).toMatchObject({ name: 'held', reasons: ['rate'] });
    expect(wakeUps.armed.get(store.agent.epoch)).toBe(nextAt);
  });

  it('does not go out before its due time by the clock of the store that commits it', async () => {
    const { lose, wake, store, desk } = setUp();
    await lose();
    store.meanwhile = () => {
      store.state.now -= 1;
    };
    await wake();
    expect(desk.requests).toEqual([]);
    expect(store.agent.phase.name).toBe('grace');
  });

  it('is not sent by a worker that was frozen between commit and request', async () => {
    const { lose, wake, store, desk, clock } = setUp();
    await lose();
    desk.meanwhile = () => {
      clock.ms += sendWindowMs;
    };
    await wake();
    expect(desk.requests).toEqual([{ allowed: false }]);
    expect(store.agent.phase).toMatchObject({ name: 'held', reasons: ['outage'] });
  });

  it('of a worker that died is settled by whoever finds the record after its deadline', async () => {
    const { lose, wake, store, desk, log } = setUp();
    await lose();
    desk.result = { kind: 'inDoubt', evidence: 'the worker died', notReadyCode: null };
    await wake();
    desk.result = { kind: 'confirmed', became: 'loggedOut', evidence: 'asked', othersActed: false, reasonCode: 255 };
    store.state.now += defaultPolicy.retryMs;
    await wake();
    expect(log.filter((line) => line === 'request')).toHaveLength(1);
    expect(store.agent.phase).toMatchObject({ name: 'settled', outcome: 'loggedOut' });
  });

  it('that is rejected again and again raises one alarm and goes on', async () => {
    const { lose, wake, store, desk, observer } = setUp();
    await lose();
    desk.result = { kind: 'rejected', evidence: 'CF 22', onCall: false, notReadyCode: null };
    for (let attempt = 0; attempt < 2 * defaultPolicy.attemptsMax; attempt++) {
      await wake();
      store.state.now += 60_000;
    }
    expect(observer.alarms).toHaveLength(1);
    expect(desk.requests).toHaveLength(2 * defaultPolicy.attemptsMax);
    expect(store.agent.phase).toMatchObject({ name: 'held', reasons: ['rejected'] });
  });

  it('that is pending is replaced when a desktop opens, within the time of its commit', async () => {
    const { engine, lose, wake, store, desk, log, clock } = setUp();
    await lose();
    desk.result = { kind: 'pending', state: 'logout', notReadyCode: null, evidence: '' };
    await wake();
    await engine.handle(key, { type: 'desktopOpened', desktop: elsewhere });
    expect(store.agent.phase.name).toBe('issuing');
    desk.meanwhile = () => {
      clock.ms += sendWindowMs;
    };
    await wake();
    expect(store.agent.phase.name).toBe('issuing');
    desk.meanwhile = null;
    store.state.now += defaultPolicy.issuingMsMax;
    await wake();
    expect(store.agent.phase.name).toBe('present');
    expect(log.filter((line) => line === 'withdraw')).toHaveLength(2);
  });

  it('that took Ready away is made good after the commit of the return', async () => {
    const { engine, lose, wake, store, desk, log, wakeUps } = setUp({ ...defaultPolicy, restoreOnReturn: true });
    await lose();
    desk.result = { kind: 'rejected', evidence: '', onCall: true, notReadyCode: 20001 };
    await wake();
    log.length = 0;
    await engine.handle(key, { type: 'desktopOpened', desktop: elsewhere });
    expect(log.indexOf('wake now')).toBeGreaterThan(log.indexOf('commit present'));
    expect(wakeUps.armed.get(store.agent.epoch)).toBe(0);
    await wake();
    expect(log).toContain('restore');
    expect(store.agent.phase).toEqual({ name: 'present', restore: null });
  });
});
