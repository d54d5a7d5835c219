import { type Side } from '#domain/agent';
import { type Protection } from '#domain/mass-loss';
import { type AgentStore } from '#engine/ports';
import { type ServerLeases } from '../servers';
import { type Sides } from '../sides';
import { desktopOf, firstCommit, keyOf, Life, lossOn, newAgent } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface SidesUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly leases: Pick<ServerLeases, 'renew'>;
  readonly sides: Pick<
    Sides,
    | 'hold'
    | 'release'
    | 'holds'
    | 'protections'
    | 'protect'
    | 'presentCount'
    | 'absentCount'
    | 'lossCount'
    | 'absentSince'
    | 'clearedSince'
  >;
}

/** What is known of a whole side. */
export function describeSides(name: string, start: () => Promise<SidesUnderTest>): void {
  describe(`a side ${name}`, () => {
    const under = startedForEach(start);
    holds(under);
    protections(under);
    presence(under);
    losses(under);
    absences(under);
  });
}

const dayMs = 24 * 3_600_000;
const sidesOf = ['primary', 'secondary'] as const satisfies readonly Side[];

function lifeOf(under: () => SidesUnderTest): Life {
  return new Life(() => under().store);
}

function holds(under: () => SidesUnderTest): void {
  it('is held once, by the first, until it is released', async () => {
    const { sides, clock } = under();
    const before = await clock.now();
    expect(await sides.hold('primary', 'ann|a')).toBe(true);
    const after = await clock.now();
    expect(await sides.hold('primary', 'bob')).toBe(false);
    const all = await sides.holds();
    expect(all).toEqual([{ side: 'primary', by: 'ann|a', since: expect.any(Number) as number }]);
    expect(all[0]?.since).toBeGreaterThanOrEqual(before);
    expect(all[0]?.since).toBeLessThanOrEqual(after);
    expect(await sides.release('secondary')).toBe(false);
    expect(await sides.release('primary')).toBe(true);
    expect(await sides.release('primary')).toBe(false);
    expect(await sides.holds()).toEqual([]);
  });
}

function protections(under: () => SidesUnderTest): void {
  const held: Protection = { state: 'held', since: 1_700_000_000_000, lost: 7 };

  it('has no protection at first, and each side its own', async () => {
    const { sides } = under();
    expect(await sides.protections()).toEqual({ primary: null, secondary: null });
    expect(await sides.protect('secondary', null, held)).toBe(true);
    expect(await sides.protections()).toEqual({ primary: null, secondary: held });
  });

  it('has its protection replaced only by one that knew it as it is', async () => {
    const { sides } = under();
    expect(await sides.protect('primary', held, { ...held, state: 'over' })).toBe(false);
    expect(await sides.protect('primary', null, held)).toBe(true);
    for (const other of [null, { ...held, lost: 8 }, { ...held, since: held.since + 1 }, { ...held, state: 'slow' }])
      expect(await sides.protect('primary', other as Protection | null, null)).toBe(false);
    expect((await sides.protections()).primary).toEqual(held);
    // Whatever order its fields were written in.
    const sameAgain: Protection = { lost: held.lost, since: held.since, state: held.state };
    expect(await sides.protect('primary', sameAgain, { ...held, state: 'over' })).toBe(true);
    expect(await sides.protect('primary', { ...held, state: 'over' }, null)).toBe(true);
    expect(await sides.protections()).toEqual({ primary: null, secondary: null });
  });
}

function presence(under: () => SidesUnderTest): void {
  const counts = async (): Promise<number[]> => Promise.all(sidesOf.map((side) => under().sides.presentCount(side)));

  it('counts each present agent once, however many of its servers hold a desktop of it', async () => {
    const life = lifeOf(under);
    expect(await counts()).toEqual([0, 0]);
    await life.openDesktop('1001', 'primary-1');
    await life.openDesktop('1001', 'primary-2');
    await life.openDesktop('1002', 'primary-2');
    await life.openDesktop('1002', 'secondary-1');
    expect(await counts()).toEqual([2, 1]);
    await life.loseDesktop('1001', 'primary-1');
    expect(await counts()).toEqual([2, 1]);
    await life.loseDesktop('1001', 'primary-2');
    expect(await counts()).toEqual([1, 1]);
    await life.happen('1002', { type: 'serverLost', serverId: 'primary-2' });
    expect(await counts()).toEqual([0, 1]);
  });
}

/** A loss that began at that time, as its commit tells the store. */
async function lose(under: SidesUnderTest, agentId: string, lostAt: number): Promise<void> {
  const { agent: before, version } = await under.store.load(keyOf(agentId));
  const desktop = desktopOf(agentId);
  const loss = lossOn(desktop, { epoch: before.epoch + 1, lostAt });
  const { epoch } = loss;
  const began = {
    what: 'lossBegan',
    loss: epoch,
    cause: loss.cause,
    desktop,
    dueAt: lostAt + 60_000,
    sentence: 'Lost.',
  };
  const agent = { ...newAgent(agentId), epoch, phase: { name: 'grace', loss, dueAt: lostAt + 60_000 } } as const;
  await under.store.commit(
    firstCommit(agent, { before, expectedVersion: version, entries: [{ ...began, what: 'lossBegan' }] }),
  );
}

