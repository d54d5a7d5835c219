import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments';
import { realTimes, scaledTimes } from './fault-times';
import { Lane, type RowResult } from './play-table';
import { type Row } from './row';
import { type RunResult } from './run-row';
import { faultTable } from './table';

const violationsShown = 10;

/** `npm run faults`: exit code 0 when no row is red, 1 when one is, 2 for arguments that cannot be read. */
async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  if (asked.kind === 'unreadable') {
    process.stderr.write(`${asked.sentence}\n`);
    return 2;
  }
  const { product, runs, seed, realTime } = asked;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`seed ${String(seed)}, ${product}, ${String(runs)} runs of each row, ${realTime ? 'real' : 'scaled'} times`);
  const lane = new Lane({
    ...{ product, runs, seed, size: 'whole', times: realTime ? realTimes : scaledTimes },
    onRun: (row, run) => {
      say(runLine(row, run));
    },
  });
  const results: RowResult[] = [];
  for (const row of faultTable) {
    if (asked.rows.length > 0 && !asked.rows.includes(row.number)) continue;
    if (product === 'baseline' && row.baseline !== true) {
      say(`row ${String(row.number)}: not for the baseline: ${row.baseline}`);
      continue;
    }
    const result = await lane.play(row);
    results.push(result);
    say(rowLine(result));
    for (const violation of result.violations.slice(0, violationsShown)) say(`    ${violation}`);
  }
  await lane.close();
  if (asked.json !== undefined)
    await writeFile(asked.json, `${JSON.stringify({ product, seed, realTime, results }, null, 2)}\n`);
  return product === 'lastcall' && results.some(isRed) ? 1 : 0;
}

function isRed({ violations }: RowResult): boolean {
  return violations.length > 0;
}

function runLine(row: Row, { run, agents, ghosts, tookMs, violations, worstLateMs }: RunResult): string {
  const verdict = violations.length === 0 ? 'green' : `RED (${String(violations.length)})`;
  const late = worstLateMs === null ? '' : `, ε ${inSeconds(worstLateMs)}`;
  return `  row ${String(row.number)} run ${String(run)}: ${String(agents)} agents, ${String(ghosts)} ghosts${late}, ${inSeconds(tookMs)}: ${verdict}`;
}

function rowLine(result: RowResult): string {
  const { row, fault, runs, wrongLogouts, ghostsLate, worstLateMs, violations } = result;
  const broken = [...new Set(violations.flatMap((text) => /\bI[1-7]\b/.exec(text)?.[0] ?? ['other']))].sort();
  return [
    `row ${String(row)} (${fault})`,
    `runs ${String(runs)}`,
    `wrong logouts ${String(wrongLogouts)}`,
    `ghosts late ${String(ghostsLate)} of ${String(result.ghosts)}`,
    `worst ε ${worstLateMs === null ? '–' : inSeconds(worstLateMs)}`,
    isRed(result) ? `RED: ${broken.join(' ')}` : 'green',
  ].join('; ');
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

void main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  })
  .then((exitCode) => {
    // Whatever a broken run left open ends here.
    process.exit(exitCode);
  });
