import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '#config/package-root';
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
});

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
