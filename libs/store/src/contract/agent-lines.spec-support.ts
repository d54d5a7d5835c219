import { type Entry } from '#domain/command';
import { type AgentStore } from '#engine/ports';
import { agentsToldMax, type LeftOut, leftOutMs, repeatingLinesMax } from '../agent-lines';
import { type JournalLine } from '../journal-line';
import { desktopOf, firstCommit, keyOf, suppressed } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface AgentLinesUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly journal: { tellLeftOut(): Promise<LeftOut[]> };
  lines(): Promise<readonly JournalLine[]>;
}

const began = (loss: number): Entry => ({
  what: 'lossBegan',
  loss,
  cause: 'lost',
  desktop: desktopOf('c1'),
  lostAt: loss,
  dueAt: loss + 10_000,
  sentence: 'Gone: {"a|b"} é.',
});
const returned = (loss: number): Entry => ({ what: 'outcome', loss, outcome: 'returned', sentence: 'Back.' });
const signedIn: Entry = { what: 'signedIn', loss: null, sentence: 'In.' };
const signedOut: Entry = { what: 'signedOut', loss: null, sentence: 'Out.' };
const held = (loss: number): Entry => ({ what: 'held', loss, reasons: ['call'], sentence: 'Held.' });

/** Lines about one agent are bounded, in the journal of the whole cluster (agent-lines.ts). */
export function describeAgentLines(name: string, start: () => Promise<AgentLinesUnderTest>): void {
  describe(`the lines about one agent in the journal ${name}`, () => {
    const under = startedForEach(start);

    /** Commits each line by itself, as events do. */
    async function write(agentId: string, ...entries: readonly Entry[]): Promise<void> {
      for (const entry of entries) {
        const { agent, version } = await under().store.load(keyOf(agentId));
        const epoch = entry.loss ?? agent.epoch;
        const commit = firstCommit({ ...agent, epoch }, { before: agent, expectedVersion: version, entries: [entry] });
        expect(await under().store.commit(commit)).toBe('committed');
      }
    }
    const linesOf = async (agentId: string): Promise<[epoch: number, what: string][]> =>
      (await under().lines()).filter((line) => line.agentId === agentId).map(({ epoch, entry }) => [epoch, entry.what]);
    /** `count` losses that a return ended, the first of them the loss `first`. */
    const flaps = (first: number, count: number): Entry[] =>
      Array.from({ length: count }, (_, n) => [began(first + n), returned(first + n)]).flat();
    const told = repeatingLinesMax / 2;

    bounding(under, { write, linesOf, flaps, told });
    keepingBack(under, { write, linesOf, flaps, told });
    telling(under, { write, linesOf, flaps, told });
  });
}

interface Tools {
  readonly write: (agentId: string, ...entries: readonly Entry[]) => Promise<void>;
  readonly linesOf: (agentId: string) => Promise<[epoch: number, what: string][]>;
  readonly flaps: (first: number, count: number) => Entry[];
  readonly told: number;
}

function bounding(under: () => AgentLinesUnderTest, { write, linesOf, flaps, told }: Tools): void {
  it('are all written up to the bound, and those beyond it that repeat are left out', async () => {
    await write('1001', ...flaps(1, told));
    expect(await linesOf('1001')).toHaveLength(repeatingLinesMax);
    const others = Array.from({ length: 30 }, () => [suppressed, signedIn, signedOut]).flat();
    await write('1001', ...flaps(100, 30), ...others);
    expect(await linesOf('1001')).toHaveLength(repeatingLinesMax);
    // Another agent's are its own.
    await write('1002', suppressed, ...flaps(1, 1));
    expect(await linesOf('1002')).toHaveLength(3);
    expect(await under().journal.tellLeftOut()).toEqual([]);
  });

  it('are always written where they say why somebody was signed out or was not', async () => {
    await write('1001', ...flaps(1, told), began(50));
    const always: Entry[] = [
      held(50),
      { what: 'issuing', loss: 50, action: 'logout', reasonCode: 1, attempt: 1, sentence: 'Sent.' },
      { what: 'alarm', loss: 50, sentence: 'Alarm.' },
      { what: 'outcome', loss: 50, outcome: 'loggedOut', sentence: 'Out.' },
      { what: 'operatorActed', loss: 50, by: 'ops', sentence: 'Acted.' },
    ];
    for (let n = 0; n < 10; n++) await write('1001', ...always);
    expect(await linesOf('1001')).toHaveLength(repeatingLinesMax + 1 + 50);
  });

  it('may be as many again in the next interval', async () => {
    const { clock } = under();
    await write('1001', ...flaps(1, told), suppressed);
    expect(await linesOf('1001')).toHaveLength(repeatingLinesMax);
    await clock.advance(leftOutMs);
    await write('1001', ...flaps(100, told), suppressed);
    expect(await linesOf('1001')).toHaveLength(2 * repeatingLinesMax);
  });
}

