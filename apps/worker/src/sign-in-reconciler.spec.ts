import { type Agent, type AgentKey, unseenAgent } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { defaultPolicy, type Policy } from '#domain/policy';
import { AgentState } from '#cti-protocol/enumerations';
import { type LookAnswer } from '#cti-client/request-outcome';
import { makeView } from '#cti-client/agent-view';
import { decide } from '#domain/decide';
import { pino } from 'pino';
import { SignInReconciler } from './sign-in-reconciler';
import { SignInReports } from './sign-in-reports';

const { AVAILABLE, LOGOUT, NOT_READY, UNKNOWN } = AgentState;
const desktop = { connection: 'c1', desktopId: 'd1', side: 'primary', serverId: 'primary-1' } as const;

const nothing = (): void => undefined;

function setUp(policy: Policy = defaultPolicy) {
  const records = new Map<string, Agent>();
  const versions = new Map<string, number>();
  const versionOf = (agentId: string): string => String(versions.get(agentId) ?? '');
  const states = new Map<string, number>();
  /** What a question shows, where it differs from what the stream said. */
  const asked = new Map<string, LookAnswer>();
  const questions: string[] = [];
  const lists: string[][] = [];
  const world = { isActive: true, unreadable: '', beforeCommit: nothing };
  const keyOf = (agentId: string): AgentKey => ({ peripheralId: 5000, agentId });
  const recordOf = (agentId: string): Agent => records.get(agentId) ?? unseenAgent(keyOf(agentId));
  const happens = (agentId: string, event: AgentEvent): boolean => {
    const before = recordOf(agentId);
    const { agent } = decide(before, event, 1_000, policy);
    if (agent !== before) records.set(agentId, agent);
    if (agent !== before) versions.set(agentId, (versions.get(agentId) ?? 0) + 1);
    return agent !== before;
  };
  const viewOf = (agentId: string): LookAnswer => {
    const state = states.get(agentId) ?? UNKNOWN;
    const facts = { agentId, state, reasonCode: 0, nextState: undefined, extension: undefined, instrument: undefined };
    return asked.get(agentId) ?? { kind: 'known', view: makeView(facts, []) };
  };
  const store = {
    load: ({ agentId }: AgentKey) =>
      agentId === world.unreadable
        ? Promise.reject(Object.assign(new Error('unreadable'), { code: 'RECORD_UNREADABLE' }))
        : Promise.resolve({ agent: recordOf(agentId), version: versionOf(agentId), now: 1_000 }),
  };
  const reports = new SignInReports({
    store,
    agentDesk: {
      ask: (agentId) => {
        questions.push(agentId);
        return Promise.resolve(viewOf(agentId));
      },
    },
    engine: {
      handleAsOf: (key, event, version) => {
        world.beforeCommit();
        world.beforeCommit = nothing;
        if (version !== versionOf(key.agentId)) return Promise.resolve(null);
        const changed = happens(key.agentId, event);
        return Promise.resolve({ agent: recordOf(key.agentId), changed });
      },
    },
    peripheralId: 5000,
    policyOf: () => policy,
  });
  const reconciler = new SignInReconciler({
    mirror: { states: () => [...states].map(([agentId, state]) => ({ agentId, state })) },
    reports,
    store,
    withoutDesktop: {
      replace: (agents) => {
        lists.push(agents.map(({ agentId, state }) => `${agentId} ${state}`));
        return Promise.resolve();
      },
    },
    isActive: () => world.isActive,
    everyMs: 15_000,
    log: pino({ level: 'silent' }),
  });
  return { reconciler, reports, records, states, asked, questions, lists, world, happens, recordOf };
}

/** Had a desktop, was signed out by us, and is settled. */
function settled(rig: ReturnType<typeof setUp>, agentId: string): void {
  rig.happens(agentId, { type: 'desktopOpened', desktop });
  rig.happens(agentId, { type: 'signedOut', evidence: '' });
  rig.happens(agentId, { type: 'desktopClosed', connection: 'c1', cause: 'bye', seenBy: 's' });
}

