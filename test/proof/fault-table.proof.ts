import { scaledTimes } from '../faults/fault-times';
import { isShort } from './form';
import { PlayedTable } from '../faults/play-table';
import { rowLine, voidLine } from '../faults/report';
import { say } from './say';
import { lackOfRow, type Row, titleOf } from '../faults/row';
import { faultTable } from '../faults/table';
import { skipByName } from '../kit/privileges';

/**
 * Every row of the fault table, three times and in every variant, with real processes and times scaled down (`npm run faults`
 * plays more of them, with as many agents as the rows say). Rows mostly wait, so several sites are under faults at a time.
 */
const runs = isShort ? 1 : 3;
/** More would take the processor from each other. */
const lanes = 2;
const msMax = 45 * 60_000;
const seed = Date.now() % 1_000_000;

const playable = faultTable.filter((row) => lackOfRow(row) === undefined);

describe(`the fault table, seed ${String(seed)}`, () => {
  let table: PlayedTable;
  beforeAll(() => {
    say(`the fault table: seed ${String(seed)}`);
    const options = { product: 'lastcall', times: scaledTimes, size: 'small', runs, seed, lanes } as const;
    table = new PlayedTable(playable, {
      ...{ ...options, onlyRun: undefined, evidence: process.env['FAULTS_EVIDENCE'] },
      onVoid: (row, result, why) => {
        say(voidLine(row, result, why));
      },
    });
  });
  // Its processes are gone then.
  afterAll(() => table.ended, msMax);

  for (const row of faultTable) {
    const lack = lackOfRow(row);
    if (lack !== undefined) skipByName(titleOf(row), lack);
  }

  it.each(playable.map((row): [string, Row] => [titleOf(row), row]))(
    '%s',
    async (_name, row) => {
      const result = await table.rowDone(row);
      say(rowLine(result));
      expect({ violations: result.violations, notJudged: result.notJudged }).toEqual({ violations: [], notJudged: [] });
      expect(result.runs).toBeGreaterThanOrEqual(runs);
      if (row.isSampled !== true) expect(Object.values(result.variants)).not.toContain(0);
    },
    msMax,
  );
});
