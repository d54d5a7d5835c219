import { type AgentStore } from '#engine/ports';
import { generationAgeMs } from '../generation-age';
import { type Renewal, type ServerLeases } from '../servers';
import { issuingCommit, Life } from './agents.spec-support';
import { startedForEach, type UnderTest, waitFor, within } from './under-test.spec-support';

export interface ServerLeasesUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly leases: Pick<ServerLeases, 'renew' | 'live' | 'lapsed' | 'agentsOf' | 'recordedAgents' | 'remove'>;
  /** Of each renewal, and of what the store waits for in a new generation (generation-age.ts). */
  readonly leaseMs: number;
  /** The store begins a new life with all its data. */
  restart(): Promise<void>;
}

/** Leases of servers, the agents whose desktops they hold, and the generations of the store. */
export function describeServerLeases(name: string, start: () => Promise<ServerLeasesUnderTest>): void {
  describe(`the lease of a server ${name}`, () => {
    const under = startedForEach(start);
    lifeOfLease(under);
    endOfLease(under);
    agentsOfServers(under);
  });
  describe(`the generation of a store ${name}`, () => {
    const under = startedForEach(start);
    assertions(under);
    ageOfGenerations(under);
  });
}

const primary = (under: ServerLeasesUnderTest, asserted: string, serverId = 'primary-1'): Promise<Renewal> =>
  under.leases.renew(serverId, 'primary', asserted);

/** A little longer than a lease. */
const leaseEnds = ({ clock, leaseMs }: ServerLeasesUnderTest): Promise<void> => clock.advance(leaseMs + 1);

/** What is seen in less than a lease after `prepare`. */
function inOneLease<T>(
  { clock, leaseMs }: ServerLeasesUnderTest,
  prepare: () => Promise<unknown>,
  look: () => Promise<T>,
): Promise<T> {
  return within({ clock, ms: leaseMs }, async () => {
    await prepare();
    return look();
  });
}

function lifeOfLease(under: () => ServerLeasesUnderTest): void {
  it('is new at first, then lives, then lapses, and says so when it comes back', async () => {
    const { leases, clock } = under();
    const before = await clock.now();
    const first = await primary(under(), '');
    expect(first).toMatchObject({ lapsed: true, agents: 0 });
    expect(first.now).toBeGreaterThanOrEqual(before);
    expect(
      await inOneLease(
        under(),
        () => primary(under(), ''),
        () => primary(under(), ''),
      ),
    ).toMatchObject({
      lapsed: false,
    });
    expect(
      await inOneLease(
        under(),
        () => primary(under(), ''),
        () => leases.live(),
      ),
    ).toEqual([{ serverId: 'primary-1', side: 'primary', asserted: '' }]);
    await leaseEnds(under());
    expect(await leases.live()).toEqual([]);
    expect(await leases.lapsed()).toEqual([{ serverId: 'primary-1', side: 'primary' }]);
    expect(await primary(under(), first.generation)).toMatchObject({ lapsed: true });
  });

  it('lasts a lease from its last renewal', async () => {
    const { leases, clock, leaseMs } = under();
    // Either pause is shorter than a lease when both together are shorter than one and a half.
    const [again, live] = await within({ clock, ms: 1.5 * leaseMs }, async () => {
      await primary(under(), '');
      await clock.advance(0.6 * leaseMs);
      const renewal = await primary(under(), '');
      await clock.advance(0.6 * leaseMs);
      return [renewal, await leases.live()] as const;
    });
    expect(again).toMatchObject({ lapsed: false });
    expect(live).toHaveLength(1);
  });
}