function losses(under: () => SidesUnderTest): void {
  it('counts agents that were lost in a window, without those that said goodbye', async () => {
    const { sides, clock } = under();
    const life = lifeOf(under);
    const before = await clock.now();
    for (const agentId of ['1001', '1002', '1003', '1004']) await life.openDesktop(agentId);
    await life.loseDesktop('1001');
    await life.loseDesktop('1002', 'primary-1', 'bye');
    await life.loseDesktop('1003');
    await life.openDesktop('1003');
    await life.happen('1004', { type: 'serverLost', serverId: 'primary-1' });
    const after = await clock.now();
    expect(await sides.lossCount('primary', before, after)).toBe(3);
    expect(await sides.lossCount('primary', after + 1, after + 1_000)).toBe(0);
    expect(await sides.lossCount('primary', before - 1_000, before - 1)).toBe(0);
    expect(await sides.lossCount('secondary', before, after)).toBe(0);
  });

  it('counts each agent once, by its latest loss, with both ends of the window', async () => {
    const { sides, clock } = under();
    const now = await clock.now();
    await lose(under(), '1001', now - 2_000);
    await lose(under(), '1002', now - 2_000);
    await lose(under(), '1002', now - 1_000);
    const count = (fromMs: number, toMs: number): Promise<number> =>
      sides.lossCount('primary', now + fromMs, now + toMs);
    expect(await count(-2_000, -1_000)).toBe(2);
    expect(await count(-2_000, -1_001)).toBe(1);
    expect(await count(-1_000, -1_000)).toBe(1);
    expect(await count(-1_999, -1_001)).toBe(0);
  });

  it('counts no more who turns out to have signed out, and knows how many those are', async () => {
    const { sides, clock } = under();
    const life = lifeOf(under);
    const before = await clock.now();
    for (const agentId of ['1001', '1002', '1003']) {
      await life.openDesktop(agentId);
      await life.loseDesktop(agentId);
    }
    await life.happen('1001', { type: 'signedOut', evidence: 'The CTI server says LOGOUT.' });
    await life.openDesktop('1002');
    const after = await clock.now();
    expect(await sides.lossCount('primary', before, after)).toBe(2);
    expect(await sides.clearedSince('primary', before)).toBe(1);
    expect(await sides.clearedSince('primary', after + 1)).toBe(0);
    expect(await sides.clearedSince('secondary', before)).toBe(0);
  });

  it('knows the latest loss of an agent however long ago it was, also while servers of the side renew their leases', async () => {
    const { sides, clock, leases } = under();
    const now = await clock.now();
    await lose(under(), '1001', now - dayMs);
    await leases.renew('primary-1', 'primary', '');
    expect(await sides.lossCount('primary', now - dayMs, now)).toBe(1);
    expect(await sides.absentSince('primary', now - dayMs)).toBe(1);
  });
}

function absences(under: () => SidesUnderTest): void {
  it('counts the absent by the side of their last desktop, whatever the cause', async () => {
    const { sides } = under();
    const life = lifeOf(under);
    for (const agentId of ['1001', '1002', '1003']) await life.openDesktop(agentId);
    await life.loseDesktop('1001');
    await life.loseDesktop('1002', 'primary-1', 'bye');
    expect(await sides.absentCount('primary')).toBe(2);
    expect(await sides.absentCount('secondary')).toBe(0);
    await life.openDesktop('1001', 'secondary-1');
    expect(await sides.absentCount('primary')).toBe(1);
    await life.loseDesktop('1001', 'secondary-1');
    expect([await sides.absentCount('primary'), await sides.absentCount('secondary')]).toEqual([1, 1]);
  });

  it('counts of those that were lost since some time the ones that are still absent', async () => {
    const { sides, clock } = under();
    const life = lifeOf(under);
    const now = await clock.now();
    await lose(under(), '1001', now - 2_000);
    await lose(under(), '1002', now - 1_000);
    await lose(under(), '1003', now - 1_000);
    expect(await sides.absentSince('primary', now - 2_000)).toBe(3);
    expect(await sides.absentSince('primary', now - 1_999)).toBe(2);
    expect(await sides.absentSince('primary', now - 1_000)).toBe(2);
    expect(await sides.absentSince('primary', now - 999)).toBe(0);
    expect(await sides.absentSince('secondary', now - 2_000)).toBe(0);
    await life.openDesktop('1003');
    expect(await sides.absentSince('primary', now - 2_000)).toBe(2);
  });
}
