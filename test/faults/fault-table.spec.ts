import { scaledTimes } from './fault-times';
import { Lane, type RowResult } from './play-table';
import { type Row } from './row';
import { faultTable } from './table';

/**
 * Every row of the fault table, three times, with real processes and times scaled down (`npm run faults` plays more of
 * them, with as many agents as the rows say). Rows mostly wait, so several sites are under faults at a time.
 */
const lanes = 3;
const runs = 3;
const msMax = 15 * 60_000;
const seed = Date.now() % 1_000_000;

describe(`the fault table, seed ${String(seed)}`, () => {
  const results = new Map<Row, PromiseWithResolvers<RowResult>>();
  for (const row of faultTable) results.set(row, Promise.withResolvers<RowResult>());

  const work: Promise<void>[] = [];
  beforeAll(() => {
    const rows = [...faultTable];
    for (let n = 0; n < lanes; n++) work.push(playAll(rows, results));
  });
  afterAll(() => Promise.all(work), msMax);

  it.each(faultTable.map((row): [string, Row] => [`${String(row.number)}: ${row.fault}`, row]))(
    'row %s',
    async (_name, row) => {
      const result = await results.get(row)?.promise;
      expect(result).toMatchObject({ runs, violations: [] });
    },
    msMax,
  );
});

/** Takes the next row until none is left. */
async function playAll(rows: Row[], results: ReadonlyMap<Row, PromiseWithResolvers<RowResult>>): Promise<void> {
  const lane = new Lane({ product: 'lastcall', times: scaledTimes, size: 'small', runs, seed });
  try {
    for (let row = rows.shift(); row !== undefined; row = rows.shift()) results.get(row)?.resolve(await lane.play(row));
  } finally {
    await lane.close();
  }
}
