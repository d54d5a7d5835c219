#!/usr/bin/env node
// The command `lastcall` (npx lastcall): runs the built command-line tool, and builds it first when sources are newer.
// Plain JavaScript that any Node can read: where the Node that runs it is too old, the one of this project takes over.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const script = fileURLToPath(import.meta.url);
const root = join(dirname(script), '..');
const main = join(root, 'dist', 'bin', 'cli.js');
/** Finds the Node of this project, or says that there is none. */
const ownNode = join(root, 'tools', 'node');
const nodeMajorMin = 24;

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) await run();
else handOver();

async function run() {
  const builder = join(root, 'tools', 'build-if-stale.mjs');
  // A container image has neither sources nor a compiler, and is built.
  if (existsSync(builder) && existsSync(join(root, 'node_modules', 'typescript'))) {
    // Its words are no results: they go to standard error.
    const { status } = spawnSync(process.execPath, [builder], { stdio: ['ignore', 2, 2] });
    if (status !== 0) process.exit(1);
  }
  if (!existsSync(main)) fail('The command is not built. Run: npm ci, then npm run build');
  await import(pathToFileURL(main).href);
}

/** The other Node gets the same arguments, streams and signals, and its exit code is ours. */
function handOver() {
  const child = spawn(ownNode, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${ownNode} cannot be run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
