import { type Agent, type Cause, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { defaultPolicy } from '#domain/policy';
import { type AgentView } from '#cti-client/agent-view';
import { type LookAnswer } from '#cti-client/request-outcome';
import { commonFactsMsMax, CtiWitnesses } from './cti-witnesses';

const now = 10_000_000;
const view: AgentView = {
  agentId: '1001',
  state: 2,
  reasonCode: 0,
  nextState: undefined,
  extension: '3001',
  instrument: '3001',
  calls: [],
  signedOut: false,
  onCall: false,
};

function agentLost(cause: Cause, lostAt: number): Agent {
  const desktop = { connection: 'c', desktopId: 'd', side: 'primary', serverId: 'primary-1' } as const;
  const loss = aLoss({ epoch: 2, cause, lostAt, desktop });
  return { ...unseenAgent({ peripheralId: 5000, agentId: '1001' }), phase: { name: 'grace', loss, dueAt: now } };
}

function setUp() {
  const world = {
    mayRequest: true,
    look: { kind: 'known', view } as LookAnswer,
    live: [{ serverId: 'primary-1', side: 'primary' as const, asserted: 'g' }],
    holds: [] as { side: 'primary' | 'secondary'; by: string; since: number }[],
    drains: [] as { side: 'primary' | 'secondary'; by: string; since: number; overMs: number }[],
    overloadedUntil: { primary: 0, secondary: 0 },
    protectedUntil: null as number | null,
    ms: 0,
    unsettled: null as string | null,
  };
  const witnesses = new CtiWitnesses({
    keeper: { mayRequest: () => world.mayRequest, whyNot: 'standing by' },
    agentDesk: { look: () => Promise.resolve(world.look) },
    servers: { live: () => Promise.resolve(world.live) },
    sides: { holds: () => Promise.resolve(world.holds) },
    drains: { all: () => Promise.resolve(world.drains) },
    overloads: { until: () => Promise.resolve(world.overloadedUntil) },
    sideWatch: { protectedUntil: () => Promise.resolve(world.protectedUntil) },
    lastLook: { ask: () => Promise.resolve({ answer: 'none', asked: [] }) },
    policyOf: () => defaultPolicy,
    monotonicMs: () => world.ms,
    clock: { look: () => Promise.resolve(), unsettled: () => world.unsettled },
    leaseMs: 15_000,
  });
  const facts = (cause: Cause = 'lost', lostAt = now - 60_000): Promise<unknown> =>
    witnesses.findFacts(agentLost(cause, lostAt), now);
  return { world, facts };
}

describe('the facts of the gates', () => {
  it('are an outage while this worker may not request, whatever the mirror says', async () => {
    const { world, facts } = setUp();
    world.mayRequest = false;
    expect(await facts()).toEqual({ link: 'outOfService', why: 'standing by' });
  });

  it('say why while the time of the store is not settled', async () => {
    const { world, facts } = setUp();
    world.unsettled = 'it stepped';
    expect(await facts()).toMatchObject({ link: 'inService', clock: 'it stepped' });
  });

  it('are an outage when the CTI server cannot be asked about an agent the mirror does not know', async () => {
    const { world, facts } = setUp();
    world.look = { kind: 'unavailable', why: 'the link was lost' };
    expect(await facts()).toEqual({ link: 'outOfService', why: 'the link was lost' });
  });

  it('say that the CTI server does not know the agent, which is no sign-out', async () => {
    const { world, facts } = setUp();
    world.look = { kind: 'unknownAgent' };
    expect(await facts()).toMatchObject({ isKnown: false, signedOut: false });
  });

  it('say on a call by the calls and not only by the state', async () => {
    const { world, facts } = setUp();
    world.look = { kind: 'known', view: { ...view, calls: ['1/0/3001'], onCall: true } };
    expect(await facts()).toMatchObject({ onCall: true, state: 'NOT_READY with 1 open call(s)' });
  });

  it('hold the losses of a server that died soon after for as long as its own loss would be held', async () => {
    const { world, facts } = setUp();
    world.live = [];
    const graceEndsAt = now - 60_000 + defaultPolicy.graceMs.serverLost;
    expect(await facts()).toMatchObject({ sideOutageUntil: graceEndsAt });
    expect(await facts('lost', now - defaultPolicy.graceMs.serverLost)).toMatchObject({ sideOutageUntil: null });
  });

  it('hold the losses of a side that cannot let everybody in', async () => {
    const { world, facts } = setUp();
    world.live.push({ serverId: 'secondary-1', side: 'secondary' as never, asserted: 'g' });
    world.overloadedUntil = { primary: now + 9_000, secondary: 0 };
    expect(await facts()).toMatchObject({ sideOutageUntil: now + 9_000 });
    world.overloadedUntil = { primary: now, secondary: 0 };
    world.ms += commonFactsMsMax + 1;
    expect(await facts()).toMatchObject({ sideOutageUntil: null });
  });

  it('hold losses when every side that would let desktops in is overloaded, and not when one is left', async () => {
    const { world, facts } = setUp();
    world.live.push({ serverId: 'secondary-1', side: 'secondary' as never, asserted: 'g' });
    world.overloadedUntil = { primary: 0, secondary: now + 9_000 };
    expect(await facts()).toMatchObject({ sideOutageUntil: null });
    world.drains = [{ side: 'primary', by: 'mia', since: 0, overMs: 1 }];
    world.ms += commonFactsMsMax + 1;
    expect(await facts()).toMatchObject({ sideOutageUntil: now + 9_000 });
  });

  it('tell of an operator who holds the side that lost the desktop, and not the other one', async () => {
    const { world, facts } = setUp();
    world.holds = [{ side: 'secondary', by: 'mia', since: 0 }];
    expect(await facts()).toMatchObject({ heldByOperator: false });
    world.holds = [{ side: 'primary', by: 'mia', since: 0 }];
    world.ms += commonFactsMsMax + 1;
    expect(await facts()).toMatchObject({ heldByOperator: true });
  });

  it('say mass loss when the side of the loss is protected', async () => {
    const { world, facts } = setUp();
    expect(await facts()).toMatchObject({ massLossUntil: null });
    world.protectedUntil = now + 9_000;
    expect(await facts()).toMatchObject({ massLossUntil: now + 9_000 });
  });
});
