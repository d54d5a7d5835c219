import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { mutations } from '../sim/mutations';
import { faultKinds } from '../sim/weather';
import { TestProcess } from '../kit/process';

const seeds = 10_000;
const lanes = 2;
const runMsMax = 15 * 60_000;

/** Runs the simulation as `npm run sim` does. */
async function sim(...words: string[]): Promise<{ exitCode: number | null; lines: string[] }> {
  const script = join(packageRoot(), 'dist', 'test', 'sim', 'main.js');
  const ran = new TestProcess({
    name: 'npm run sim',
    program: process.execPath,
    args: ['--enable-source-maps', script, ...words],
    env: process.env,
  });
  // Minutes long: the limit is that of the test.
  const { code: exitCode } = await ran.ended;
  return { exitCode, lines: ran.stdout.trimEnd().split('\n') };
}

describe('the simulation', () => {
  it(
    `breaks no invariant in ${String(seeds)} seeds, with every kind of fault injected`,
    async () => {
      const { exitCode, lines } = await sim('--seeds', `1..${String(seeds)}`, '--lanes', String(lanes));
      const verdict = lines.at(-1) ?? '';
      // With a failure the plan, the sentences and the command to see it again come first.
      expect({ verdict, failed: exitCode === 0 ? [] : lines }).toEqual({
        verdict: 'no seed broke an invariant',
        failed: [],
      });
      expect(lines.at(-2)).toMatch(new RegExp(`^${String(seeds)} seeds, \\d+ agents`));
      const never = faultKinds.filter((kind) => !lines.some((line) => new RegExp(`^ {2}${kind}: [1-9]`).test(line)));
      expect(never).toEqual([]);
      process.stdout.write(`${lines.slice(-faultKinds.length - 3).join('\n')}\n`);
    },
    runMsMax,
  );

  it(
    'finds what each rule, gate and guard is for',
    async () => {
      const { exitCode, lines } = await sim('--mutations');
      const found = mutations.map(
        ({ name }) => lines.find((line) => line.startsWith(`${name}: found in seed`)) ?? name,
      );
      expect(found.filter((line) => !line.includes('found in seed'))).toEqual([]);
      expect({ exitCode, broken: lines.filter((line) => line.includes('BROKEN')) }).toEqual({
        exitCode: 0,
        broken: [],
      });
    },
    runMsMax,
  );

  // What CI asks for is always the same: a fresh seed that fails tells of a fault that another commit made.
  it('runs seeds that nobody has run before when it is asked to, and says which', async () => {
    const { exitCode, lines } = await sim('--fresh', '3');
    const [from = 0, to = 0] = (/^seeds (\d+)\.\.(\d+)$/.exec(lines[0] ?? '') ?? []).slice(1).map(Number);
    expect([0, 1]).toContain(exitCode);
    expect(to - from + 1).toBe(3);
    expect(from).toBeGreaterThan(seeds);
  });

  it('prints the plan first, and everything that happened when it is asked to', async () => {
    const { lines } = await sim('--seed', '7', '--verbose');
    expect(lines[0]).toMatch(/^seed 7: \d+ agents/);
    expect(lines.some((line) => line.includes('acknowledged'))).toBe(true);
  });

  it('says what it expects when its arguments cannot be read', async () => {
    expect((await sim('--sead', '7')).exitCode).toBe(2);
  });
});
