// Compiles the TypeScript of the folders that its arguments name to dist/, without checking types (`npm run types` does): a fresh
// clone starts in seconds. Plain JavaScript, since nothing has been compiled before it.
import { globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { swcOptions } from './swc-options.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folders = process.argv.slice(2);
/** Programs of the tests use what specs share. */
const ofSpecsAlone = folders.includes('test') ? ['**/*.spec.ts'] : ['**/*.spec.ts', '**/*.spec-support.ts'];
const sources = globSync(
  folders.map((folder) => `${folder}/**/*.ts`),
  { cwd: root, exclude: ['**/node_modules/**', '**/*.d.ts', ...ofSpecsAlone] },
);

const failures = (await Promise.allSettled(sources.map(compile))).filter(({ status }) => status === 'rejected');
for (const { reason } of failures) process.stderr.write(`${sentenceOf(reason)}\n`);
if (failures.length > 0) process.exitCode = 1;

async function compile(source) {
  const target = join(root, 'dist', source.replace(/\.ts$/, '.js'));
  const map = `${basename(target)}.map`;
  // A dynamic import stays one: it can load what is an ES module alone.
  const options = { ...swcOptions, sourceMaps: true, module: { ...swcOptions.module, ignoreDynamic: true } };
  const sourceFileName = relative(dirname(target), join(root, source));
  const { code, map: mapText } = await transformFile(join(root, source), { ...options, sourceFileName });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, `${code}//# sourceMappingURL=${map}\n`);
  await writeFile(join(dirname(target), map), mapText);
}

/** The place in the source, without where the compiler itself stood. */
function sentenceOf(reason) {
  return reason instanceof Error ? reason.message.split('\n\nCaused by:')[0].trimEnd() : String(reason);
}
