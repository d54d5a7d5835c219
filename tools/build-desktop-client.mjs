// Makes the npm package of libs/desktop-client in dist/desktop-client: one minified module for browsers, its types, its
// README. Plain JavaScript, so that it needs nothing but the two compilers.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'libs', 'desktop-client');
const entry = join(source, 'src', 'connect.ts');
const target = join(root, 'dist', 'desktop-client');

mkdirSync(target, { recursive: true });
await build({
  entryPoints: [entry],
  outfile: join(target, 'desktop-client.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  sourcesContent: true,
});
writeFileSync(join(target, 'desktop-client.d.ts'), types());
writeFileSync(join(target, 'package.json'), manifest());
copyFileSync(join(source, 'README.md'), join(target, 'README.md'));

/** All that a page sees is declared in one file; it must stand alone. */
function types() {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(entry, 'utf8'), {
    fileName: entry,
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  for (const { messageText } of diagnostics) throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  if (/^import /m.test(outputText)) throw new Error('the types of connect.ts refer to another file');
  return outputText;
}

/** With the version of the whole. The template is no package.json, lest the sources be taken for a package of their own. */
function manifest() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { name, ...rest } = JSON.parse(readFileSync(join(source, 'package.template.json'), 'utf8'));
  return `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`;
}
