import { fork } from 'node:child_process';
import { type SeedsAsked } from './arguments';
import { simulate, type SimulationResult } from './simulation';
import { addSummary, emptySummary, type Summary, summaryOf } from './summary';

type Report = (result: SimulationResult, isVerbose: boolean) => string[];

/** Seeds that one process takes at a time. */
const seedsPerTurn = 500;

/** Lets lanes of their own take the seeds by turns, or runs them here when there is one lane. */
export async function runSeeds(asked: SeedsAsked, report: Report): Promise<Summary> {
  if (asked.lanes === 1) return runHere(asked, report);
  const summary = emptySummary();
  const turns: [number, number][] = [];
  for (let from = asked.from; from <= asked.to; from += seedsPerTurn)
    turns.push([from, Math.min(asked.to, from + seedsPerTurn - 1)]);
  await Promise.all(Array.from({ length: asked.lanes }, () => runLane(turns, asked.isVerbose, summary)));
  summary.failed.sort((one, other) => one - other);
  return summary;
}

async function runHere({ from, to, isVerbose }: SeedsAsked, report: Report): Promise<Summary> {
  const summary = emptySummary();
  for (let seed = from; seed <= to; seed++) {
    const result = await simulate(seed, { isVerbose });
    const lines = report(result, isVerbose);
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
    const own = summaryOf(result);
    addSummary(summary, own);
    process.send?.(own);
  }
  return summary;
}

/** A process for each turn: what one leaves behind cannot add up. Its output is this one's. */
async function runLane(turns: [number, number][], isVerbose: boolean, summary: Summary): Promise<void> {
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
    const [from, to] = turn;
    const words = ['--seeds', `${String(from)}..${String(to)}`, ...(isVerbose ? ['--verbose'] : [])];
    const child = fork(process.argv[1] ?? '', words, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('message', (own) => {
      addSummary(summary, own as Summary);
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    process.stdout.write(output.replace(/^faults injected[^]*$/m, ''));
    if (code !== 0 && code !== 1)
      throw new Error(`the seeds ${words.join(' ')} could not be run: exit code ${String(code)}`);
  }
}
