import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

interface Running {
  readonly child: ChildProcess;
  /** All temporary files of the bench and of what it starts. */
  readonly folder: string;
}

const running = new Set<Running>();

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
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-bench-'));
  // A process group of its own: whatever the bench has started can be ended with it.
  const options = { detached: true, env: { ...process.env, TMPDIR: folder } };
  const child = fork(join(__dirname, 'child.js'), [bench.name, form], options);
  const started = { child, folder };
  running.add(started);
  let report: Report | undefined;
  child.on('message', (message) => (report = message as Report));
  const msMax = form === 'small' ? smallMsMax : wholeMsMax(bench);
  const late = setTimeout(() => {
    report = { failure: `it did not end within ${String(msMax / 60_000)} min` };
    end(started);
  }, msMax);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(late);
  running.delete(started);
  end(started);
  return report ?? { failure: `its process ended without a result: ${signal ?? `exit code ${String(code)}`}` };
}

/** Ends everything that any bench has started and that still runs. */
export function endAll(): void {
  for (const each of running) end(each);
}

function end({ child: { pid }, folder }: Running): void {
  if (pid !== undefined) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  // A process that was just killed may still be writing into it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
