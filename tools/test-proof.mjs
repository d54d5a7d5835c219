// `npm run test:proof`: plays the parts of test/proof/parts.json one after the other, with jest. Exit code 0 when all were
// green, 1 when one was not, 2 for arguments that cannot be read.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stopTree } from './stop-tree.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const parts = JSON.parse(readFileSync(join(root, 'test', 'proof', 'parts.json'), 'utf8'));
const usage = `npm run test:proof                       every part, whole
npm run test:proof -- --short            every part: each fault row and each mutation at least once, fewer seeds
npm run test:proof -- --only NAME[,NAME] some parts; there are ${parts.map(({ name }) => name).join(', ')}`;

const asked = readArguments();
const jest = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  // One file after the other, in this one process: nothing else loads the machine.
  ...['--selectProjects', 'proof', '--runInBand'],
  ...['--reporters', 'default', '--reporters', join(root, 'tools', 'proof-reporter.mjs')],
  ...['--reporters', join(root, 'tools', 'closing-line-reporter.mjs')],
  ...['--testPathPatterns', ...asked.names.map((name) => `/test/proof/${name}\\.proof\\.ts$`)],
];
const child = spawn(process.execPath, jest, {
  cwd: root,
  env: { ...process.env, PROOF_FORM: asked.form },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopTree(child.pid));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

function readArguments() {
  try {
    const options = { short: { type: 'boolean', default: false }, only: { type: 'string' } };
    const { values } = parseArgs({ options });
    const names = values.only?.split(',') ?? parts.map(({ name }) => name);
    const unknown = names.filter((name) => !parts.some((part) => part.name === name));
    if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}.`);
    return { names, form: values.short ? 'short' : 'whole' };
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(2);
  }
}
