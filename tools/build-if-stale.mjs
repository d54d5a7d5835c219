// Compiles and bundles when a source is newer than the last build, and only then; runs before anything is compiled, so it is plain
// JavaScript without dependencies. `npm start` must be quick when nothing has changed: the check reads folder entries
// and times only. With the word `test` it compiles the benches and the test programs (test/sim, test/faults, test/load …), too.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ofProduct = ['apps', 'libs', 'tools'];
const ofTests = [...ofProduct, 'bench', 'test'];
const isForTests = process.argv[2] === 'test';
const folders = isForTests ? ofTests : ofProduct;
/** Written after a build without errors only: what could be compiled appears even when there were some. */
const stamps = { product: join(root, 'dist', 'built'), tests: join(root, 'dist', 'built-test') };
const compiler = join(root, 'tools', 'compile.mjs');
const bundler = join(root, 'tools', 'bundle-apps.mjs');
const nodeMajorMin = 24;

if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
  fail(`Node ${nodeMajorMin} is needed, and this is ${process.version}. Start it with npm start, or with tools/node.`);
}
if (!existsSync(join(root, 'node_modules', '@swc', 'core'))) fail('The dependencies are not installed. Run: npm ci');
if (isStale()) build();

function isStale() {
  const stamp = isForTests ? stamps.tests : stamps.product;
  if (!existsSync(stamp)) return true;
  const builtAtMs = statSync(stamp).mtimeMs;
  const tools = ['compile', 'swc-options', 'bundle-apps'].map((name) => `tools/${name}.mjs`);
  const inputs = ['package-lock.json', ...tools].map((name) => join(root, name));
  return (
    inputs.some((path) => existsSync(path) && statSync(path).mtimeMs > builtAtMs) ||
    folders.some((name) => hasNewer(join(root, name), builtAtMs))
  );
}

/** A folder is newer as well when a file in it was added, renamed or removed. */
function hasNewer(folder, thanMs) {
  if (!existsSync(folder)) return false;
  if (statSync(folder).mtimeMs > thanMs) return true;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasNewer(path, thanMs);
    return isInput(entry.name) && statSync(path).mtimeMs > thanMs;
  });
}

function isInput(name) {
  return /\.(ts|json)$/.test(name) && !(isForTests ? /\.spec\.ts$/ : /\.spec(-support)?\.ts$/).test(name);
}

function build() {
  const startedAtMs = Date.now();
  process.stdout.write('Building …\n');
  const { status, signal } = spawnSync(process.execPath, [compiler, ...folders], { cwd: root, stdio: 'inherit' });
  endUnless(status, signal);
  const bundled = spawnSync(process.execPath, [bundler], { cwd: root, stdio: 'inherit' });
  endUnless(bundled.status, bundled.signal);
  // What compiles the tests has compiled the product.
  for (const stamp of isForTests ? [stamps.product, stamps.tests] : [stamps.product]) {
    writeFileSync(stamp, '');
    // A source that changed during the build is newer than it.
    utimesSync(stamp, startedAtMs / 1_000, startedAtMs / 1_000);
  }
}

function endUnless(status, signal) {
  if (signal !== null) fail(`The build was ended by ${signal}.`);
  if (status !== 0) fail('The build failed; see the messages above.');
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
