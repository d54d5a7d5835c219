import ts from 'typescript';
import { asText, findLines, findNodes, modules, textFiles } from './repository';

/** What we do not want to read here, as tests. */

const linesMax = 400;
/** Tables of rows: long because the world that they describe is. */
const tables = /^libs\/(config\/src\/table|cti-protocol\/src\/([a-z]+-)*(messages|enumerations|events|codes))\.ts$/;
const medianLinesMax = 120;

const bannedWordsInFileNames = /(^|[-./])(utils?|helpers?|common|managers?|misc|stuff)([-.]|$)|^index\./;
const bannedClassNames = /^(Base[A-Z]|I[A-Z][a-z])|(Impl|Manager|Helper|Utils?)$/;

const code = modules.filter(({ isSpec }) => !isSpec);
const specs = modules.filter(({ path }) => path.endsWith('.spec.ts'));

describe('files', () => {
  it(`have at most ${String(linesMax)} lines, except tables`, () => {
    const long = modules.filter(({ path, lines }) => lines.length > linesMax && !tables.test(path));
    expect(long.map(({ path, lines }) => `${path} has ${String(lines.length)}`)).toEqual([]);
  });

  it(`have a median of at most ${String(medianLinesMax)} lines`, () => {
    const lengths = code.map(({ lines }) => lines.length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(medianLinesMax);
  });

  it('are named in kebab-case for one idea each', () => {
    const odd = modules.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(path));
    const banned = modules.filter(({ path }) => bannedWordsInFileNames.test(path.replace(/^.*\//, '')));
    expect([...odd, ...banned].map(({ path }) => path)).toEqual([]);
  });

  it('are not barrels that only hand on other files', () => {
    const barrels = code.filter(({ tree }) => {
      const handsOn = tree.statements.filter(
        (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier,
      );
      return handsOn.length > 0 && handsOn.length === tree.statements.length;
    });
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });
});

describe('the code', () => {
  it('has no enum and no any', () => {
    const faults = modules.flatMap((module) =>
      findNodes(module, (node) => {
        if (ts.isEnumDeclaration(node)) return `enum ${node.name.text}`;
        return node.kind === ts.SyntaxKind.AnyKeyword ? 'any' : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('has no class named after its place in a pattern', () => {
    const faults = modules.flatMap((module) =>
      findNodes(module, (node) => {
        const isNamed = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);
        return isNamed && bannedClassNames.test(node.name?.text ?? '') ? node.name?.text : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('leaves nothing for later', () => {
    const mark = new RegExp(
      `\\b(${['TO', 'FIX', 'XX'].map((start, index) => start + (['DO', 'ME', 'X'][index] ?? '')).join('|')})\\b`,
    );
    const faults = textFiles
      .filter(({ path }) => /\.(ts|mjs|js|yml|md|html|css)$|Dockerfile/.test(path))
      .flatMap((file) => findLines(file, mark, 'left for later'));
    expect(asText(faults)).toEqual([]);
  });

  it('switches no rule of the compiler or the linter off for a whole file', () => {
    const faults = modules.flatMap((file) => [
      ...findLines(file, /@ts-(nocheck|ignore)/, 'compiler switched off'),
      ...findLines(file, /\/\*\s*eslint-disable(?!-next-line)/, 'linter switched off'),
    ]);
    const ownWords = faults.filter(({ path }) => path !== 'test/tidy/style-rules.ts');
    expect(asText(ownWords)).toEqual([]);
  });

  it('writes log lines through the logger in libs and apps', () => {
    const faults = code
      .filter(({ path }) => /^(libs|apps)\//.test(path))
      .flatMap((module) =>
        findNodes(module, (node) =>
          ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console' ? node.getText() : undefined,
        ),
      );
    expect(asText(faults)).toEqual([]);
  });
});

describe('the tests', () => {
  it('run, all of them', () => {
    const faults = specs.flatMap((module) =>
      findNodes(module, (node) => {
        if (!ts.isCallExpression(node)) return undefined;
        const name = node.expression.getText();
        return /^(xit|xdescribe|xtest|fit|fdescribe)$|^(it|test|describe)\.(only|skip|todo)\b/.test(name)
          ? name
          : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('replace ports by fakes and never a module', () => {
    const faults = specs.flatMap((module) =>
      findNodes(module, (node) => {
        const isCall =
          ts.isCallExpression(node) && /^jest\.(mock|doMock|unstable_mockModule)$/.test(node.expression.getText());
        return isCall ? node.getText().slice(0, 60) : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('are named after what happens, not after what should', () => {
    const faults = specs.flatMap((module) =>
      findNodes(module, (node) => {
        if (!ts.isCallExpression(node) || !/^(it|test)(\.each)?\b/.test(node.expression.getText())) return undefined;
        const [name] = node.arguments;
        return name !== undefined &&
          ts.isStringLiteralLike(name) &&
          /^(should|tests?|works (as|correctly|fine))\b|^works$/i.test(name.text)
          ? name.text
          : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('open no socket and do not sleep below test/integration and test/faults', () => {
    // Under jest's fake timers Date.now is a clock that the test sets.
    const unit = specs.filter(
      ({ path, text }) => !/^test\/(integration|faults)\//.test(path) && !text.includes('useFakeTimers'),
    );
    const faults = unit.flatMap((module) =>
      findNodes(module, (node) => {
        if (!ts.isCallExpression(node)) return undefined;
        const name = node.expression.getText();
        return /^(Date\.now|Math\.random|fetch|net\.connect|createConnection)$|\.listen$|^(delay|sleep)$/.test(name)
          ? name
          : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });
});

describe('the repository', () => {
  /** In pieces, so that this file does not find itself. */
  const outside = [
    ['..', 'shared'],
    ['', 'work', ''],
    ['', 'root', ''],
    ['', 'tmp', 'plan'],
  ].map((parts) => parts.join('/'));

  it('names no place of the machine it was written on', () => {
    const faults = textFiles.flatMap((file) =>
      outside.flatMap((place) => findLines(file, new RegExp(`(^|[^\\w.])${place.replaceAll('.', '\\.')}`), place)),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('names no registry in its lock file', () => {
    const lock = textFiles.find(({ path }) => path === 'package-lock.json');
    expect(
      lock === undefined ? ['there is no lock file'] : asText(findLines(lock, /"resolved":/, 'a registry')),
    ).toEqual([]);
  });
});