function endOfLease(under: () => ServerLeasesUnderTest): void {
  it('is each server’s own', async () => {
    const { leases } = under();
    await primary(under(), '');
    await leaseEnds(under());
    const live = await inOneLease(
      under(),
      () => leases.renew('secondary-1', 'secondary', ''),
      () => leases.live(),
    );
    expect(live).toEqual([{ serverId: 'secondary-1', side: 'secondary', asserted: '' }]);
    expect(await leases.lapsed()).toContainEqual({ serverId: 'primary-1', side: 'primary' });
  });

  it('is removed only when it has ended and no record names a desktop of the server', async () => {
    const { leases, store } = under();
    const life = new Life(() => store);
    await life.openDesktop('1001');
    const alive = await inOneLease(
      under(),
      () => primary(under(), ''),
      () => leases.remove('primary-1'),
    );
    expect(alive).toBe('alive');
    await leaseEnds(under());
    expect(await leases.remove('primary-1')).toBe('notEmpty');
    expect(await leases.lapsed()).toHaveLength(1);
    await life.happen('1001', { type: 'serverLost', serverId: 'primary-1' });
    expect(await leases.remove('primary-1')).toBe('removed');
    expect(await leases.lapsed()).toEqual([]);
    expect(await primary(under(), '')).toMatchObject({ lapsed: true });
  });
}

function agentsOfServers(under: () => ServerLeasesUnderTest): void {
  it('counts the agents whose record names a desktop of the server', async () => {
    const { leases, store } = under();
    const life = new Life(() => store);
    for (const agentId of ['1001', '1002']) await life.openDesktop(agentId);
    await life.openDesktop('1002', 'primary-2');
    await life.openDesktop('1003', 'primary-2');
    expect(await primary(under(), '')).toMatchObject({ agents: 2 });
    expect([...(await leases.recordedAgents('primary-1'))].sort()).toEqual(['1001', '1002']);
    await life.loseDesktop('1002');
    expect(await primary(under(), '')).toMatchObject({ agents: 1 });
    expect(await leases.recordedAgents('primary-1')).toEqual(['1001']);
    expect(await leases.recordedAgents('primary-9')).toEqual([]);
  });

  it('keeps its agents from a sweep that began before it came back', async () => {
    const { leases, store } = under();
    const life = new Life(() => store);
    await life.openDesktop('1001');
    expect(
      await inOneLease(
        under(),
        () => primary(under(), ''),
        () => leases.agentsOf('primary-1', 10),
      ),
    ).toEqual([]);
    await leaseEnds(under());
    expect(await leases.agentsOf('primary-1', 10)).toEqual(['1001']);
    expect(await primary(under(), '')).toMatchObject({ lapsed: true, agents: 1 });
    expect(
      await inOneLease(
        under(),
        () => primary(under(), ''),
        () => leases.agentsOf('primary-1', 10),
      ),
    ).toEqual([]);
    expect(await leases.recordedAgents('primary-1')).toEqual(['1001']);
  });

  it('gives a sweep as many agents of a lapsed server as it asks for, each once, and those of an unknown one', async () => {
    const { leases, store } = under();
    const life = new Life(() => store);
    const ids = ['1001', '1002', '1003', '1004'];
    for (const agentId of ids) await life.openDesktop(agentId);
    const some = await leases.agentsOf('primary-1', 3);
    expect(new Set(some).size).toBe(3);
    for (const agentId of some) expect(ids).toContain(agentId);
    expect([...(await leases.agentsOf('primary-1', 10))].sort()).toEqual(ids);
  });
}

