import { type Side } from '#domain/agent';
import { openingRate } from '#presence/gateway';
import { repeatingLinesMax, linesLeftOutOf } from '#store/agent-lines';
import { Journal } from '#store/journal';
import { ChainCheck } from '#store/journal-chain';
import { type JournalLine } from '#store/journal-line';
import { type App } from '../kit/app';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** An agent whose presence flaps on both sides at once does not push the history of the others out of the journal. */

/** On each side, and within the rate of openings: none of them is refused. */
const flapsPerSide = openingRate.burst - 10;

const isLeftOut = ({ entry }: JournalLine): boolean => entry.what === 'linesLeftOut';
const isRepeating = ({ entry }: JournalLine): boolean =>
  entry.what === 'lossBegan' ||
  entry.what === 'suppressed' ||
  (entry.what === 'outcome' && entry.outcome === 'returned');

describe('an agent whose presence flaps', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  async function report(side: Side, agentId: string, presence: 'available' | 'unavailable'): Promise<void> {
    const answer = await site.feed(side, {
      ...{ agentId, desktopId: `${side}-${agentId}`, presence },
      ...(presence === 'available' ? { expiresInMs: 600_000 } : {}),
    });
    expect(answer.status).toBe(202);
  }

  async function flap(agentId: string): Promise<void> {
    const onSide = async (side: Side): Promise<void> => {
      for (let n = 0; n < flapsPerSide; n++) {
        await report(side, agentId, 'available');
        await report(side, agentId, 'unavailable');
      }
    };
    await Promise.all([onSide('primary'), onSide('secondary')]);
  }

  async function leftOutBy(worker: App): Promise<number> {
    const text = await (await fetch(`${worker.url}/metrics`)).text();
    const found = text.matchAll(/^lastcall_journal_lines_left_out_total\{[^}]*\} (\d+)$/gm);
    return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async function untilLeftOutIsTold(agentId: string): Promise<JournalLine[]> {
    await waitFor(`what was left out about ${agentId}`, async () => (await site.told(agentId)).some(isLeftOut), {
      seen: () => site.told(agentId),
    });
    return site.told(agentId);
  }

  it('has a bounded number of lines, and one that says how many there would be', async () => {
    await site.signIn('1001');
    await site.signIn('1002');
    await flap('1001');
    await report('primary', '1001', 'available');
    await site.untilPhase('1001', 'present');
    // At most the end of one loss more whose beginning is told, and a beginning that was kept back until it ended otherwise.
    expect((await site.told('1001')).filter(isRepeating).length).toBeLessThanOrEqual(repeatingLinesMax + 2);

    // The last loss of another one is real: it is told whole, from its beginning to the sign-out.
    await flap('1002');
    await site.untilOutcome('1002', 'loggedOut');
    const { loss } = (await site.told('1002')).find(({ entry }) => entry.what === 'issuing')!.entry;
    const story = (await site.told('1002')).filter(({ entry }) => entry.loss === loss).map(({ entry }) => entry.what);
    expect([story[0], story.at(-1)]).toEqual(['lossBegan', 'outcome']);

    const lines = [...(await untilLeftOutIsTold('1001')), ...(await untilLeftOutIsTold('1002'))];
    const leftOut = lines.flatMap(({ entry }) => (entry.what === 'linesLeftOut' ? [linesLeftOutOf(entry)] : []));
    expect(leftOut).toHaveLength(2);
    // Each closing that was reported is a line, or is counted: a loss that begins, or an event that is not acted upon.
    const closings = lines.flatMap(({ entry }) => {
      if (entry.what === 'lossBegan' || entry.what === 'suppressed') return [1];
      return entry.what === 'linesLeftOut' ? [entry.losses + entry.suppressed] : [];
    });
    expect(closings.reduce((sum, count) => sum + count, 0)).toBe(2 * 2 * flapsPerSide);

    // Told in the metric of the worker that wrote the line, and in a log once.
    const workers = [site.workers.primary, site.workers.secondary];
    const sum = leftOut.reduce((one, other) => one + other, 0);
    const counted = async (): Promise<number> =>
      (await Promise.all(workers.map(leftOutBy))).reduce((one, other) => one + other, 0);
    await waitFor('the metric', async () => (await counted()) === sum, { seen: counted });
    const told = workers.map(({ lines: log }) => log.filter((line) => line.includes('are left out of the journal:')));
    for (const log of told) expect(log.length).toBeLessThanOrEqual(1);
    expect(told.flat().length).toBeGreaterThanOrEqual(1);
    await untilUnbroken();

    // The agent who flapped is where its last report said, and nothing was sent about it.
    expect((await site.record('1001')).phase.name).toBe('present');
    expect(await site.requests('1001')).toEqual([]);
  });

  async function untilUnbroken(): Promise<void> {
    const journal = new Journal(site.redisConnection, { peripheralId });
    const look = async (): Promise<boolean> => {
      const check = new ChainCheck();
      for await (const line of journal.raw()) check.add(line);
      check.finish(await journal.head());
      expect(check.breaks.filter(({ kind }) => kind !== 'head')).toEqual([]);
      return check.breaks.length === 0;
    };
    await waitFor('the chain to be unbroken', look);
  }
});
