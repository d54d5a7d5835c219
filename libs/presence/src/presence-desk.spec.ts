import { defaultPolicy } from '#domain/policy';
import { gatePollMs, gateWaitMsMax, PresenceDesk, storeWaitMsMax } from './presence-desk';
import { arriveMsMax, DeskStage, settle } from './presence-desk.spec-support';

describe('the presence desk', () => {
  let stage: DeskStage;

  beforeEach(() => {
    jest.useFakeTimers();
    stage = new DeskStage();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('answers a last look with a desktop from before the store hears of it until the store has heard of its end', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    expect(stage.table.desktopOf('1001')).toBe(holding.desktop);
    const opening = stage.desk.acknowledge(holding);
    await settle();
    expect(await opening).toEqual({ kind: 'opened', epoch: 1, mustSignIn: false });
    stage.store.mood = 'away';
    stage.desk.close(holding, 'lost');
    await settle();
    expect(stage.table.desktopOf('1001')).toBe(holding.desktop);
    stage.store.mood = 'well';
    stage.lanes.resume();
    await settle();
    expect(stage.table.desktopOf('1001')).toBeUndefined();
    expect((await stage.record()).phase.name).toBe('grace');
  });

  it('lets nobody wait for an assertion of a desktop that goes before it is made', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
    stage.store.mood = 'away';
    const asserted = stage.desk.assert(holding);
    await settle();
    stage.desk.close(holding, 'lost');
    expect(await asserted).toBeNull();
  });

  describe('while a request for the agent is on its way (rule GATE)', () => {
    beforeEach(async () => {
      const first = stage.holding('first');
      stage.desk.hold(first);
      void stage.desk.acknowledge(first);
      await settle();
      stage.desk.close(first, 'lost');
      await settle();
      await stage.issue();
    });

    it('acknowledges nobody until the outcome is there, and says then that the agent must sign in again', async () => {
      const holding = stage.holding('back');
      stage.desk.hold(holding);
      const seen: unknown[] = [];
      void stage.desk.acknowledge(holding).then((opening) => seen.push(opening));
      await jest.advanceTimersByTimeAsync(5_000);
      expect(seen).toEqual([]);
      const { epoch } = await stage.record();
      const evidence = 'AGENT_STATE_EVENT LOGOUT';
      const result = { kind: 'confirmed', became: 'loggedOut', evidence, othersActed: false, reasonCode: 255 } as const;
      await stage.happens({ type: 'outcomeSeen', epoch, attempts: 1, result });
      await jest.advanceTimersByTimeAsync(gatePollMs);
      expect(seen).toEqual([{ kind: 'opened', epoch: epoch + 1, mustSignIn: true }]);
    });

    it('tells the desktop to try again when the outcome does not come in time, and forgets it', async () => {
      const holding = stage.holding('back');
      stage.desk.hold(holding);
      const opening = stage.desk.acknowledge(holding);
      await jest.advanceTimersByTimeAsync(gateWaitMsMax + gatePollMs);
      expect(await opening).toEqual({ kind: 'refused', sentence: 'sign-out in progress, try again' });
      await settle();
      expect((await stage.record()).desktops).toEqual({});
      expect(stage.table.size).toBe(0);
    });

    it('forgets a desktop that gives up while it waits', async () => {
      const holding = stage.holding('back');
      stage.desk.hold(holding);
      const opening = stage.desk.acknowledge(holding);
      await settle();
      expect(Object.keys((await stage.record()).desktops)).toEqual(['primary-1:back']);
      stage.desk.close(holding, 'lost');
      await jest.advanceTimersByTimeAsync(gatePollMs);
      expect(await opening).toEqual({ kind: 'gone' });
      expect((await stage.record()).desktops).toEqual({});
    });
  });

  it('opens again a desktop that vanished from its record before it was acknowledged', async () => {
    const holding = stage.holding('a');
    const earlier = stage.store.snapshot();
    stage.desk.hold(holding);
    const first = await stage.desk.assert(holding);
    expect(first?.phase.name).toBe('present');
    stage.store.restore(earlier);
    const opening = stage.desk.acknowledge(holding);
    await settle();
    expect(await opening).toMatchObject({ kind: 'opened' });
    expect(Object.keys((await stage.record()).desktops)).toEqual(['primary-1:a']);
  });

  it('hands in the end of a desktop after its opening, even when it died while that was under way', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    const opening = stage.desk.acknowledge(holding);
    await Promise.resolve();
    stage.desk.close(holding, 'lost');
    await settle();
    expect(await opening).toEqual({ kind: 'gone' });
    expect(stage.events).toEqual(['desktopOpened', 'desktopClosed']);
    expect((await stage.record()).phase.name).toBe('grace');
    expect(stage.table.size).toBe(0);
  });

  it('tells nobody of a desktop that went before anything was told of it', async () => {
    stage.store.mood = 'dumb';
    const busy = stage.holding('busy');
    stage.desk.hold(busy);
    void stage.desk.acknowledge(busy);
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    stage.desk.close(holding, 'lost');
    expect(stage.table.all()).toEqual([busy]);
    expect(stage.lanes.pending).toBe(1);
    await settle();
  });

  it.each(['away', 'dumb'] as const)('refuses an opening when the store is %s for five seconds', async (mood) => {
    stage.store.mood = mood;
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    const opening = stage.desk.acknowledge(holding);
    await jest.advanceTimersByTimeAsync(storeWaitMsMax);
    expect(await opening).toEqual({ kind: 'refused', sentence: 'the store (Redis) cannot be reached, try again' });
  });

  it('leaves no desktop behind in the record when the answer to its opening was lost', async () => {
    stage.store.mood = 'answersLost';
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    const opening = stage.desk.acknowledge(holding);
    await jest.advanceTimersByTimeAsync(storeWaitMsMax);
    expect(await opening).toMatchObject({ kind: 'refused' });
    stage.store.mood = 'well';
    stage.lanes.resume();
    await settle();
    expect((await stage.record()).phase.name).toBe('grace');
    expect(stage.table.size).toBe(0);
  });

  it('loses nothing of what happened while the store was away, and keeps its order', async () => {
    const first = stage.holding('first');
    stage.desk.hold(first);
    void stage.desk.acknowledge(first);
    await settle();
    stage.store.mood = 'away';
    stage.desk.close(first, 'lost');
    const second = stage.holding('second');
    stage.desk.hold(second);
    const opening = stage.desk.acknowledge(second);
    await settle();
    stage.store.mood = 'well';
    stage.lanes.resume();
    await settle();
    expect(await opening).toMatchObject({ kind: 'opened' });
    expect(Object.keys((await stage.record()).desktops)).toEqual(['primary-1:second']);
    expect((await stage.record()).phase.name).toBe('present');
  });

  it('keeps a bounded number of events however often a desktop flaps while the store is away', async () => {
    stage.store.mood = 'away';
    for (let flap = 0; flap < 100; flap += 1) {
      const holding = stage.holding(`flap-${String(flap)}`);
      stage.desk.hold(holding);
      void stage.desk.acknowledge(holding);
      await settle();
      stage.desk.close(holding, 'lost');
      await settle();
    }
    expect(stage.lanes.pending).toBeLessThanOrEqual(2);
    expect(stage.table.size).toBeLessThanOrEqual(1);
  });

  it('says it once, however often it is asked to say again what it could not say yet', async () => {
    stage.store.mood = 'away';
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    for (let asked = 0; asked < 50; asked += 1) {
      void stage.desk.assert(holding);
      await settle();
    }
    expect(stage.lanes.pending).toBe(1);
  });

  it('tells one end of a desktop, with its first cause', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
    stage.desk.close(holding, 'bye');
    stage.desk.close(holding, 'lost');
    await settle();
    expect(stage.events).toEqual(['desktopOpened', 'desktopClosed']);
    expect((await stage.record()).phase).toMatchObject({ loss: { cause: 'bye' } });
  });

  it('tells that the source of a loss is back after the loss itself, also when the store was away', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.assert(holding);
    await settle();
    stage.store.mood = 'away';
    stage.desk.close(holding, 'lost');
    const told = stage.desk.sourceReturned('1001', holding.desktop.connection);
    await settle();
    stage.store.mood = 'well';
    stage.lanes.resume();
    await told;
    expect(stage.events.filter((event, index, all) => event !== all[index - 1])).toEqual([
      'desktopOpened',
      'desktopClosed',
      'sourceReturned',
    ]);
    expect((await stage.record()).phase.name).toBe('grace');
  });

  it('acknowledges nothing that the record does not hold, whatever the engine says', async () => {
    const forgetful = { handle: async () => ({ agent: await stage.record(), changed: false }) };
    const { table, lanes } = stage;
    const desk = new PresenceDesk({
      engine: forgetful,
      table,
      lanes,
      peripheralId: 5000,
      serverId: 'primary-1',
      arriveMsMax: 1,
    });
    const holding = stage.holding('a');
    desk.hold(holding);
    const opening = desk.acknowledge(holding);
    await jest.advanceTimersByTimeAsync(gateWaitMsMax + gatePollMs);
    expect(await opening).toMatchObject({ kind: 'refused' });
  });

  it('abandons a desktop without a word at a planned stop', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
    stage.desk.abandon(holding);
    await settle();
    expect(stage.events).toEqual(['desktopOpened']);
    expect(stage.table.size).toBe(0);
    expect((await stage.record()).phase.name).toBe('present');
  });

  it('tells of a desktop that moved away when it had the time to arrive elsewhere, and then it is no loss', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
    stage.desk.moveAway(holding);
    stage.desk.close(holding, 'lost');
    await jest.advanceTimersByTimeAsync(arriveMsMax - 1);
    expect(stage.events).toEqual(['desktopOpened']);
    const arrived = { ...holding.desktop, connection: 'b', side: 'secondary', serverId: 'secondary-1' } as const;
    await stage.happens({ type: 'desktopOpened', desktop: arrived });
    await jest.advanceTimersByTimeAsync(1);
    await settle();
    expect(stage.table.size).toBe(0);
    expect(await stage.record()).toMatchObject({ phase: { name: 'present' }, desktops: { b: arrived } });
  });

  it('gives a desktop that moved away and arrived nowhere the longer grace', async () => {
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
    stage.desk.moveAway(holding);
    await jest.advanceTimersByTimeAsync(arriveMsMax);
    await settle();
    const { phase } = await stage.record();
    if (phase.name !== 'grace') throw new Error(`the agent is ${phase.name}`);
    expect(phase.loss.cause).toBe('movedAway');
    expect(phase.dueAt - phase.loss.lostAt).toBe(defaultPolicy.graceMs.serverLost);
  });

  it('drops a stray desktop of its own from a record, and none of an agent who is here', async () => {
    const stray = stage.holding('stray').desktop;
    await stage.happens({ type: 'desktopOpened', desktop: stray });
    const holding = stage.holding('a');
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    stage.desk.dropStrays('1001');
    await settle();
    expect(Object.keys((await stage.record()).desktops)).toHaveLength(2);
    stage.desk.close(holding, 'bye');
    await settle();
    stage.desk.dropStrays('1001');
    await settle();
    const { desktops, phase } = await stage.record();
    expect(desktops).toEqual({});
    expect(phase).toMatchObject({ name: 'grace', loss: { cause: 'serverLost' } });
  });
});
