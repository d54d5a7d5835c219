import { type Entry } from '#domain/command';
import { type AgentStore } from '#engine/ports';
import { type Journal } from '../journal';
import { type JournalLine } from '../journal-line';
import { firstCommit, keyOf, newAgent, presentAgent, suppressed } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface JournalUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly journal: Pick<Journal, 'note' | 'trim'>;
  lines(): Promise<readonly JournalLine[]>;
}

/** What is in the journal was committed, and the other way round. */
export function describeJournal(name: string, start: () => Promise<JournalUnderTest>): void {
  describe(`the journal ${name}`, () => {
    const under = startedForEach(start);
    linesOfCommits(under);
    otherLines(under);
    trimming(under);
  });
}

function linesOfCommits(under: () => JournalUnderTest): void {
  it('is written with the commit, in order, with agent, epoch and the time of the store', async () => {
    const { store, clock } = under();
    const other: Entry = { what: 'outcome', loss: 2, outcome: 'returned', sentence: 'Back.' };
    const before = await clock.now();
    await store.commit(firstCommit(presentAgent('1001'), { entries: [suppressed, other] }));
    const after = await clock.now();
    const lines = await under().lines();
    expect(lines.map(({ agentId, epoch, entry }) => ({ agentId, epoch, entry }))).toEqual([
      { agentId: '1001', epoch: 1, entry: suppressed },
      { agentId: '1001', epoch: 1, entry: other },
    ]);
    for (const { at } of lines) {
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(after);
    }
  });

  it('is written alone when the record stays as it is', async () => {
    const { store } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    const { agent, version } = await store.load(keyOf('1001'));
    const note = firstCommit(agent, { before: agent, expectedVersion: version, entries: [suppressed] });
    expect(await store.commit(note)).toBe('committed');
    expect(await store.commit(note)).toBe('committed');
    expect(await store.load(keyOf('1001'))).toMatchObject({ agent, version });
    expect(await under().lines()).toHaveLength(2);
  });

  it('is written alone for an agent that is not known', async () => {
    const { store } = under();
    const agent = newAgent('1001');
    expect(await store.commit(firstCommit(agent, { before: agent, entries: [suppressed] }))).toBe('committed');
    expect((await store.load(keyOf('1001'))).version).toBe('');
    expect(await under().lines()).toHaveLength(1);
  });

  it('has no line of a commit that met a newer version', async () => {
    const { store } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    expect(await store.commit(firstCommit(presentAgent('1001'), { entries: [suppressed] }))).toBe('conflict');
    expect(await under().lines()).toEqual([]);
  });
}

function otherLines(under: () => JournalUnderTest): void {
  it('takes lines that belong to no agent, between the others', async () => {
    const { store, journal } = under();
    const entry = { what: 'sideProtected', loss: null, side: 'primary', state: 'held', sentence: 'Held.' } as const;
    await store.commit(firstCommit(presentAgent('1001'), { entries: [suppressed] }));
    await journal.note(entry);
    await store.commit(firstCommit(presentAgent('1002'), { entries: [suppressed] }));
    const lines = await under().lines();
    expect(lines.map(({ agentId, epoch }) => [agentId, epoch])).toEqual([
      ['1001', 1],
      ['', 0],
      ['1002', 1],
    ]);
    expect(lines[1]?.entry).toEqual(entry);
  });

  it('gives each line an id of its own that holds its time', async () => {
    const { store } = under();
    const commits = Array.from({ length: 20 }, (_, n) =>
      store.commit(firstCommit(presentAgent(String(1_001 + n)), { entries: [suppressed, suppressed] })),
    );
    await Promise.all(commits);
    const lines = await under().lines();
    expect(new Set(lines.map(({ id }) => id)).size).toBe(40);
    for (const { id, at } of lines) expect(id.startsWith(`${String(at)}-`)).toBe(true);
  });
}

/** The oldest lines go in blocks, so some that are old enough may stay. */
function trimming(under: () => JournalUnderTest): void {
  const linesMax = 300;

  async function write(count: number, firstAgent: number): Promise<void> {
    const commits = Array.from({ length: count }, (_, n) =>
      under().store.commit(firstCommit(presentAgent(String(firstAgent + n)), { entries: [suppressed] })),
    );
    await Promise.all(commits);
  }

  it('loses lines that are older than asked for, and none that is not', async () => {
    const { clock, journal } = under();
    await write(linesMax, 10_000);
    await clock.advance(5);
    const before = await clock.now();
    await write(linesMax, 20_000);
    const removed = await journal.trim(before);
    expect(removed).toBeGreaterThan(0);
    const left = await under().lines();
    expect(left).toHaveLength(2 * linesMax - removed);
    expect(left.filter(({ at }) => at >= before)).toHaveLength(linesMax);
  });

  it('loses nothing where nothing is old enough', async () => {
    const { clock, journal } = under();
    const before = await clock.now();
    await write(linesMax, 10_000);
    expect(await journal.trim(before)).toBe(0);
    expect(await under().lines()).toHaveLength(linesMax);
  });
}
