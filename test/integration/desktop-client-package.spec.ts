import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { builtLibrary } from '../kit/browser/desktop-pages';
import { TestProcess } from '../kit/process';

const folder = dirname(builtLibrary);
const gzipBytesMax = 6_000;

/** `dist/desktop-client`, as `npm run build` makes it. */
describe('the package of the browser library', () => {
  it(`is one module of at most ${String(gzipBytesMax)} bytes compressed that imports nothing`, () => {
    const module = readFileSync(builtLibrary);
    expect(gzipSync(module).length).toBeLessThanOrEqual(gzipBytesMax);
    expect(module.toString()).not.toMatch(/\bimport\b|\brequire\(/);
  });

  it('holds the module, its types and its README, and depends on nothing', async () => {
    const args = ['pack', '--dry-run', '--json'];
    const npm = new TestProcess({ name: 'npm pack', program: 'npm', args, cwd: folder, env: process.env });
    await npm.untilEnded();
    const [packed] = JSON.parse(npm.stdout) as [{ name: string; version: string; files: { path: string }[] }];
    const root = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
    expect(packed).toMatchObject({ name: '@lastcall/desktop-client', version: root.version });
    expect(packed.files.map(({ path }) => path).sort()).toEqual([
      'README.md',
      'desktop-client.d.ts',
      'desktop-client.js',
      'desktop-client.js.map',
      'package.json',
    ]);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });

  it.each([
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ] as const)('is typed for those who compile with %s', async (_name, module, moduleResolution) => {
    const project = await mkdtemp(join(tmpdir(), 'consumer-'));
    try {
      await mkdir(join(project, 'node_modules/@lastcall'), { recursive: true });
      await symlink(folder, join(project, 'node_modules/@lastcall/desktop-client'));
      const file = join(project, 'desk.mts');
      await writeFile(
        file,
        [
          `import { connect, type Desktop } from '@lastcall/desktop-client';`,
          `const desktop: Desktop = connect({ servers: ['https://a'], token: () => Promise.resolve('t') });`,
          `export const off: () => void = desktop.on('failover', ({ from, to }) => { from.trim(); to.trim(); });`,
          `desktop.on('reopened', () => undefined);`,
        ].join('\n'),
      );
      const options = {
        module,
        moduleResolution,
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        types: [],
      };
      const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
      const faults = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
      // The one fault is ours: there is no event of that name.
      expect(faults).toEqual([expect.stringContaining('"reopened"')]);
    } finally {
      await rm(project, { recursive: true, force: true });
    }
  });
});
