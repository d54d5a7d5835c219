import { runSimulation, verdictOfSeeds } from '../sim/run-simulation';

/** So many here; the proof runs ten thousand (test/proof/simulation.proof.ts). */
const seeds = 300;

describe('the simulation', () => {
  it(`breaks no invariant in ${String(seeds)} seeds`, async () => {
    const { verdict, failed, counts } = await verdictOfSeeds(seeds, 1);
    expect({ verdict, failed }).toEqual({ verdict: 'no seed broke an invariant', failed: [] });
    expect(counts).toMatch(new RegExp(`^${String(seeds)} seeds, \\d+ agents`));
  });

  // What CI asks for is always the same: a fresh seed that fails tells of a fault that another commit made.
  it('runs seeds that nobody has run before when it is asked to, and says which', async () => {
    const { exitCode, lines } = await runSimulation('--fresh', '3');
    const [from = 0, to = 0] = (/^seeds (\d+)\.\.(\d+)$/.exec(lines[0] ?? '') ?? []).slice(1).map(Number);
    expect([0, 1]).toContain(exitCode);
    expect(to - from + 1).toBe(3);
    expect(from).toBeGreaterThan(10_000);
  });

  it('prints the plan first, and everything that happened when it is asked to', async () => {
    const { lines } = await runSimulation('--seed', '7', '--verbose');
    expect(lines[0]).toMatch(/^seed 7: \d+ agents/);
    expect(lines.some((line) => line.includes('acknowledged'))).toBe(true);
  });

  it('says what it expects when its arguments cannot be read', async () => {
    expect((await runSimulation('--sead', '7')).exitCode).toBe(2);
  });
});
