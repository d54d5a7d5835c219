// `npm run test:repeat -- --times 10 [--stress] [-- words for jest]`: runs the tests again and again and prints each test
// that did not pass every time. With --stress as many busy loops run beside it as this machine has processors.
// The exit code is 0 when every test passed every time.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { descendantsOf, stopTree } from './stop-tree.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const timesMax = 1_000;
const linesShown = 12;
const busyLoop = 'for (;;);';

const { times, stress, jestWords } = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'test-repeat-'));
const loops = stress ? Array.from({ length: availableParallelism() }, startBusyLoop) : [];
process.once('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const pid of descendantsOf(process.pid)) stopTree(pid);
    process.exit(1);
  });
}

const runs = [];
for (let run = 1; run <= times; run++) {
  const begunMs = performance.now();
  const result = await runOnce(join(folder, `${run}.json`));
  const minutes = ((performance.now() - begunMs) / 60_000).toFixed(1);
  runs.push(result);
  const failed = result.tests.filter(({ status }) => status === 'failed').length + result.unloaded.length;
  say(`run ${run} of ${times}: ${result.passed} passed, ${failed} failed, ${result.skipped} skipped, ${minutes} min`);
}
const unsteady = summaryOf(runs);
say('');
say(`${times} runs${stress ? ` beside ${loops.length} busy loops` : ''}:`);
if (unsteady.length === 0) say(`every test passed every time: ${times} of ${times}`);
for (const { name, passed, message } of unsteady) {
  say(`passed ${passed} of ${times}: ${name}`);
  for (const line of message.split('\n').slice(0, linesShown)) say(`    ${line}`);
}
process.exit(unsteady.length === 0 ? 0 : 1);

/** Runs jest; the words after `--` go to it. A suite that could not be loaded has no tests and counts by its path. */
async function runOnce(resultFile) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const words = ['--selectProjects', 'unit', 'integration', '--json', `--outputFile=${resultFile}`, ...jestWords];
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...words];
  const child = spawn(process.execPath, node, { cwd: root, stdio: ['ignore', 'ignore', 'ignore'] });
  await new Promise((resolve) => child.once('exit', resolve));
  const { testResults, numPassedTests, numPendingTests } = JSON.parse(readFileSync(resultFile, 'utf8'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, failureMessages }) => ({
      name: `${relative(root, name)}: ${fullName}`,
      status,
      message: stripVTControlCharacters(failureMessages.join('\n')),
    })),
  );
  const unloaded = testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .map(({ name, message }) => ({ name: relative(root, name), message: stripVTControlCharacters(message) }));
  return { tests, unloaded, passed: numPassedTests, skipped: numPendingTests };
}

/** Tests that failed in some run, the most unsteady first, with what was said the last time. */
function summaryOf(results) {
  const failures = new Map();
  for (const { tests, unloaded } of results) {
    for (const { name, message } of [...tests.filter(({ status }) => status === 'failed'), ...unloaded]) {
      failures.set(name, { count: (failures.get(name)?.count ?? 0) + 1, message });
    }
  }
  return [...failures]
    .map(([name, { count, message }]) => ({ name, passed: results.length - count, message }))
    .sort((one, other) => one.passed - other.passed || one.name.localeCompare(other.name));
}

function startBusyLoop() {
  return spawn(process.execPath, ['-e', busyLoop], { stdio: 'ignore', detached: true });
}

function readArguments() {
  const all = process.argv.slice(2);
  const split = all.indexOf('--');
  const own = split === -1 ? all : all.slice(0, split);
  try {
    const { values } = parseArgs({
      args: own,
      options: { times: { type: 'string', default: '10' }, stress: { type: 'boolean', default: false } },
    });
    const number = Number(values.times);
    if (!Number.isInteger(number) || number < 1 || number > timesMax)
      throw new Error(`--times is not from 1 to ${timesMax}`);
    return { times: number, stress: values.stress, jestWords: split === -1 ? [] : all.slice(split + 1) };
  } catch (error) {
    process.stderr.write(`${error.message}\nnpm run test:repeat -- --times 10 [--stress] [-- words for jest]\n`);
    process.exit(2);
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