function keepingBack(under: () => AgentLinesUnderTest, { write, linesOf, flaps, told }: Tools): void {
  it('tell a loss whole: its beginning comes before whatever else is told of it', async () => {
    await write('1001', ...flaps(1, told), ...flaps(50, 3), began(60));
    expect(await linesOf('1001')).toHaveLength(repeatingLinesMax);
    await write('1001', held(60), { what: 'outcome', loss: 60, outcome: 'loggedOut', sentence: 'Out.' });
    const lines = (await under().lines()).slice(repeatingLinesMax);
    expect(lines.map(({ epoch, entry }) => [epoch, entry.what])).toEqual([
      [60, 'lossBegan'],
      [60, 'held'],
      [60, 'outcome'],
    ]);
    expect(lines[0]?.entry).toEqual(began(60));
  });

  it('tell the end of a loss whose beginning they told', async () => {
    const beginnings = flaps(1, told).slice(0, -1);
    await write('1001', ...beginnings, suppressed, returned(told));
    expect((await linesOf('1001')).at(-1)).toEqual([told, 'outcome']);
  });

  it('have the beginning of a loss that goes on after the interval', async () => {
    const { clock, journal } = under();
    await write('1001', ...flaps(1, told), began(60));
    await clock.advance(leftOutMs);
    expect(await journal.tellLeftOut()).toEqual([]);
    expect((await linesOf('1001')).slice(repeatingLinesMax)).toEqual([[60, 'lossBegan']]);
    await write('1001', returned(60));
    expect((await linesOf('1001')).slice(repeatingLinesMax)).toEqual([
      [60, 'lossBegan'],
      [60, 'outcome'],
    ]);
  });

  it('lose no beginning to that of the next loss', async () => {
    await write('1001', ...flaps(1, told), began(60), began(61), held(61));
    expect((await linesOf('1001')).slice(repeatingLinesMax).map(([loss]) => loss)).toEqual([60, 61, 61]);
  });
}

function telling(under: () => AgentLinesUnderTest, { write, linesOf, flaps, told }: Tools): void {
  it('say once, in one line, how many were left out', async () => {
    const { clock, journal } = under();
    const before = await clock.now();
    await write('1001', ...flaps(1, told), ...flaps(50, 4), suppressed, suppressed, suppressed, signedIn, signedOut);
    await write('1002', ...flaps(1, told), suppressed);
    const after = await clock.now();
    await clock.advance(leftOutMs);
    const answers = [...(await journal.tellLeftOut()), ...(await journal.tellLeftOut())];
    expect(new Set(answers)).toEqual(
      new Set([
        { agentId: '1001', losses: 4, suppressed: 3, signIns: 2 },
        { agentId: '1002', losses: 0, suppressed: 1, signIns: 0 },
      ]),
    );
    const line = (await under().lines()).filter(({ agentId }) => agentId === '1001').slice(repeatingLinesMax);
    expect(line).toMatchObject([{ epoch: 53, entry: { what: 'linesLeftOut', losses: 4, suppressed: 3, signIns: 2 } }]);
    const entry = line[0]?.entry;
    if (entry?.what !== 'linesLeftOut') throw new Error(`the last line is ${String(entry?.what)}`);
    expect(entry.since).toBeGreaterThanOrEqual(before);
    expect(entry.since).toBeLessThanOrEqual(after);
    expect(entry.until - entry.since).toBeGreaterThanOrEqual(leftOutMs);
    expect(entry.sentence).toBe(
      `13 lines about this agent were left out within ${String(Math.floor((entry.until - entry.since) / 1000))} s: 4 losses that ended with a return (2 lines each), 3 events that were not acted upon, 2 sign-ins and sign-outs.`,
    );
    expect((await linesOf('1002')).at(-1)?.[1]).toBe('linesLeftOut');
  });

  it('say it again for the next interval', async () => {
    const { clock, journal } = under();
    for (let n = 0; n < 3; n++) {
      await write('1001', ...flaps(1 + 100 * n, told), ...flaps(50 + 100 * n, n + 1));
      await clock.advance(leftOutMs);
      expect(await journal.tellLeftOut()).toEqual([{ agentId: '1001', losses: n + 1, suppressed: 0, signIns: 0 }]);
    }
    expect(await linesOf('1001')).toHaveLength(3 * (repeatingLinesMax + 1));
  });

  it('say it in the end of more agents than are told at a time', async () => {
    const { clock, journal } = under();
    const agentIds = Array.from({ length: agentsToldMax + 1 }, (_, n) => String(10_000 + n));
    await Promise.all(agentIds.map((agentId) => write(agentId, ...flaps(1, told), suppressed)));
    await clock.advance(leftOutMs);
    const answers = [...(await journal.tellLeftOut()), ...(await journal.tellLeftOut())];
    expect(answers.map(({ agentId }) => agentId).sort()).toEqual(agentIds);
  });
}
