import { pino } from 'pino';
import { type Agent } from '#domain/agent';
import { Assertion } from './assertion';
import { DeskStage, settle } from './presence-desk.spec-support';

describe('the assertion of desktops', () => {
  let stage: DeskStage;
  let asserted: [string, Agent['phase']['name']][];
  let recorded: string[];
  let unrecorded: string[];
  let forgotten: string[][];
  let assertion: Assertion;

  beforeEach(() => {
    jest.useFakeTimers();
    stage = new DeskStage();
    asserted = [];
    recorded = [];
    unrecorded = [];
    forgotten = [];
    assertion = new Assertion({
      desk: stage.desk,
      table: stage.table,
      lease: {
        recordedAgents: () => Promise.resolve(recorded),
        unrecorded: (agentIds) => Promise.resolve(agentIds.filter((agentId) => unrecorded.includes(agentId))),
      },
      onForgotten: (agentIds) => forgotten.push([...agentIds]),
      serverId: 'primary-1',
      log: pino({ level: 'silent' }),
      onAsserted: ({ desktop }, agent) => asserted.push([desktop.desktopId, agent.phase.name]),
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function open(name: string, agentId: string): Promise<void> {
    const holding = stage.holding(name, agentId);
    stage.desk.hold(holding);
    void stage.desk.acknowledge(holding);
    await settle();
  }

  it('tells a store that has lost everything of every desktop', async () => {
    const empty = stage.store.snapshot();
    await open('a', '1001');
    await open('b', '1002');
    stage.store.restore(empty);
    expect(await assertion.assertAll()).toBe(true);
    expect(asserted).toEqual([
      ['a', 'present'],
      ['b', 'present'],
    ]);
    expect((await stage.record('1002')).phase.name).toBe('present');
  });

  it('says once whose records a store has forgotten', async () => {
    const empty = stage.store.snapshot();
    await open('a', '1001');
    await open('b', '1002');
    stage.store.restore(empty);
    unrecorded = ['1002'];
    await assertion.assertAll();
    expect(forgotten).toEqual([['1002']]);
    unrecorded = [];
    await assertion.assertAll();
    expect(forgotten).toHaveLength(1);
  });

  it('calls nothing forgotten that was never recorded', async () => {
    stage.desk.hold(stage.holding('a', '1001'));
    unrecorded = ['1001'];
    await assertion.assertAll();
    expect(forgotten).toEqual([]);
  });

  it('does not open a desktop again that is gone, though the store has not heard of it yet', async () => {
    await open('a', '1001');
    stage.store.mood = 'away';
    stage.desk.close(stage.table.all()[0]!, 'lost');
    await settle();
    stage.store.mood = 'well';
    const done = assertion.assertAll();
    stage.lanes.resume();
    await settle();
    expect(await done).toBe(true);
    expect(asserted).toEqual([]);
    expect((await stage.record()).phase.name).toBe('grace');
  });

  it('takes a round for unfinished when a newer one has begun', async () => {
    await open('a', '1001');
    stage.store.mood = 'away';
    const first = assertion.assertAll();
    await settle();
    const second = assertion.assertAll();
    stage.store.mood = 'well';
    stage.lanes.resume();
    await settle();
    expect([await first, await second]).toEqual([false, true]);
  });

  it('opens again what a late sweep has closed', async () => {
    await open('a', '1001');
    await stage.happens({ type: 'serverLost', serverId: 'primary-1' });
    await assertion.compare(0);
    await settle();
    expect((await stage.record()).phase.name).toBe('present');
  });

  it('closes what a record holds of this server and this server does not hold', async () => {
    await stage.happens({ type: 'desktopOpened', desktop: stage.holding('stray', '1003').desktop }, '1003');
    recorded = ['1003'];
    await assertion.compare(1);
    await settle();
    expect((await stage.record('1003')).phase.name).toBe('grace');
  });

  it('reads the records only when the numbers differ, and now and then even so', async () => {
    await open('a', '1001');
    recorded = ['1003'];
    await stage.happens({ type: 'desktopOpened', desktop: stage.holding('stray', '1003').desktop }, '1003');
    for (let renewal = 0; renewal < 11; renewal += 1) await assertion.compare(1);
    await settle();
    expect((await stage.record('1003')).phase.name).toBe('present');
    await assertion.compare(1);
    await settle();
    expect((await stage.record('1003')).phase.name).toBe('grace');
  });
});
