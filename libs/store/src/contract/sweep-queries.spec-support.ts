import { type Agent, type Phase } from '#domain/agent';
import { type AgentStore } from '#engine/ports';
import { type OverduePage, type Roll } from '../roll';
import { desktopOf, firstCommit, keyOf, Life, lossOn, newAgent, presentAgent } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface SweepQueriesUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly roll: Pick<Roll, 'now' | 'overdue' | 'restoring'>;
}

/** What a sweep asks for: records whose time is past. */
export function describeSweepQueries(name: string, start: () => Promise<SweepQueriesUnderTest>): void {
  describe(`a sweep's look for overdue records ${name}`, () => {
    const under = startedForEach(start);
    times(under);
    pages(under);
    restores(under);
  });
}

type Waiting = 'grace' | 'held' | 'issuing';

/** Puts an agent into a phase that ends at that time: the due time, or the deadline of a request. */
async function put(under: SweepQueriesUnderTest, agentId: string, name: Waiting, at: number): Promise<void> {
  const { agent: before, version } = await under.store.load(keyOf(agentId));
  const loss = lossOn(desktopOf(agentId), { epoch: before.epoch + 1 });
  const issuing = { dueAt: 1, since: 1, deadline: at, pending: null } as const;
  const phases: Readonly<Record<Waiting, Phase>> = {
    grace: { name: 'grace', loss, dueAt: at },
    held: { name: 'held', loss, dueAt: at, reasons: ['call'] },
    issuing: { name: 'issuing', loss, ...issuing },
  };
  const agent = { ...newAgent(agentId), epoch: loss.epoch, phase: phases[name] };
  await under.store.commit(firstCommit(agent, { before, expectedVersion: version }));
}

async function overdue(under: SweepQueriesUnderTest, before: number, page: OverduePage): Promise<string[]> {
  return (await under.roll.overdue(before, page)).map(({ key }: Agent) => key.agentId);
}

function times(under: () => SweepQueriesUnderTest): void {
  it('has the time of the store', async () => {
    const { roll, clock } = under();
    const before = await clock.now();
    const now = await roll.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(await clock.now());
  });

  it('finds those whose time is before the one that is asked about, the earliest first', async () => {
    await put(under(), '1001', 'grace', 3_000);
    await put(under(), '1002', 'grace', 1_000);
    await put(under(), '1003', 'grace', 2_000);
    const phases = ['grace'] as const;
    expect(await overdue(under(), 1_000, { phases, limit: 10 })).toEqual([]);
    expect(await overdue(under(), 1_001, { phases, limit: 10 })).toEqual(['1002']);
    expect(await overdue(under(), 9_000, { phases, limit: 10 })).toEqual(['1002', '1003', '1001']);
    const [agent] = await under().roll.overdue(1_001, { phases, limit: 1 });
    expect(agent).toEqual((await under().store.load(keyOf('1002'))).agent);
  });

  it('orders those of one time by their ids, whichever came first', async () => {
    for (const agentId of ['1003', '1001', '999', '1002']) await put(under(), agentId, 'grace', 1_000);
    expect(await overdue(under(), 2_000, { phases: ['grace'], limit: 3 })).toEqual(['1001', '1002', '1003']);
    expect(await overdue(under(), 2_000, { phases: ['grace'], limit: 3, offset: 3 })).toEqual(['999']);
  });

  it('goes by the latest time of each, and by the phase that it is in', async () => {
    await put(under(), '1001', 'grace', 1_000);
    await put(under(), '1002', 'grace', 1_000);
    await put(under(), '1001', 'grace', 5_000);
    await put(under(), '1002', 'held', 1_000);
    expect(await overdue(under(), 4_000, { phases: ['grace'], limit: 10 })).toEqual([]);
    expect(await overdue(under(), 4_000, { phases: ['held'], limit: 10 })).toEqual(['1002']);
    await new Life(() => under().store).openDesktop('1002');
    expect(await overdue(under(), 9_000, { phases: ['held', 'grace'], limit: 10 })).toEqual(['1001']);
  });
}

function pages(under: () => SweepQueriesUnderTest): void {
  it('answers phase by phase in the order asked for, so many in all', async () => {
    await put(under(), '1001', 'grace', 1_000);
    await put(under(), '1002', 'grace', 2_000);
    await put(under(), '1003', 'issuing', 3_000);
    await put(under(), '1004', 'issuing', 4_000);
    await put(under(), '1005', 'held', 500);
    const phases = ['issuing', 'grace'] as const;
    expect(await overdue(under(), 9_000, { phases, limit: 10 })).toEqual(['1003', '1004', '1001', '1002']);
    expect(await overdue(under(), 9_000, { phases, limit: 3 })).toEqual(['1003', '1004', '1001']);
    expect(await overdue(under(), 9_000, { phases: ['grace', 'issuing'], limit: 3 })).toEqual(['1001', '1002', '1003']);
  });

  it('leaves out so many of each phase', async () => {
    for (const [n, agentId] of ['1001', '1002', '1003'].entries()) await put(under(), agentId, 'held', 1_000 + n);
    await put(under(), '1004', 'grace', 1_000);
    expect(await overdue(under(), 9_000, { phases: ['held'], limit: 2 })).toEqual(['1001', '1002']);
    expect(await overdue(under(), 9_000, { phases: ['held'], limit: 2, offset: 2 })).toEqual(['1003']);
    expect(await overdue(under(), 9_000, { phases: ['held'], limit: 2, offset: 3 })).toEqual([]);
    expect(await overdue(under(), 9_000, { phases: ['held', 'grace'], limit: 9, offset: 1 })).toEqual(['1002', '1003']);
  });
}

function restores(under: () => SweepQueriesUnderTest): void {
  it('finds those to whom Ready is still to be given back, and no others', async () => {
    const { store, roll } = under();
    const restore = { reasonCode: 20_001, until: 9_000 };
    const commit = async (agentId: string, phase: Phase): Promise<void> => {
      const { agent: before, version: expectedVersion } = await store.load(keyOf(agentId));
      await store.commit(firstCommit({ ...presentAgent(agentId), phase }, { before, expectedVersion }));
    };
    for (const agentId of ['1001', '1002']) await commit(agentId, { name: 'present', restore });
    await commit('1003', { name: 'present', restore: null });
    const found = async (limit: number): Promise<string[]> =>
      (await roll.restoring(limit)).map(({ key }) => key.agentId).sort();
    expect(await found(10)).toEqual(['1001', '1002']);
    expect(await found(1)).toHaveLength(1);
    await commit('1001', { name: 'present', restore: null });
    expect(await found(10)).toEqual(['1002']);
  });
}
