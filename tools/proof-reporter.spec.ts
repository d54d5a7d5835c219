import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import parts from '../test/proof/parts.json';

interface Reporter {
  onRunStart(results: object): void;
  onTestFileStart(test: object): void;
  onTestFileResult(test: object, result: object): void;
  onRunComplete(): void;
}

const [first, second] = parts;
if (first === undefined || second === undefined) throw new Error('the proof has too few parts');
const minuteMs = 60_000;

const result = { numPassingTests: 3, numFailingTests: 0, numPendingTests: 1, testExecError: undefined };

/** Plays that part for so many of the minutes that are expected of it. */
function play(reporter: Reporter, clock: { now: number }, part: typeof first, times: number, more: object = {}): void {
  reporter.onTestFileStart({ path: `/x/test/proof/${String(part?.name)}.proof.ts` });
  clock.now += times * (part?.minutes.whole ?? 0) * minuteMs;
  reporter.onTestFileResult({}, { ...result, ...more });
}

describe('the proof reporter', () => {
  const clock = { now: 0 };
  let printed = '';
  let reporter: Reporter;
  beforeAll(async () => {
    const { default: ProofReporter } = (await import(join(packageRoot(), 'tools', 'proof-reporter.mjs'))) as {
      default: new (...args: unknown[]) => Reporter;
    };
    const print = (text: string): string => (printed += text);
    reporter = new ProofReporter({}, {}, {}, () => clock.now, print);
  });

  it('says which part runs, and corrects how long it will take by how long it took', () => {
    reporter.onRunStart({ numTotalTestSuites: parts.length });
    const total = parts.reduce((sum, { minutes }) => sum + minutes.whole, 0);
    play(reporter, clock, first, 2);
    expect(printed).toContain(`part 1 of ${String(parts.length)}: ${first.name}`);
    expect(printed).toContain(`0 s so far, about ${String(total)} min 0 s to come`);
    play(reporter, clock, second, 2, { numFailingTests: 1 });
    const left = 2 * (total - first.minutes.whole);
    expect(printed).toContain(
      `${String(2 * first.minutes.whole)} min 0 s so far, about ${String(left)} min 0 s to come`,
    );
  });

  it('closes with one table, in which a part with a failure is not green', () => {
    printed = '';
    reporter.onRunComplete();
    const lines = printed.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines).toContainEqual(['part', 'passed', 'failed', 'skipped', 'took', 'verdict']);
    expect(lines).toContainEqual([first.name, '3', '0', '1', `${String(2 * first.minutes.whole)} min 0 s`, 'green']);
    expect(lines).toContainEqual([
      second.name,
      '3',
      '1',
      '1',
      `${String(2 * second.minutes.whole)} min 0 s`,
      'NOT GREEN',
    ]);
  });
});

describe('the parts of the proof', () => {
  it('are the files of test/proof', () => {
    const files = readdirSync(join(packageRoot(), 'test', 'proof')).filter((name) => name.endsWith('.proof.ts'));
    expect(files.sort()).toEqual(parts.map(({ name }) => `${name}.proof.ts`).sort());
  });

  it('take 48 minutes at most, and 38 in the short form, by what is expected of them', () => {
    const sum = (form: 'whole' | 'short'): number => parts.reduce((total, { minutes }) => total + minutes[form], 0);
    expect(sum('whole')).toBeLessThanOrEqual(48);
    expect(sum('short')).toBeLessThanOrEqual(38);
  });
});
