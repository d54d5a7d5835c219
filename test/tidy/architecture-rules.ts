import ts from 'typescript';
import { asText, findNodes, type Module, modules, type Place } from './repository';

/**
 * Who may import what. The shape of the whole rests on it: what decides is pure, ports point inwards, and only the
 * edge knows a framework.
 */

const libs = [
  'desktop-client',
  'config',
  'domain',
  'engine',
  'store',
  'queue',
  'presence',
  'cti-protocol',
  'cti-client',
] as const;
type Lib = (typeof libs)[number];

interface Allowed {
  libs: readonly Lib[];
  packages: readonly string[];
  nodeModules: boolean;
}

const importTable: Readonly<Record<Lib, Allowed>> = {
  domain: { libs: [], packages: [], nodeModules: false },
  'cti-protocol': { libs: [], packages: [], nodeModules: false },
  'desktop-client': { libs: [], packages: [], nodeModules: false },
  engine: { libs: ['domain'], packages: [], nodeModules: false },
  config: {
    libs: ['domain'],
    packages: ['express-rate-limit', 'pino', 'prom-client', 'yaml', 'zod'],
    nodeModules: true,
  },
  store: {
    libs: ['domain', 'engine', 'config'],
    packages: ['cluster-key-slot', 'ioredis', 'pino', 'zod'],
    nodeModules: true,
  },
  queue: {
    libs: ['domain', 'engine', 'config', 'store'],
    packages: ['bullmq', 'ioredis', 'pino', 'zod'],
    nodeModules: true,
  },
  'cti-client': { libs: ['domain', 'engine', 'cti-protocol'], packages: ['pino'], nodeModules: true },
  presence: {
    libs: ['domain', 'engine'],
    packages: ['@xmpp/client', '@xmpp/component', 'jose', 'pino', 'ws', 'zod'],
    nodeModules: true,
  },
};

/** What tests may use beyond the row of their lib. */
const packagesOfSpecs = ['fast-check', 'typescript', 'pino', 'ws'];

/** What a test of a lib may use of the test kit: ports that do nothing. It has no process, no socket and no clock. */
const kitOfSpecs = /^(\.\.\/)+test\/kit\/no-op-ports$/;

interface Import extends Place {
  from: string;
}

function importsOf(module: Module): Import[] {
  return findNodes(module, importedName).map((place) => ({ ...place, from: place.what }));
}

function importedName(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
  const [argument] = node.arguments;
  return isImport && argument !== undefined ? textOf(argument) : undefined;
}

function textOf(node: ts.Node): string | undefined {
  return ts.isStringLiteralLike(node) ? node.text : undefined;
}

function faultOf(lib: Lib, module: Module, { from }: Import): string | undefined {
  const allowed = importTable[lib];
  if (from.startsWith('.')) {
    const fits = !from.includes('../..') || (module.isSpec && kitOfSpecs.test(from));
    return fits ? undefined : `reaches out of its lib: ${from}`;
  }
  if (from.startsWith('node:')) return allowed.nodeModules || module.isSpec ? undefined : `imports ${from}`;
  if (from.startsWith('#')) {
    const other = from.slice(1).split('/')[0];
    const fits = other === lib || module.isSpec || allowed.libs.some((name) => name === other);
    return fits ? undefined : `imports ${from}`;
  }
  const name = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : (from.split('/')[0] ?? from);
  if (name.startsWith('@nestjs/')) return module.path.endsWith('.module.ts') ? undefined : `imports ${from}`;
  const packages = module.isSpec ? [...allowed.packages, ...packagesOfSpecs] : allowed.packages;
  return packages.includes(name) ? undefined : `imports ${from}`;
}

describe('the import table', () => {
  it.each(libs)('holds for libs/%s', (lib) => {
    const faults = modules
      .filter(({ path }) => path.startsWith(`libs/${lib}/`))
      .flatMap((module) =>
        importsOf(module).flatMap((found) => {
          const what = faultOf(lib, module, found);
          return what === undefined ? [] : [{ ...found, what }];
        }),
      );
    expect(asText(faults)).toEqual([]);
  });

  it('knows every lib that there is', () => {
    const found = new Set(modules.flatMap(({ path }) => /^libs\/([^/]+)\//.exec(path)?.[1] ?? []));
    expect([...found].filter((lib) => !libs.some((name) => name === lib))).toEqual([]);
  });

  it('lets no lib and no other app import an app', () => {
    const faults = modules
      .filter(({ path }) => /^(libs|apps)\//.test(path))
      .flatMap((module) =>
        importsOf(module).filter(({ from }) => /(^|\/)apps\//.test(from) || leavesItsApp(module, from)),
      );
    expect(asText(faults)).toEqual([]);
  });

  it('lets only apps and modules know Nest', () => {
    const faults = modules
      .filter(({ path }) => !path.startsWith('apps/') && !path.startsWith('test/') && !path.endsWith('.module.ts'))
      .flatMap((module) => importsOf(module).filter(({ from }) => from.startsWith('@nestjs/')));
    expect(asText(faults)).toEqual([]);
  });

  it('names a file of another lib by its #name, never by a path', () => {
    const faults = modules.flatMap((module) => importsOf(module).filter(({ from }) => /(^|\/)libs\//.test(from)));
    expect(asText(faults)).toEqual([]);
  });
});

function leavesItsApp(module: Module, from: string): boolean {
  if (!module.path.startsWith('apps/') || !from.startsWith('.')) return false;
  const [, app = ''] = module.path.split('/');
  const { pathname } = new URL(from, `file:///${module.path}`);
  return !pathname.startsWith(`/apps/${app}/`);
}

describe('what is pure', () => {
  const pure = modules.filter(({ path, isSpec }) => /^libs\/(domain|engine|cti-protocol)\//.test(path) && !isSpec);

  it('reads no clock, rolls no dice and touches no process', () => {
    const banned = new Set([
      'Date',
      'Math.random',
      'performance',
      'process',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'console',
      'globalThis',
    ]);
    const faults = pure.flatMap((module) =>
      findNodes(module, (node) => {
        if (ts.isPropertyAccessExpression(node) && banned.has(node.getText())) return node.getText();
        const isUse = ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent) && !isNameOfMember(node);
        const isObject =
          ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node;
        return (isUse || isObject) && banned.has(node.text) ? node.text : undefined;
      }),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('waits for nothing where it decides', () => {
    const decides = pure.filter(({ path }) => !path.startsWith('libs/engine/'));
    const faults = decides.flatMap((module) =>
      findNodes(module, (node) =>
        node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node) ? 'async' : undefined,
      ),
    );
    expect(asText(faults)).toEqual([]);
  });
});

function isNameOfMember(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) &&
    parent.name === node
  );
}

describe('a port', () => {
  const methodsMax = 4;

  it(`is an abstract class of at most ${String(methodsMax)} methods`, () => {
    const faults = modules
      .filter(({ path }) => path.startsWith('libs/engine/'))
      .flatMap((module) =>
        findNodes(module, (node) => {
          const isAbstract =
            ts.isClassDeclaration(node) && node.modifiers?.some((word) => word.kind === ts.SyntaxKind.AbstractKeyword);
          if (isAbstract !== true) return undefined;
          const methods = node.members.filter(ts.isMethodDeclaration);
          return methods.length > methodsMax
            ? `${node.name?.text ?? 'a class'} has ${String(methods.length)} methods`
            : undefined;
        }),
      );
    expect(asText(faults)).toEqual([]);
  });
});
