import { type Form, type Result } from './bench';
import { benches } from './benches';

/** What a child process reports before it ends. */
export type Report = { readonly result: Result } | { readonly failure: string };

/**
 * Runs one bench: `node child.js NAME FORM`. Each has a process of its own, so that no bench meets the heap and the
 * compiled code that another one left behind. What it started ends with it.
 */
async function main(): Promise<void> {
  const [, , name, form] = process.argv;
  const bench = benches.find((each) => each.name === name);
  if (bench === undefined || process.send === undefined) throw new Error('This file is run by main.js.');
  // The runner is gone: nobody is left to take the result. This process leads the group of all that it started.
  process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
  const report = await bench.run(form as Form).then(
    (result): Report => ({ result }),
    (error: unknown): Report => ({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  process.send(report, () => process.exit(0));
}

void main();
