import ts from 'typescript';
import { asText, findNodes, type Module, modules, type Place } from './repository';

/**
 * Tests wait by the waits of test/kit alone, which have one hang limit, and launch processes by it alone. What looks like another
 * way, and is none, stands here by name.
 */

/** `path` or `path function`; test/sim runs on a clock of its own, where nothing waits. */
const exceptions: Readonly<Record<string, string>> = {
  'test/faults/run-row.ts untilOut': 'the latest time that a rule gives is what it judges by',
  'test/faults/reconnecting-xmpp-desktop.ts stay': 'a desktop that connects again until it leaves',
  'test/load/agent-life.ts live': 'one agent of a long day',
  'test/load/flap.ts every': 'samples at an interval',
  'test/load/soak.ts every': 'samples at an interval',
  'test/load/soak.ts looking': 'samples at an interval',
  'test/faults/mutations/switch-off.ts issueLate': "runs in the product's process, which it makes late",
  'test/faults/rows/cut-rows.ts answersNothing': 'no answer is what it looks for',
  'test/proof/fault-table.proof.ts': 'a row has its turn when the rows before it are over, after minutes',
  'test/proof/mutations.proof.ts': 'the same for mutations',
};

const outsideTheKit = modules.filter(
  ({ path }) => path.startsWith('test/') && !/^test\/(kit|sim|tidy)\//.test(path) && path !== 'test/unit/wait.spec.ts',
);
const launching = modules.filter(({ path }) => path.startsWith('test/') && !path.startsWith('test/kit/'));

/** Those of `found` that no exception is about. */
function unexcused(module: Module, found: readonly Place[], functionOf: (place: Place) => string): Place[] {
  return found.filter((place) => {
    const names = [module.path, `${module.path} ${functionOf(place)}`];
    for (const name of names) if (name in exceptions) used.add(name);
    return !names.some((name) => name in exceptions);
  });
}

const used = new Set<string>();

/** What `describe` finds, without what is excused by the function it stands in. */
function faultsIn(tested: readonly Module[], describe: (node: ts.Node) => string | undefined): string[] {
  return tested.flatMap((module) => {
    const functions = new Map<number, string>();
    const found = findNodes(module, (node) => {
      const what = describe(node);
      if (what === undefined) return undefined;
      const { line } = module.tree.getLineAndCharacterOfPosition(node.getStart(module.tree));
      functions.set(line + 1, functionAround(node));
      return what;
    });
    return asText(unexcused(module, found, ({ line }) => functions.get(line) ?? ''));
  });
}

/** The name of the nearest function around it that has one. */
function functionAround({ parent }: ts.Node): string {
  if (ts.isSourceFile(parent)) return '';
  return nameOfFunction(parent) ?? functionAround(parent);
}

function nameOfFunction(node: ts.Node): string | undefined {
  if (!ts.isVariableDeclaration(node)) return ts.isFunctionLike(node) ? node.name?.getText() : undefined;
  const isFunction = node.initializer !== undefined && ts.isFunctionLike(node.initializer);
  return isFunction ? node.name.getText() : undefined;
}

/** Whether something in it is a call of a function of that name. */
function calls(node: ts.Node, name: RegExp): boolean {
  return (
    (ts.isCallExpression(node) && name.test(node.expression.getText())) ||
    ts.forEachChild(node, (child) => calls(child, name) || undefined) === true
  );
}

/** A loop without a number of turns: `while`, `do`, and `for` without an end. */
function isEndless(node: ts.Node): boolean {
  return (
    ts.isWhileStatement(node) || ts.isDoStatement(node) || (ts.isForStatement(node) && node.condition === undefined)
  );
}

const testFunctions = /^(it|test|describe|beforeAll|afterAll|beforeEach|afterEach)\b/;

describe('the waits of the tests', () => {
  it('poll by waitFor alone', () => {
    const faults = faultsIn(outsideTheKit, (node) =>
      isEndless(node) && calls(node, /^(pause|setTimeout|sleep|delay)$/) ? 'a loop that waits' : undefined,
    );
    expect(faults).toEqual([]);
  });

  it('have no limit of their own: no timer and no signal that ends them', () => {
    const faults = faultsIn(outsideTheKit, (node) =>
      ts.isCallExpression(node) &&
      /^(setTimeout|AbortSignal\.timeout|jest\.setTimeout)$/.test(node.expression.getText())
        ? node.expression.getText()
        : undefined,
    );
    expect(faults).toEqual([]);
  });

  it('give no time to a test, nor to whoever waits for a page or a program', () => {
    const faults = faultsIn(outsideTheKit, (node) => {
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'timeout')
        return node.initializer.getText() === 'hangMsMax' ? undefined : node.getText();
      if (!ts.isCallExpression(node) || !testFunctions.test(node.expression.getText())) return undefined;
      const [last, before] = node.arguments.toReversed();
      const isTime = last !== undefined && before !== undefined && ts.isFunctionLike(before);
      return isTime ? `a limit of ${last.getText()}` : undefined;
    });
    expect(faults).toEqual([]);
  });

  it('have exceptions that are there', () => {
    expect(Object.keys(exceptions).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('the processes of the tests', () => {
  it('are launched by test/kit alone', () => {
    const faults = faultsIn(launching, (node) =>
      ts.isImportDeclaration(node) &&
      /^'(node:child_process|child_process|execa)'$/.test(node.moduleSpecifier.getText())
        ? node.moduleSpecifier.getText()
        : undefined,
    );
    expect(faults).toEqual([]);
  });
});
