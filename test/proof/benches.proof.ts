import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { benches } from '../../bench/benches';
import { type Run } from '../../bench/report/markdown';
import { TestProcess } from '../kit/process';

/** `npm run bench` as a process; dist must be built, as npm test does. */

const program = join(packageRoot(), 'dist', 'bench', 'main.js');
const document = join(packageRoot(), 'docs', 'performance.md');

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Each bench ends by itself, or is ended by the runner. */
async function runBenches(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const ran = new TestProcess({
    ...{ name: 'npm run bench', program: process.execPath, args: ['--enable-source-maps', program, ...args] },
    env: { ...process.env, ...env },
  });
  const { code: exitCode } = await ran.ended;
  return { exitCode, output: `${ran.stdout}${ran.stderr}` };
}

describe('npm run bench', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('runs every bench in its small form, finds nothing wrong, and leaves the document as it is', async () => {
    const before = await readFile(document, 'utf8');
    const file = join(folder, 'results.json');
    const { exitCode, output } = await runBenches(['--small', '--json', file]);
    const complaints = output.split('\n').filter((line) => /RED|CANNOT BE RUN|FAULT|Error/.test(line));
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] });
    const outcomes = JSON.parse(await readFile(file, 'utf8')) as { run: Run }[];
    const runs = outcomes.map(({ run }) => run);
    expect(runs.map(({ name }) => name).sort()).toEqual(benches.map(({ name }) => name).sort());
    expect(runs.filter(({ result }) => result.tables.every(({ rows }) => rows.length === 0))).toEqual([]);
    expect(await readFile(document, 'utf8')).toBe(before);
  });

  it('fails and says why when a bench cannot be run: here there is no redis-server', async () => {
    const { exitCode, output } = await runBenches(['--small', '--only', 'memory'], {
      PATH: dirname(process.execPath),
    });
    expect(output).toContain('memory CANNOT BE RUN: Error: spawn redis-server ENOENT');
    expect(exitCode).toBe(1);
  });

  it('refuses a bench that is not there, and names those that are', async () => {
    const { exitCode, output } = await runBenches(['--only', 'speed']);
    expect(output).toContain('There is no bench speed; there are presence, server, ');
    expect(exitCode).toBe(2);
  });
});
