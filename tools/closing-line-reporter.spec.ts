import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { reasonMarks } from '../test/kit/privileges';

interface Reporter {
  failedLines(results: object, rootDir: string): string[];
  skippedLines(results: object, rootDir: string): string[];
  closingLine(results: object): string;
}

const root = packageRoot();
const test = (status: string, title: string, ...ancestorTitles: string[]): object => ({
  status,
  title,
  ancestorTitles,
});
const withReason = (title: string, reason: string): string => `${title}${reasonMarks.begin}${reason}${reasonMarks.end}`;
const results = (...testResults: object[]): object => ({
  testResults: [{ testFilePath: join(root, 'test/some.spec.ts'), testResults }],
});

describe('the end of a test run', () => {
  let reporter: Reporter;
  beforeAll(async () => {
    reporter = (await import(join(root, 'tools', 'closing-line-reporter.mjs'))) as Reporter;
  });

  it('names what was skipped, and why', () => {
    const lines = reporter.skippedLines(
      results(
        test('passed', 'is true', 'the truth'),
        test('pending', withReason('is cut', 'needs root, for network namespaces'), 'a cable'),
        test('pending', 'is whole', withReason('another', 'ip: not [now]')),
      ),
      root,
    );
    expect(lines).toEqual([
      'Skipped:',
      '  test/some.spec.ts: a cable › is cut: needs root, for network namespaces',
      '  test/some.spec.ts: another › is whole: ip: not [now]',
    ]);
  });

  it('counts what was left out on the command line', () => {
    const lines = reporter.skippedLines(results(test('pending', 'a'), test('pending', 'b')), root);
    expect(lines).toEqual(['Skipped without a reason, or left out on the command line: 2']);
  });

  it('says nothing of skipped tests when there are none', () => {
    expect(reporter.skippedLines(results(test('passed', 'a'), test('failed', 'b')), root)).toEqual([]);
  });

  it('names what failed, with the first line of why', () => {
    const failed = {
      ...test('failed', 'is true', 'the truth'),
      failureMessages: ['\u001b[2mexpected\u001b[22m 1\n  at'],
    };
    const unloaded = {
      testFilePath: join(root, 'test/other.spec.ts'),
      testResults: [],
      testExecError: new Error('no'),
    };
    const lines = reporter.failedLines(
      { testResults: [{ testFilePath: join(root, 'test/some.spec.ts'), testResults: [failed] }, unloaded] },
      root,
    );
    expect(lines).toEqual([
      'Failed:',
      '  test/some.spec.ts: the truth › is true: expected 1',
      '  test/other.spec.ts: could not be loaded: no',
    ]);
    expect(reporter.failedLines(results(test('passed', 'a')), root)).toEqual([]);
  });

  it('closes with the numbers of the run; a file that could not be loaded is a failure', () => {
    const numbers = { numPassedTests: 3, numFailedTests: 1, numRuntimeErrorTestSuites: 1 };
    expect(reporter.closingLine({ ...numbers, numPendingTests: 0, numTodoTests: 0 })).toBe('3 passed, 2 failed');
    expect(reporter.closingLine({ ...numbers, numPendingTests: 2, numTodoTests: 0 })).toBe(
      '3 passed, 2 failed, 2 skipped',
    );
  });
});