describe('a state that the stream of one side tells late', () => {
  it('begins no loss after our own logout, which the other side was told of first', async () => {
    const rig = setUp();
    settled(rig, '1001');
    rig.states.set('1001', LOGOUT);
    expect(await rig.reports.handIn('1001', NOT_READY)).toBe(false);
    expect(rig.questions).toEqual(['1001']);
    expect(rig.recordOf('1001').phase.name).toBe('settled');
  });

  it('does not sign out in the record who has signed in since', async () => {
    const rig = setUp();
    rig.happens('1001', { type: 'desktopOpened', desktop });
    rig.happens('1001', { type: 'signedIn', isReady: false, evidence: '' });
    rig.states.set('1001', NOT_READY);
    expect(await rig.reports.handIn('1001', LOGOUT)).toBe(false);
    expect(rig.recordOf('1001')).toMatchObject({ signedIn: 'yes', phase: { name: 'present' } });
  });

  it('does not sign in again in the record who signs out while it is being handed in', async () => {
    const rig = setUp();
    rig.happens('1001', { type: 'desktopOpened', desktop });
    rig.states.set('1001', LOGOUT);
    rig.world.beforeCommit = () => rig.happens('1001', { type: 'signedOut', evidence: '' });
    expect(await rig.reports.handIn('1001', NOT_READY)).toBe(false);
    expect(rig.recordOf('1001')).toMatchObject({ signedIn: 'no', phase: { name: 'settled' } });
  });

  it('and a state that was asked for before a sign-out is no sign-in after it', async () => {
    const rig = setUp();
    settled(rig, '1001');
    rig.happens('1001', { type: 'desktopOpened', desktop });
    rig.states.set('1001', AVAILABLE);
    rig.world.beforeCommit = () => {
      rig.happens('1001', { type: 'signedIn', isReady: true, evidence: '' });
      rig.happens('1001', { type: 'signedOut', evidence: '' });
      rig.states.set('1001', LOGOUT);
    };
    expect(await rig.reports.handIn('1001', AVAILABLE)).toBe(false);
    expect(rig.recordOf('1001')).toMatchObject({ signedIn: 'no', phase: { name: 'settled' } });
  });

  it('is not believed while the CTI server cannot be asked', async () => {
    const rig = setUp();
    settled(rig, '1001');
    rig.asked.set('1001', { kind: 'unavailable', why: 'the link is down' });
    expect(await rig.reports.handIn('1001', AVAILABLE)).toBe(false);
    expect(rig.recordOf('1001').phase.name).toBe('settled');
  });
});

describe('the comparison of the CTI server with the records', () => {
  it('begins a loss for an agent who is signed in although the last loss is over, as an event would have', async () => {
    const rig = setUp();
    settled(rig, '1001');
    rig.states.set('1001', AVAILABLE);
    expect(await rig.reconciler.run()).toBe(1);
    expect(rig.recordOf('1001').phase).toMatchObject({ name: 'grace', loss: { cause: 'withoutDesktop' } });
    expect(await rig.reconciler.run()).toBe(0);
  });

  it('asks before it begins or ends anything: what the stream said may be out of date', async () => {
    const rig = setUp();
    settled(rig, '1001');
    rig.states.set('1001', AVAILABLE);
    rig.asked.set('1001', { kind: 'unavailable', why: 'the link is down' });
    expect(await rig.reconciler.run()).toBe(0);
    expect(rig.questions).toEqual(['1001']);
    expect(rig.recordOf('1001').phase.name).toBe('settled');
  });

  it('remembers a sign-in of a present agent without a question', async () => {
    const rig = setUp();
    rig.happens('1001', { type: 'desktopOpened', desktop });
    rig.states.set('1001', NOT_READY);
    expect(await rig.reconciler.run()).toBe(1);
    expect(rig.recordOf('1001').signedIn).toBe('yes');
    expect(rig.questions).toEqual([]);
  });

  it('tells a record of a sign-out that was missed', async () => {
    const rig = setUp();
    rig.happens('1001', { type: 'desktopOpened', desktop });
    rig.happens('1001', { type: 'signedIn', isReady: true, evidence: '' });
    rig.states.set('1001', LOGOUT);
    expect(await rig.reconciler.run()).toBe(1);
    expect(rig.recordOf('1001').signedIn).toBe('no');
  });

  it('lists agents who work without a desktop, and leaves them alone by default', async () => {
    const rig = setUp();
    rig.states.set('1001', AVAILABLE).set('1002', LOGOUT).set('1003', NOT_READY).set('1004', UNKNOWN);
    rig.happens('1005', { type: 'desktopOpened', desktop });
    rig.states.set('1005', AVAILABLE);
    await rig.reconciler.run();
    expect(rig.lists).toEqual([['1001 AVAILABLE', '1003 NOT_READY']]);
    expect(rig.reconciler.withoutDesktop).toBe(2);
    expect(rig.recordOf('1001').phase.name).toBe('unseen');
  });

  it('begins a loss for them where the policy says so', async () => {
    const rig = setUp({ ...defaultPolicy, withoutDesktop: 'logout' });
    rig.states.set('1001', AVAILABLE);
    expect(await rig.reconciler.run()).toBe(1);
    expect(rig.recordOf('1001').phase).toMatchObject({ name: 'grace' });
  });

  it('is not stopped by a record that cannot be read', async () => {
    const rig = setUp();
    rig.world.unreadable = '1001';
    rig.states.set('1001', AVAILABLE).set('1002', AVAILABLE);
    await rig.reconciler.run();
    expect(rig.lists).toEqual([['1002 AVAILABLE']]);
  });

  it('is made only by a worker whose link may be believed', async () => {
    const rig = setUp();
    rig.world.isActive = false;
    rig.states.set('1001', AVAILABLE);
    expect(await rig.reconciler.run()).toBe(0);
    expect(rig.lists).toEqual([]);
  });
});
