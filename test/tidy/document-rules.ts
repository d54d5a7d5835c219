import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { benches } from '../../bench/benches';
import parts from '../proof/parts.json';
import { asText, findNodes, modules, type Place, type TextFile, textFiles } from './repository';
import ts from 'typescript';

/** What the documents say of files, commands and keys is true of the repository. */

const root = packageRoot();
const documents = textFiles.filter(({ path }) => path.endsWith('.md'));

function matches(file: TextFile, pattern: RegExp): Place[] {
  return file.lines.flatMap((line, index) =>
    [...line.matchAll(pattern)].map((match) => ({ path: file.path, line: index + 1, what: match[1] ?? match[0] })),
  );
}

describe('the documents', () => {
  it('link only to what is there', () => {
    const links = documents.flatMap((file) => matches(file, /\]\(([^)\s#]+)[^)]*\)/g));
    const broken = links.filter(
      ({ path, what }) => !/^[a-z]+:/.test(what) && !existsSync(join(root, dirname(path), what)),
    );
    expect(asText(broken)).toEqual([]);
  });

  it('name only commands that package.json has', () => {
    const manifest = textFiles.find(({ path }) => path === 'package.json');
    const { scripts } = JSON.parse(manifest?.text ?? '{}') as { scripts: Record<string, string> };
    const named = documents.flatMap((file) => matches(file, /npm run ([a-z][a-z:-]*)/g));
    expect(asText(named.filter(({ what }) => !Object.hasOwn(scripts, what)))).toEqual([]);
  });

  it('name only compiled programs that have a source', () => {
    const named = documents.flatMap((file) => matches(file, /node dist\/([\w/-]+)\.js/g));
    // dist/bin/server.js is the file that is made of apps/server.
    const sourceOf = (what: string): string => what.replace(/^bin\/(.*)$/, 'apps/$1/src/main');
    expect(asText(named.filter(({ what }) => !existsSync(join(root, `${sourceOf(what)}.ts`))))).toEqual([]);
  });

  it('list the parts of the proof as they are', () => {
    const text = textFiles.find(({ path }) => path === 'docs/testing.md')?.text ?? '';
    const rows = [...text.matchAll(/^\| `([\w-]+)` \| (.*) \| (\d+) \| (\d+) \|$/gm)].map((row) => row.slice(1));
    const wanted = parts.map(({ name, proves, minutes }) => [
      name,
      proves,
      ...[minutes.whole, minutes.short].map(String),
    ]);
    expect(rows).toEqual(wanted);
  });

  it('name only benches that there are', () => {
    const named = documents.flatMap((file) => matches(file, /npm run bench -- [^`\n]*--only ([a-z,-]+)/g));
    const known = new Set(benches.map(({ name }) => name));
    expect(named.length).toBeGreaterThan(0);
    expect(asText(named.filter(({ what }) => what.split(',').some((name) => !known.has(name))))).toEqual([]);
  });

  it('give each decision a number of its own, the same in its name, its title and the links to it', () => {
    const decisions = documents.filter(({ path }) => path.startsWith('docs/decisions/'));
    const numbers = decisions.map(({ path }) => numberOf(path));
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.filter((number, place) => numbers.indexOf(number) !== place)).toEqual([]);
    expect(
      decisions.filter(({ path, text }) => !text.startsWith(`# ${numberOf(path)} `)).map(({ path }) => path),
    ).toEqual([]);
    const links = documents.flatMap((file) => matches(file, /(\[decision \d+\]\([^)]*decisions\/\d+)/g));
    const misnamed = links.filter(({ what }) => !/\[decision 0*(\d+)\].*\/0*\1$/.test(what));
    expect(asText(misnamed)).toEqual([]);
  });
});

/** `docs/decisions/0002-commit-by-version.md`: 0002. */
function numberOf(path: string): string {
  return /\/(\d{4})-[^/]*\.md$/.exec(path)?.[1] ?? path;
}

describe('the environment', () => {
  it('is read in one place: nothing else asks process.env for a value', () => {
    const faults = modules
      .filter(({ path, isSpec }) => /^(libs|apps)\//.test(path) && !isSpec)
      .flatMap((module) =>
        findNodes(module, (node) => {
          const isAccess = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
          return isAccess && node.expression.getText() === 'process.env' ? node.getText() : undefined;
        }),
      );
    expect(asText(faults)).toEqual([]);
  });
});
