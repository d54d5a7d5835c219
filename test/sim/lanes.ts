import { TestProcess } from '../kit/process';
import { type SeedsAsked } from './arguments';
import { describePlan } from './plan';
import { planOf, simulate, type SimulationResult } from './simulation';
import { addSummary, againLine, emptySummary, type Summary, summaryOf } from './summary';

type Report = (result: SimulationResult, isVerbose: boolean) => string[];

/** Seeds that one process takes at a time: each costs half a second to start. */
const seedsPerTurn = 500;

interface Turn {
  readonly from: number;
  readonly to: number;
}

/** Lets lanes of their own take the seeds by turns, or runs them here when there is one lane. */
export async function runSeeds(asked: SeedsAsked, report: Report): Promise<Summary> {
  if (asked.lanes === 1) return runHere(asked, report);
  const summary = emptySummary();
  const turns: Turn[] = [];
  for (let from = asked.from; from <= asked.to; from += seedsPerTurn)
    turns.push({ from, to: Math.min(asked.to, from + seedsPerTurn - 1) });
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

async function runLane(turns: Turn[], isVerbose: boolean, summary: Summary): Promise<void> {
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
    const ranTo = await runTurn(turn, isVerbose, summary);
    if (ranTo === turn.to) continue;
    // Something was thrown where nobody catches it: that seed is broken, and the others have their turn.
    const seed = ranTo + 1;
    summary.seeds += 1;
    summary.failed.push(seed);
    process.stdout.write(`${describePlan(planOf(seed))}\n  its process died\n${againLine(seed)}\n`);
    if (seed < turn.to) turns.unshift({ from: seed + 1, to: turn.to });
  }
}

/** A process for each turn: what one leaves behind cannot add up. Its output becomes this one's. Answers the last seed it ran. */
async function runTurn({ from, to }: Turn, isVerbose: boolean, summary: Summary): Promise<number> {
  const words = ['--seeds', `${String(from)}..${String(to)}`, ...(isVerbose ? ['--verbose'] : [])];
  let ranTo = from - 1;
  const turn = new TestProcess({
    name: `seeds ${String(from)}..${String(to)}`,
    program: process.execPath,
    args: [...process.execArgv, process.argv[1] ?? '', ...words],
    env: process.env,
    onMessage: (own) => {
      ranTo += 1;
      addSummary(summary, own as Summary);
    },
  });
  await turn.ended;
  process.stderr.write(turn.stderr);
  process.stdout.write(turn.stdout.replace(/^seeds \d+\.\.\d+\n/, '').replace(/^faults injected[^]*$/m, ''));
  return ranTo;
}
