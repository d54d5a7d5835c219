import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { TestProcess } from '../kit/process';

/** Runs the simulation as `npm run sim` does, with those arguments; dist must be built. Its lines are those of its standard output. */
export async function runSimulation(...words: string[]): Promise<{ exitCode: number | null; lines: string[] }> {
  const script = join(packageRoot(), 'dist', 'test', 'sim', 'main.js');
  const ran = new TestProcess({
    name: 'npm run sim',
    program: process.execPath,
    args: ['--enable-source-maps', script, ...words],
    env: process.env,
  });
  // Ten thousand seeds take minutes: the limit is that of the test.
  const { code: exitCode } = await ran.ended;
  return { exitCode, lines: ran.stdout.trimEnd().split('\n') };
}

/** What a run of `--seeds` must say when it broke nothing; with a failure its plan and the command to see it again come in `failed`. */
export async function verdictOfSeeds(
  seeds: number,
  lanes: number,
): Promise<{ verdict: string; failed: string[]; counts: string; lines: string[] }> {
  const { exitCode, lines } = await runSimulation('--seeds', `1..${String(seeds)}`, '--lanes', String(lanes));
  return { verdict: lines.at(-1) ?? '', failed: exitCode === 0 ? [] : lines, counts: lines.at(-2) ?? '', lines };
}
