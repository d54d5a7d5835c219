import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type Asked, readArguments, usage } from './arguments';
import { type Bench } from './bench';
import { benches } from './benches';
import { commandOf, renderBlock, renderTables, replaceBlock, type Run } from './report/markdown';
import { isBusyWithOthers } from './report/machine-load';
import { endAll, type Outcome, runBench } from './runner';

/** Small ones mostly wait, and nobody reads their figures: so many at once. */
const smallAtOnce = 2;
/** Faults that are printed. */
const faultsMax = 10;
const documentPath = join(packageRoot(), 'docs', 'performance.md');

/** `npm run bench`: exit code 0 when all is well, 1 when a bench cannot be run or finds a fault, 2 for bad arguments. */
async function main(): Promise<number> {
  const asked = readAsked();
  if (asked === undefined) return 2;
  sayPlan(asked);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      endAll();
      process.exit(130);
    });
  }
  const startedAt = performance.now();
  const outcomes = await runAll(asked);
  if (asked.json !== undefined) await writeFile(asked.json, `${JSON.stringify(outcomes, null, 2)}\n`);
  const bad = outcomes.filter((outcome) => !isGood(outcome));
  const took = `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`;
  say(`${String(outcomes.length - bad.length)} of ${String(outcomes.length)} benches are good; ${took}`);
  return bad.length === 0 ? 0 : 1;
}

function readAsked(): Asked | undefined {
  try {
    return readArguments(process.argv.slice(2), benches);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`);
    return undefined;
  }
}

function sayPlan({ form, benches: chosen, leftOut }: Asked): void {
  if (form === 'small') return;
  const minutes = chosen.reduce((sum, { wholeMinutes }) => sum + wholeMinutes, 0);
  say(
    `${chosen.map(({ name }) => name).join(', ')}: about ${String(Math.ceil(minutes))} min. Each table is written when its`,
  );
  say('bench ends. What else runs on this machine now shows in the figures.');
  for (const { name, wholeMinutes } of leftOut) say(`left out: ${commandOf(name)} (${String(wholeMinutes)} min)`);
}

async function runAll({ form, benches: chosen }: Asked): Promise<Outcome[]> {
  const waiting = [...chosen].sort((one, other) => other.wholeMinutes - one.wholeMinutes);
  const queue = form === 'small' ? waiting : [...chosen];
  const outcomes: Outcome[] = [];
  const oneAfterTheOther = async (): Promise<void> => {
    for (let bench = queue.shift(); bench !== undefined; bench = queue.shift())
      outcomes.push(await runOne(bench, form));
  };
  await Promise.all(Array.from({ length: form === 'small' ? smallAtOnce : 1 }, oneAfterTheOther));
  return outcomes;
}

async function runOne(bench: Bench, form: Asked['form']): Promise<Outcome> {
  const outcome = await runBench(bench, form);
  if (!('run' in outcome)) {
    say(`\n${outcome.name} CANNOT BE RUN: ${outcome.failure}`);
    return outcome;
  }
  const { run } = outcome;
  say(`\n${run.name}, ${(run.tookMs / 1_000).toFixed(1)} s: ${isGood(outcome) ? 'good' : 'RED'}\n`);
  say(form === 'whole' ? renderBlock(run) : renderTables(run.result, null));
  sayFaults(run);
  if (form === 'whole' && isGood(outcome)) await writeBlock(run);
  return outcome;
}

function sayFaults({ result: { faults }, load }: Run): void {
  for (const fault of faults.slice(0, faultsMax)) say(`FAULT: ${fault}`);
  if (faults.length > faultsMax) say(`FAULT: and ${String(faults.length - faultsMax)} more; --json has all of them`);
  if (faults.length > 0 && load !== null && isBusyWithOthers(load))
    say('The machine was busy with other work, which may be the reason. Run it again on a quiet one.');
}

/** Only what is right is written: a table keeps its date until its bench is good again. */
async function writeBlock(run: Run): Promise<void> {
  const document = await readFile(documentPath, 'utf8');
  await writeFile(documentPath, replaceBlock(document, run.name, renderBlock(run)));
  say(`\nwritten into ${documentPath}`);
}

function isGood(outcome: Outcome): boolean {
  return 'run' in outcome && outcome.run.result.faults.length === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
