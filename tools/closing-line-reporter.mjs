/**
 * A jest reporter that prints, after everything else, one line with the numbers of the whole run:
 * `N passed, N failed`, with `, N skipped` when some were. A test file that could not even be loaded counts as one
 * failure, since its tests were never counted.
 */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const parts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) parts.push(`${skipped} skipped`);
    // At the exit, since jest may still complain about workers and open handles after its reporters are done.
    process.once('exit', () => {
      process.stdout.write(`${parts.join(', ')}\n`);
    });
  }
}
