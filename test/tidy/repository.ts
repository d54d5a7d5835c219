import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '#config/package-root';

/** The files of this repository as the tidy tests see them: parsed, with paths relative to the root. */

export interface TextFile {
  path: string;
  text: string;
  lines: readonly string[];
}

export interface Module extends TextFile {
  tree: ts.SourceFile;
  isSpec: boolean;
}

export interface Place {
  path: string;
  line: number;
  what: string;
}

const root = packageRoot();
const notOurs = new Set(['node_modules', 'dist', '.git', '.lastcall', 'coverage']);
const binary = /\.(png|jpg|gif|ico|woff2?|pcap|bin)$/;

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [relative(root, path)];
  });
}

function read(path: string): TextFile {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, lines: text.replace(/\n$/, '').split('\n') };
}

export const textFiles: readonly TextFile[] = walk(root)
  .filter((path) => !binary.test(path))
  .sort()
  .map(read);

export const modules: readonly Module[] = parsed('.ts');

/** Modules that run as they are, before anything is compiled. */
export const scripts: readonly Module[] = parsed('.mjs');

function parsed(ending: string): Module[] {
  return textFiles
    .filter(({ path }) => path.endsWith(ending))
    .map((file) => ({
      ...file,
      tree: ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true),
      isSpec: /\.spec(-support)?\.ts$/.test(file.path) || file.path.startsWith('test/'),
    }));
}

/** Every node of a module for which `describe` has something to say. */
export function findNodes(module: Module, describe: (node: ts.Node) => string | undefined): Place[] {
  const places: Place[] = [];
  const visit = (node: ts.Node): void => {
    const what = describe(node);
    if (what !== undefined) {
      const { line } = module.tree.getLineAndCharacterOfPosition(node.getStart(module.tree));
      places.push({ path: module.path, line: line + 1, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(module.tree);
  return places;
}

export function findLines(file: TextFile, pattern: RegExp, what: string): Place[] {
  return file.lines.flatMap((line, index) => (pattern.test(line) ? [{ path: file.path, line: index + 1, what }] : []));
}

/** As `path:line what`, which editors and terminals open. */
export function asText(places: readonly Place[]): string[] {
  return places.map(({ path, line, what }) => `${path}:${String(line)} ${what}`);
}
