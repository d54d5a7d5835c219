import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Bench, type Form } from './bench';
import { type Report } from './child';
import { readEnvironment } from './report/environment';
import { loadBetween, readMachine } from './report/machine-load';
import { type Run } from './report/markdown';

/** `failure`: why it could not be run. A run that found a fault is a run. */
export type Outcome = { readonly run: Run } | { readonly name: string; readonly failure: string };

/** A bench that does not end is ended after this long. */
const smallMsMax = 5 * 60_000;
const wholeMsMax = ({ wholeMinutes }: Bench): number => (10 + 3 * wholeMinutes) * 60_000;

const running = new Set<ChildProcess>();

/** Runs one bench in a process of its own and measures the machine meanwhile. Never rejects for what the bench does. */
export async function runBench(bench: Bench, form: Form): Promise<Outcome> {
  const { name, measures } = bench;
  const startedAt = new Date().toISOString();
  const before = readMachine();
  const report = await inChild(bench, form);
  const after = readMachine();
  if ('failure' in report) return { name, failure: report.failure };
  const load = form === 'small' ? null : loadBetween(before, after);
  const tookMs = after.at - before.at;
  return {
    run: { name, measures, form, startedAt, tookMs, environment: readEnvironment(), load, result: report.result },
  };
}

async function inChild(bench: Bench, form: Form): Promise<Report> {
  // A process group of its own: whatever the bench has started can be ended with it.
  const child = fork(join(__dirname, 'child.js'), [bench.name, form], { detached: true });
  running.add(child);
  let report: Report | undefined;
  child.on('message', (message) => (report = message as Report));
  const msMax = form === 'small' ? smallMsMax : wholeMsMax(bench);
  const late = setTimeout(() => {
    report = { failure: `it did not end within ${String(msMax / 60_000)} min` };
    endGroup(child);
  }, msMax);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(late);
  running.delete(child);
  endGroup(child);
  return report ?? { failure: `its process ended without a result: ${signal ?? `exit code ${String(code)}`}` };
}

/** Ends everything that any bench has started and that still runs. */
export function endAll(): void {
  for (const child of running) endGroup(child);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
