import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Bundles `test/<folder>/main.ts`, which is TypeScript and imports the libs' sources, and runs it with our arguments. */
export async function runBundled(folder) {
  const outfile = join(root, 'dist', folder, 'main.cjs');
  await build({
    entryPoints: [join(root, 'test', folder, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [
      {
        name: 'libs by their names',
        setup({ onResolve }) {
          onResolve({ filter: /^#/ }, ({ path }) => {
            const [, lib, file] = /^#([^/]+)\/(.*)$/.exec(path);
            return { path: join(root, 'libs', lib, 'src', `${file}.ts`) };
          });
        },
      },
    ],
  });
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
