import { type Agent, type Phase } from '#domain/agent';
import { type AgentStore } from '#engine/ports';
import { type JournalLine } from '../journal-line';
import { desktopOf, firstCommit, keyOf, lossOn, newAgent, presentAgent, suppressed } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface RecordsUnderTest extends UnderTest {
  readonly store: AgentStore;
  lines(): Promise<readonly JournalLine[]>;
  /** Takes a backup; what it answers puts it back in the place of everything that was written since. */
  backUp(): Promise<() => Promise<void>>;
}

const dueAt = 1_700_000_060_000;
const desktop = { ...desktopOf('1001'), desktopId: 'desk "1"|é' };
const elsewhere = desktopOf('1001', 'secondary-1');
const loss = lossOn(desktop);
const worn = lossOn(desktop, {
  epoch: 1,
  cause: 'serverLost',
  stage: { afterMs: 90_000, action: 'notReady', reasonCode: 20_001 },
  attempts: 3,
  heldSince: dueAt + 5,
  alarmed: true,
  released: true,
  wasReady: true,
  reasonBefore: 7,
  notReadyCode: 20_001,
});

const phases: readonly Phase[] = [
  { name: 'unseen' },
  { name: 'present', restore: null },
  { name: 'present', restore: { reasonCode: 20_001, until: dueAt } },
  { name: 'grace', loss, dueAt },
  { name: 'grace', loss: { ...worn, desktop: null, cause: 'operator' }, dueAt },
  { name: 'held', loss: worn, dueAt, reasons: ['call', 'massLoss'] },
  { name: 'held', loss, dueAt, reasons: ['outage'] },
  { name: 'issuing', loss: worn, dueAt, since: dueAt, deadline: dueAt + 45_000, pending: null },
  { name: 'issuing', loss, dueAt, since: dueAt, deadline: dueAt + 1, pending: { state: 'logout', since: dueAt } },
  { name: 'settled', outcome: 'loggedOut', at: dueAt + 100 },
];

/** Records and their versions. */
export function describeRecords(name: string, start: () => Promise<RecordsUnderTest>): void {
  describe(`records ${name}`, () => {
    const under = startedForEach(start);
    recordRules(under);
    versionRules(under);
    backupRules(under);
  });
}

/** What was committed is what is read. */
function recordRules(under: () => RecordsUnderTest): void {
  it('answers an unseen agent without a version for one it does not know, with its own time', async () => {
    const before = await under().clock.now();
    const { agent, version, now } = await under().store.load(keyOf('1001'));
    expect({ agent, version }).toEqual({ agent: newAgent('1001'), version: '' });
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(await under().clock.now());
  });

  it.each(phases)('gives back a record as it was committed: $name', async (phase) => {
    const agent: Agent = {
      ...newAgent('1001'),
      epoch: 2,
      desktops: phase.name === 'present' ? { [desktop.connection]: desktop, [elsewhere.connection]: elsewhere } : {},
      signedIn: phase.name === 'settled' ? 'no' : 'yes',
      phase,
    };
    expect(await under().store.commit(firstCommit(agent))).toBe('committed');
    const loaded = await under().store.load(keyOf('1001'));
    expect(loaded.agent).toEqual(agent);
    expect(loaded.version).not.toBe('');
  });
}

/** The first commit against a version wins, and only that one. */
function versionRules(under: () => RecordsUnderTest): void {
  it('refuses a second record for an agent that has one', async () => {
    const { store } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    expect(await store.commit(firstCommit({ ...presentAgent('1001'), epoch: 9 }))).toBe('conflict');
    expect((await store.load(keyOf('1001'))).agent.epoch).toBe(1);
  });

  it('refuses a version of an agent that has no record', async () => {
    const { store } = under();
    expect(await store.commit(firstCommit(presentAgent('1001'), { expectedVersion: 'zzzzzzzz' }))).toBe('conflict');
    expect((await store.load(keyOf('1001'))).version).toBe('');
  });

  it('lets exactly one of many commits against the same version pass, and writes nothing for the others', async () => {
    const { store } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    const { agent: before, version: expectedVersion } = await store.load(keyOf('1001'));
    const rivals = [2, 3, 4, 5, 6].map((epoch) =>
      firstCommit({ ...presentAgent('1001'), epoch }, { before, expectedVersion, entries: [suppressed] }),
    );
    const answers = await Promise.all(rivals.map((rival) => store.commit(rival)));
    expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'conflict')).toHaveLength(4);
    const winner = rivals[answers.indexOf('committed')]?.agent;
    expect((await store.load(keyOf('1001'))).agent).toEqual(winner);
    expect(await under().lines()).toHaveLength(1);
  });

  it('never gives the same version to two commits, not even of the same content', async () => {
    const { store } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    const first = await store.load(keyOf('1001'));
    const again = firstCommit({ ...first.agent }, { before: first.agent, expectedVersion: first.version });
    expect(await store.commit(again)).toBe('committed');
    expect((await store.load(keyOf('1001'))).version).not.toBe(first.version);
  });

  it('keeps commits of different agents apart, also when they are made together', async () => {
    const { store } = under();
    const agents = Array.from({ length: 150 }, (_, n) => newAgent(`1001-${String(n)}`));
    await store.commit(firstCommit({ ...newAgent('1001-7'), epoch: 99 }));
    const answers = await Promise.all(
      agents.map((agent, n) => store.commit(firstCommit({ ...agent, epoch: n }, { before: agent }))),
    );
    expect(answers.flatMap((answer, n) => (answer === 'conflict' ? [n] : []))).toEqual([7]);
    const loaded = await Promise.all(agents.map((agent) => store.load(agent.key)));
    expect(loaded.map(({ agent }) => agent.epoch)).toEqual(agents.map((_, n) => (n === 7 ? 99 : n)));
  });
}

/** A store that lost its last writes: a restored backup, or a replica that lacked them. */
function backupRules(under: () => RecordsUnderTest): void {
  it('has the old content after a restored backup, and takes no version of what was lost', async () => {
    const { store } = under();
    const commit = async (epoch: number, expectedVersion: string): Promise<unknown> => {
      const { agent: before } = await store.load(keyOf('1001'));
      return store.commit(firstCommit({ ...presentAgent('1001'), epoch }, { before, expectedVersion }));
    };
    await commit(1, '');
    const restore = await under().backUp();
    const kept = await store.load(keyOf('1001'));
    await commit(2, kept.version);
    const lost = await store.load(keyOf('1001'));
    await restore();
    const { agent, version } = await store.load(keyOf('1001'));
    expect({ agent, version }).toEqual({ agent: kept.agent, version: kept.version });
    expect(await commit(3, kept.version)).toBe('committed');
    expect(await commit(4, lost.version)).toBe('conflict');
    expect((await store.load(keyOf('1001'))).agent.epoch).toBe(3);
  });
}
