import ts from 'typescript';
import { findNodes, type Module, type Place } from './repository';

/** Which programs and files of the system a module names. */

/** What stands for an expression that only a run can tell: its text. */
export const unknown = '?';

const spawning = new Set(['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'execa', 'execaSync']);
const modulesThatSpawn = new Set(['node:child_process', 'child_process', 'execa']);
const systemFolders = /^\/(usr|etc|opt|lib|lib64|bin|sbin|proc|sys|dev|run|var)\//;

/**
 * Programs that a module starts: the first argument of each call that starts one, of `inside(…)`, which runs a program in a
 * network namespace, and each property `program` of an object. What cannot be resolved is `?` and its text.
 */
export function programsOf(module: Module): Place[] {
  const calls = callsThatSpawn(module);
  return findAll(module, (node) => {
    if (ts.isCallExpression(node) && isSpawn(node, calls)) return resolve(firstArgument(node), module);
    const isProgram = ts.isPropertyAssignment(node) && node.name.getText() === 'program';
    return isProgram ? resolve(node.initializer, module) : [];
  });
}

/** Absolute paths of the system in strings; `*` for what a template leaves open. */
export function filesOf(module: Module): Place[] {
  return findAll(module, (node) => {
    const text = textOf(node);
    return text !== undefined && systemFolders.test(text) ? [text] : [];
  });
}

/** Names of suites that are skipped without root, with the privilege that each needs. */
export function suitesForRoot(module: Module): { privilege: string; name: string; path: string }[] {
  return findNodes(module, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'describeAsRoot') return undefined;
    const [privilege, name] = node.arguments.map((argument) =>
      ts.isStringLiteralLike(argument) ? argument.text : '?',
    );
    return JSON.stringify({ privilege, name, path: module.path });
  }).map(({ what }) => JSON.parse(what) as { privilege: string; name: string; path: string });
}

/** The names by which the module calls what starts programs: imported ones, and those that `promisify` made of them. */
function callsThatSpawn(module: Module): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of module.tree.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (!modulesThatSpawn.has(statement.moduleSpecifier.text)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || ts.isNamespaceImport(bindings))
      throw new Error(`${module.path} imports all of ${statement.moduleSpecifier.text}: import what it uses by name`);
    for (const { name, propertyName } of bindings.elements)
      if (spawning.has((propertyName ?? name).text)) names.add(name.text);
  }
  findNodes(module, (node) => {
    if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return undefined;
    const [, promised] = /^promisify\((\w+)\)$/.exec(node.initializer.getText()) ?? [];
    if (promised !== undefined && names.has(promised)) names.add(node.name.getText());
    return undefined;
  });
  return names;
}

function isSpawn({ expression }: ts.CallExpression, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(expression)) return names.has(expression.text);
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'inside';
}

function firstArgument({ arguments: [first] }: ts.CallExpression): ts.Expression | undefined {
  return first !== undefined && ts.isSpreadElement(first) ? first.expression : first;
}

/** What the expression can be, as far as its module tells; of an array its first element. */
function resolve(node: ts.Expression | undefined, module: Module): string[] {
  if (node === undefined) return [`${unknown}nothing`];
  const text = textOf(node);
  if (text !== undefined) return [text];
  if (node.getText() === 'process.execPath') return ['node'];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return resolve(node.expression, module);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap((one) => resolve(one, module));
  if (ts.isArrayLiteralExpression(node)) return resolve(node.elements[0], module);
  const declared = ts.isIdentifier(node) ? initializerOf(node.text, module) : undefined;
  return declared === undefined ? [`${unknown}${node.getText()}`] : resolve(declared, module);
}

/** Of the module's only constant of that name. */
function initializerOf(name: string, module: Module): ts.Expression | undefined {
  const found: (ts.Expression | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    const isNamed = (ts.isVariableDeclaration(node) || ts.isParameter(node)) && node.name.getText() === name;
    const isBound = ts.isBindingElement(node) && node.name.getText() === name;
    if (isNamed) found.push(ts.isVariableDeclaration(node) ? node.initializer : undefined);
    if (isBound) found.push(undefined);
    ts.forEachChild(node, visit);
  };
  visit(module.tree);
  return found.length === 1 ? found[0] : undefined;
}

/** Of a string or a template; not of parts of a larger template. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `*${literal.text}`).join('');
}

function findAll(module: Module, describe: (node: ts.Node) => readonly string[]): Place[] {
  return findNodes(module, (node) => {
    const found = describe(node);
    return found.length === 0 ? undefined : JSON.stringify(found);
  }).flatMap((place) => (JSON.parse(place.what) as string[]).map((what) => ({ ...place, what })));
}
