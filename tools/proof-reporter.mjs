import { readFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const parts = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'proof', 'parts.json'), 'utf8'),
);
const minuteMs = 60_000;

/**
 * A jest reporter for `npm run test:proof`: says which part runs, how far it is and how long it still takes, and closes with one
 * table. How long is told by what each part is expected to take, and by how much longer the parts so far have taken.
 */
export default class ProofReporter {
  constructor(_config, _options, _context, now = () => Date.now(), print = printAtOnce) {
    this.now = now;
    this.print = print;
    this.form = process.env.PROOF_FORM === 'short' ? 'short' : 'whole';
  }

  onRunStart({ numTotalTestSuites }) {
    this.startedAt = this.now();
    this.wanted = numTotalTestSuites;
    this.done = [];
  }

  onTestFileStart({ path }) {
    const part = partOf(path);
    this.current = { part, startedAt: this.now(), tests: 0 };
    const place = `part ${this.done.length + 1} of ${this.wanted}`;
    this.print(`\n=== ${place}: ${part.name}: ${part.proves}\n`);
    this.print(`=== ${this.timeSentence()}\n`);
  }

  onTestCaseResult(_test, { status, fullName, duration }) {
    this.current.tests += 1;
    if (status === 'pending' || status === 'todo') return;
    const took = duration === undefined || duration === null ? '' : ` (${inSeconds(duration)})`;
    this.print(`  ${this.current.tests}: ${status}: ${fullName}${took}\n`);
  }

  onTestFileResult(_test, result) {
    const { part, startedAt } = this.current;
    this.done.push({ part, tookMs: this.now() - startedAt, result });
  }

  onRunComplete() {
    const rows = [
      ['part', 'passed', 'failed', 'skipped', 'took', 'verdict'],
      ...this.done.map(({ part, tookMs, result }) => rowOf(part, tookMs, result)),
    ];
    const total = `${this.form} form, ${inMinutes(this.now() - this.startedAt)} in all`;
    this.print(`\nThe proof, ${total}:\n${asTable(rows)}\n`);
  }

  timeSentence() {
    const expected = ({ minutes }) => minutes[this.form] * minuteMs;
    const sum = (list) => list.reduce((total, part) => total + expected(part), 0);
    const doneMs = this.done.reduce((total, { tookMs }) => total + tookMs, 0);
    const planned = sum(this.done.map(({ part }) => part));
    // Nobody knows how fast this machine is before the first part is over.
    const slowness = planned === 0 ? 1 : doneMs / planned;
    // jest tells how many files there are, and not which: those that come are the ones of the table that have not been.
    const seen = new Set(this.done.map(({ part }) => part.name));
    const left = parts.filter(({ name }) => !seen.has(name)).slice(0, this.wanted - this.done.length);
    return `${inMinutes(this.now() - this.startedAt)} so far, about ${inMinutes(sum(left) * slowness)} to come`;
  }
}

/** Past jest's own reporter, which holds back what is printed meanwhile. */
function printAtOnce(text) {
  writeSync(1, text);
}

function partOf(path) {
  const name = basename(path).replace('.proof.ts', '');
  const part = parts.find((one) => one.name === name);
  if (part === undefined) throw new Error(`${path} is not in test/proof/parts.json`);
  return part;
}

function rowOf({ name }, tookMs, { numPassingTests, numFailingTests, numPendingTests, testExecError }) {
  const failed = numFailingTests + (testExecError ? 1 : 0);
  const counts = [numPassingTests, failed, numPendingTests].map(String);
  return [name, ...counts, inMinutes(tookMs), failed === 0 ? 'green' : 'NOT GREEN'];
}

function asTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, n) => cell.padEnd(widths[n]))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n');
}

function inMinutes(ms) {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function inSeconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
