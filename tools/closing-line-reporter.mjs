import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** As test/kit/privileges.ts writes it into the title of what it skips. */
const reasonMark = / \[skipped: (.*?)\](?= › |$)/;

/** Of the message of a failed test; more is in the output above. */
const messageCharactersMax = 300;

/**
 * A jest reporter that prints, after everything else, which tests failed, which were skipped and why, and then one line with the
 * numbers of the whole run: `N passed, N failed`, with `, N skipped` when some were. A test file that could not even be
 * loaded counts as one failure, since its tests were never counted.
 */
export default class ClosingLineReporter {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, results) {
    const lines = [...failedLines(results, this.rootDir), ...skippedLines(results, this.rootDir), closingLine(results)];
    // At the exit, since jest may still complain about workers and open handles after its reporters are done.
    process.once('exit', () => {
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
  }
}

/** Each failed test by name, and each file that could not be loaded, with the first line of what was said. */
export function failedLines({ testResults }, rootDir) {
  const failed = testResults.flatMap(({ testFilePath, testResults: tests, testExecError }) => [
    ...(testExecError ? [{ testFilePath, name: 'could not be loaded', message: testExecError.message }] : []),
    ...tests
      .filter(({ status }) => status === 'failed')
      .map((test) => ({ testFilePath, name: nameOf(test), message: test.failureMessages?.join('\n') })),
  ]);
  return [
    ...(failed.length > 0 ? ['Failed:'] : []),
    ...failed.map(
      ({ testFilePath, name, message }) => `  ${relative(rootDir, testFilePath)}: ${name}: ${firstLineOf(message)}`,
    ),
  ];
}

function firstLineOf(message = '') {
  const [first = ''] = stripVTControlCharacters(message).split('\n');
  return first.slice(0, messageCharactersMax);
}

function nameOf({ ancestorTitles, title }) {
  return [...ancestorTitles, title].join(' › ');
}

/** Those that say why, by name; those that the command line left out (`-t`) by their number. */
export function skippedLines({ testResults }, rootDir) {
  const skipped = testResults.flatMap(({ testFilePath, testResults: tests }) =>
    tests
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map((test) => ({ file: relative(rootDir, testFilePath), name: nameOf(test) })),
  );
  const withReason = skipped.filter(({ name }) => reasonMark.test(name));
  const others = skipped.length - withReason.length;
  return [
    ...(withReason.length > 0 ? ['Skipped:'] : []),
    ...withReason.map(
      ({ file, name }) => `  ${file}: ${name.replace(reasonMark, '')}: ${reasonMark.exec(name)?.[1] ?? ''}`,
    ),
    ...(others > 0 ? [`Skipped without a reason, or left out on the command line: ${others}`] : []),
  ];
}

export function closingLine(results) {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  const parts = [`${results.numPassedTests} passed`, `${failed} failed`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}