function assertions(under: () => ServerLeasesUnderTest): void {
  const assertedOf = async (): Promise<string | undefined> => (await under().leases.live())[0]?.asserted;

  it('is asserted by a server whose lease lives, and whose word is about this generation', async () => {
    const { generation } = await primary(under(), '');
    const renewTwice = async (asserted: string): Promise<void> => {
      await primary(under(), '');
      await primary(under(), asserted);
    };
    expect(await inOneLease(under(), () => renewTwice(generation), assertedOf)).toBe(generation);
    expect(await inOneLease(under(), () => renewTwice('another'), assertedOf)).toBe('');
    expect(await inOneLease(under(), () => renewTwice(''), assertedOf)).toBe('');
  });

  it('does not count as asserted after a lapse, whatever the server says', async () => {
    const { generation } = await primary(under(), '');
    await primary(under(), generation);
    await leaseEnds(under());
    const asserted = await within(
      { clock: under().clock, ms: under().leaseMs, prepare: () => leaseEnds(under()) },
      () => primary(under(), generation).then(assertedOf),
    );
    expect(asserted).toBe('');
  });

  it('is another one after a restart, for which nobody has asserted', async () => {
    const { generation } = await primary(under(), '');
    expect(await primary(under(), '')).toMatchObject({ generation });
    await under().restart();
    const after = await inOneLease(
      under(),
      () => primary(under(), ''),
      () => primary(under(), generation),
    );
    expect(after.generation).not.toBe(generation);
    expect(await inOneLease(under(), () => primary(under(), generation), assertedOf)).toBe('');
  });
}

/** Renews often, as if asserted, until a request is let out; answers the store's time then. */
async function untilLetOut(
  under: ServerLeasesUnderTest,
  agentId: string,
  renew: () => Promise<unknown>,
): Promise<number> {
  const { clock, store, leaseMs } = under;
  return waitFor({ clock, stepMs: leaseMs / 10, what: 'a request to be let out' }, async () => {
    await renew();
    return (await store.commit(issuingCommit(agentId))) === 'committed' ? clock.now() : undefined;
  });
}

function ageOfGenerations(under: () => ServerLeasesUnderTest): void {
  it('lets nothing out until a lease and a little more have passed since the first server asserted', async () => {
    const { store, clock, leaseMs } = under();
    const { generation } = await primary(under(), '');
    await leaseEnds(under());
    await primary(under(), '');
    expect(await store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'generation' });
    const before = await clock.now();
    await primary(under(), generation);
    const refused = await store.commit(issuingCommit('1001'));
    const letOutAt = await untilLetOut(under(), '1001', () => primary(under(), generation));
    expect(refused).toMatchObject({ refused: 'generation', nextAt: expect.any(Number) as number });
    if (typeof refused === 'object') expect(letOutAt).toBeGreaterThanOrEqual(refused.nextAt ?? Number.NaN);
    expect(letOutAt - before).toBeGreaterThanOrEqual(generationAgeMs(leaseMs));
  });

  it('lets nothing out for twice as long where no server is left to assert', async () => {
    const { store, clock, leaseMs } = under();
    const before = await clock.now();
    expect(await store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'generation' });
    const letOutAt = await untilLetOut(under(), '1001', () => Promise.resolve());
    expect(letOutAt - before).toBeGreaterThanOrEqual(2 * generationAgeMs(leaseMs));
  });

  it('begins again with a restart, whatever servers say of the one before', async () => {
    const { store, clock, leaseMs } = under();
    const { generation } = await primary(under(), '');
    await untilLetOut(under(), '1001', () => primary(under(), generation));
    await under().restart();
    const before = await clock.now();
    expect(await store.commit(issuingCommit('1002'))).toMatchObject({ refused: 'generation' });
    const after = await primary(under(), generation);
    const letOutAt = await untilLetOut(under(), '1002', () => primary(under(), after.generation));
    expect(letOutAt - before).toBeGreaterThanOrEqual(generationAgeMs(leaseMs));
  });

  it('lets nothing out while one live server has not asserted, and goes on without those that lapsed', async () => {
    const { leases, store, clock, leaseMs } = under();
    const { generation } = await primary(under(), '');
    await untilLetOut(under(), '1001', () => primary(under(), generation));
    const silent = await within({ clock, ms: leaseMs }, async () => {
      await leases.renew('secondary-1', 'secondary', '');
      return store.commit(issuingCommit('1002'));
    });
    expect(silent).toMatchObject({ refused: 'generation', nextAt: null });
    expect(silent).toMatchObject({ evidence: expect.stringContaining('secondary-1') as string });
    await untilLetOut(under(), '1002', () => primary(under(), generation));
  });
}
