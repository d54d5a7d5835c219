import { parseArguments } from './arguments';
import { runSeeds } from './lanes';
import { tellMutations } from './mutation-run';
import { report, summaryLines } from './summary';

/** `npm run sim`: exit code 0 when no seed broke an invariant, 1 when one did, 2 for arguments that cannot be read. */
async function main(): Promise<number> {
  const asked = parseArguments(process.argv.slice(2));
  if (asked.kind === 'unreadable') {
    process.stderr.write(`${asked.sentence}\n`);
    return 2;
  }
  if (asked.kind === 'mutations') return tellMutations(asked.name);
  const { from, to } = asked;
  if (to > from) process.stdout.write(`seeds ${String(from)}..${String(to)}\n`);
  const summary = await runSeeds(asked, report);
  process.stdout.write(`${summaryLines(summary).join('\n')}\n`);
  return summary.failed.length === 0 ? 0 : 1;
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
