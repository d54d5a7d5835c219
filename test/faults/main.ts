import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments';
import { realTimes, scaledTimes } from './fault-times';
import { PlayedTable, type RowResult } from './play-table';
import { isRed, rowLine, runLine, voidLine } from './report';
import { lackOfRow, titleOf } from './row';
import { faultTable } from './table';
import { tellMutations } from './tell-mutations';

const violationsShown = 10;

/** `npm run faults`: exit code 0 when no row is red, 1 when one is, 2 for arguments that cannot be read. */
async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  if (asked.kind === 'unreadable') {
    process.stderr.write(`${asked.sentence}\n`);
    return 2;
  }
  if (asked.kind === 'mutations') return tellMutations(asked.name, asked.seed, asked.lanes);
  const { product, runs, onlyRun, seed, realTime, size, lanes, evidence } = asked;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const which = onlyRun === undefined ? `${String(runs)} runs` : `run ${String(onlyRun)}`;
  say(`seed ${String(seed)}, ${product}, ${which} of each row, ${realTime ? 'real' : 'scaled'} times`);
  const rows = faultTable.filter(({ number }) => asked.rows.length === 0 || asked.rows.includes(number));
  const fitting = rows.filter((row) => product === 'lastcall' || row.baseline === true);
  for (const row of rows)
    if (!fitting.includes(row)) say(`row ${String(row.number)}: not for the baseline: ${String(row.baseline)}`);
  const playable = fitting.filter((row) => lackOfRow(row) === undefined);
  for (const row of fitting) if (!playable.includes(row)) say(`skipped: ${titleOf(row)}: ${lackOfRow(row) ?? ''}`);
  if (playable.length === 0) {
    say('no row is left to be played');
    return 1;
  }
  const table = new PlayedTable(playable, {
    ...{ product, runs, onlyRun, seed, size, lanes, evidence, times: realTime ? realTimes : scaledTimes },
    onRun: (row, run) => {
      say(runLine(row, run));
    },
    onVoid: (row, run, why) => {
      say(voidLine(row, run, why));
    },
  });
  const results: RowResult[] = [];
  for (const row of playable) {
    const result = await table.rowDone(row);
    results.push(result);
    say(rowLine(result));
    for (const violation of result.violations.slice(0, violationsShown)) say(`    ${violation}`);
  }
  await table.ended;
  if (asked.json !== undefined)
    await writeFile(asked.json, `${JSON.stringify({ product, seed, realTime, size, results }, null, 2)}\n`);
  return product === 'lastcall' && results.some(isRed) ? 1 : 0;
}

// Whoever runs for this one is stopped at its exit, and a signal alone is none.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    process.exit(1);
  });

void main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  })
  .then((exitCode) => {
    // Whatever a broken run left open ends here.
    process.exit(exitCode);
  });
