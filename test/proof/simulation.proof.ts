import { isShort } from './form';
import { mutations } from '../sim/mutations';
import { runSimulation, verdictOfSeeds } from '../sim/run-simulation';
import { faultKinds } from '../sim/weather';

const seeds = isShort ? 3_000 : 10_000;
const lanes = 2;

describe('the simulation', () => {
  it(`breaks no invariant in ${String(seeds)} seeds, with every kind of fault injected`, async () => {
    const { verdict, failed, counts, lines } = await verdictOfSeeds(seeds, lanes);
    expect({ verdict, failed }).toEqual({ verdict: 'no seed broke an invariant', failed: [] });
    expect(counts).toMatch(new RegExp(`^${String(seeds)} seeds, \\d+ agents`));
    const never = faultKinds.filter((kind) => !lines.some((line) => new RegExp(`^ {2}${kind}: [1-9]`).test(line)));
    expect(never).toEqual([]);
  });

  it('finds what each rule, gate and guard is for', async () => {
    const { exitCode, lines } = await runSimulation('--mutations');
    const found = mutations.map(({ name }) => lines.find((line) => line.startsWith(`${name}: found in seed`)) ?? name);
    expect(found.filter((line) => !line.includes('found in seed'))).toEqual([]);
    expect({ exitCode, broken: lines.filter((line) => line.includes('BROKEN')) }).toEqual({
      exitCode: 0,
      broken: [],
    });
  });
});
