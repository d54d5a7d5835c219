import { basename } from 'node:path';
import { asText, type Module, modules, type Place, scripts, textFiles } from './repository';
import { commandsOfScript, isShellScript } from './shell-commands';
import { systemRequirements } from './system-requirements';
import { filesOf, programsOf } from './system-use';

/**
 * tools/system-requirements.json is all that the code uses of the system, and no more: a program or file without an entry is
 * red, and so is an entry that nothing uses. tools/test-requirements.mjs installs by it, and says by it what takes root.
 */

const table = systemRequirements;

/** Node and npm run the tests; the installer's apt-get is there wherever it installs. */
const given = new Set(['node', 'npm']);
const installer = 'tools/test-requirements.mjs';

/**
 * Where a program is only known at run time, or is started by another one: what it can be there. By the file's name and
 * what stands in the place of the program.
 */
const indirect: Readonly<Record<string, readonly string[]>> = {
  'process.ts ?program': ['node', 'redis-server', 'setpriv', 'prosody', 'ip'],
  'process.ts ?file': ['node', 'redis-server', 'setpriv', 'prosody', 'ip'],
  'environment.ts ?program': ['git', 'redis-server'],
  'privileges.ts ?program': ['ip', 'iptables-restore'],
  'chromium.ts ?programPath()': ['chromium', 'chromium-browser', 'google-chrome'],
  'launched-process.ts ?launch.file': ['setpriv', 'prosody', 'redis-server', 'node'],
  "run.ts ?findProsody(env['PATH'])": ['prosody'],
  // tools/node
  "lastcall.mjs ?join(root, 'tools', 'node')": ['node'],
  'xmpp-server.ts setpriv': ['prosody', 'erl'],
  'prosody.ts setpriv': ['test', 'prosody'],
  'prosody.ts sh': ['openssl'],
  'cli.spec.ts sh': ['head'],
};
/** They start what their arguments say. */
const launchers = new Set([
  'setpriv',
  'sh',
  'bash',
  'env',
  'timeout',
  'unshare',
  'chroot',
  'nice',
  'xargs',
  'stress-ng',
]);

const isUnit = ({ path }: Module): boolean => path.endsWith('.spec.ts') && !/^test\/(integration|faults)\//.test(path);
// What unit tests name is made up: they start nothing.
const code = [...modules, ...scripts].filter((module) => !isUnit(module) && module.path !== installer);
const started = code.flatMap((module) => programsOf(module));
const named = code.flatMap((module) => filesOf(module));
const python = textFiles.filter(({ path }) => path.endsWith('.py'));
/** Python's own, as far as it is used. */
const pythonOwn = new Set(['asyncio', 'base64', 'json', 'sys', 'urllib']);

const keyOf = ({ path, what }: Place): string => `${basename(path)} ${what}`;
const isIndirect = ({ what }: Place): boolean => what.startsWith('?') || launchers.has(what);
const programsInTable = table.needs.flatMap(({ programs = [], anyOf = [] }) => [...programs, ...anyOf]);
const filesInTable = table.needs.flatMap(({ files = [] }) => files);
const known = new Set([...programsInTable, ...filesInTable, ...given, ...table.substitutes.map(({ name }) => name)]);

/** All programs that are started, by name; one that only a run can tell is what `indirect` says. */
function programsStarted(): Set<string> {
  const direct = started.map(({ what }) => what).filter((what) => !what.startsWith('?'));
  return new Set([...direct, ...started.flatMap((place) => indirect[keyOf(place)] ?? [])]);
}

describe('the programs that the code starts', () => {
  it('are all in the table', () => {
    const faults = started.filter(({ what }) => !what.startsWith('?') && !known.has(what));
    expect(asText(faults)).toEqual([]);
    expect(Object.values(indirect).flatMap((programs) => programs.filter((program) => !known.has(program)))).toEqual(
      [],
    );
  });

  it('are told here where only a run can tell them, or another program starts them', () => {
    const places = started.filter(isIndirect);
    expect(asText(places.filter((place) => indirect[keyOf(place)] === undefined))).toEqual([]);
    const keys = new Set(places.map(keyOf));
    expect(Object.keys(indirect).filter((key) => !keys.has(key))).toEqual([]);
  });

  it('are all that the table names', () => {
    const used = programsStarted();
    const entries = [...programsInTable, ...table.substitutes.map(({ name }) => name)];
    expect(entries.filter((program) => !used.has(program))).toEqual([]);
  });
});

describe('the files of the system that the code names', () => {
  const present = table.present.map(({ files }) => files);

  it('are all in the table', () => {
    const faults = named.filter(
      ({ what }) => !filesInTable.includes(what) && !present.some((one) => what.startsWith(one)),
    );
    expect(asText(faults)).toEqual([]);
  });

  it('are all that the table names', () => {
    const used = new Set(named.map(({ what }) => what));
    // Programs of packages, and what they load by themselves.
    const loaded = [
      '/usr/lib/prosody/modules/mod_privilege/mod_privilege.lua',
      '/usr/lib/python3/dist-packages/slixmpp',
      '/usr/include/time.h',
    ];
    expect(filesInTable.filter((file) => !used.has(file) && !loaded.includes(file))).toEqual([]);
    expect(present.filter((one) => !named.some(({ what }) => what.startsWith(one)))).toEqual([]);
  });
});

describe('what other languages load', () => {
  const importOf = /^(?:import|from)\s+(\w+)/gm;

  it('is in the table: modules of Python', () => {
    expect(python.length).toBeGreaterThan(0);
    const imported = python.flatMap(({ text }) => [...text.matchAll(importOf)].map(([, name]) => name ?? ''));
    const others = new Set(imported.filter((name) => !pythonOwn.has(name)));
    expect([...others].sort()).toEqual(table.needs.flatMap(({ pythonModules = [] }) => pythonModules).sort());
  });

  it('is in the table: programs of shell scripts', () => {
    const inShell = table.shell.flatMap(({ programs }) => programs);
    const shell = textFiles.filter(isShellScript);
    expect(shell.map(({ path }) => path)).toContain('.ci/run');
    const faults = shell.flatMap((script) =>
      commandsOfScript(script)
        .filter((name) => !given.has(name) && !inShell.includes(name))
        .map((name) => `${script.path} ${name}`),
    );
    expect(faults).toEqual([]);
    const used = new Set(shell.flatMap(commandsOfScript));
    expect(inShell.filter((name) => !used.has(name))).toEqual([]);
  });
});
