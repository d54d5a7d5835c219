import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '#config/package-root';
import { type Cell, type Table } from '../bench';
import { measured } from '../report/figure';

const outputLinesMax = 40;

/**
 * Runs `npm run load` or `npm run soak`, which start a whole site, and reads what they found. Their exit code says no
 * more than what they found does; without a file of findings their last lines are the error.
 */
export async function runOnSite<Found>(
  script: 'load' | 'soak',
  args: readonly string[],
  shape: z.ZodType<Found>,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'lastcall-bench-'));
  const file = join(folder, 'found.json');
  const lines: string[] = [];
  try {
    const child = spawn('npm', ['run', '--silent', script, '--', ...args, '--json', file], {
      cwd: packageRoot(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        lines.push(...chunk.toString().split('\n').filter(Boolean));
        lines.splice(0, lines.length - outputLinesMax);
      });
    }
    await once(child, 'close');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new Error(`npm run ${script} found nothing:\n${lines.join('\n')}`);
    return shape.parse(JSON.parse(text));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One figure that was sampled and must not grow (`test/load/level.ts`). */
export const verdict = z.object({
  name: z.string(),
  unit: z.string(),
  first: z.number(),
  last: z.number(),
  growth: z.number(),
  allowed: z.number(),
  isLevel: z.boolean(),
});
export type Verdict = z.output<typeof verdict>;

/** What one run of a row of faults came to (`test/faults/run-row.ts`). */
export const rowResult = z.object({
  ghosts: z.number(),
  survivors: z.number(),
  wrongLogouts: z.number(),
  ghostsLate: z.number(),
  worstLateMs: z.number().nullable(),
  violations: z.array(z.string()),
});

export function levelTable(caption: string, verdicts: readonly Verdict[]): Table {
  return {
    caption,
    columns: ['', 'unit', 'from', 'to', 'growth', 'bound'],
    rows: verdicts.map(({ name, unit, first, last, growth, allowed }): Cell[] => [
      name,
      unit,
      ...[first, last, growth, allowed].map((value) => measured(value)),
    ]),
  };
}

/** A short run is too short to say what is level: then nothing is a fault. */
export function levelFaults(verdicts: readonly Verdict[], isJudged: boolean): string[] {
  const growing = verdicts.filter(({ isLevel }) => isJudged && !isLevel);
  return growing.map(
    ({ name, growth, allowed, unit }) =>
      `${name} grew by ${growth.toFixed(1)} of at most ${allowed.toFixed(1)} ${unit}`,
  );
}
