import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { Service } from '../../test/kit/service';
import { defineBench, type Table } from '../bench';
import { freePort, processFigures } from '../kit';
import { spread } from '../report/figure';
import { interleaved, ratios } from '../rounds';

interface Size {
  readonly rounds: number;
}

/** Apps that start without Redis and without a CTI server. */
const apps = ['console', 'server', 'simulator'] as const;

/** No Redis listens there: an app is alive without one. */
const env = {
  REDIS_URL: 'redis://127.0.0.1:1',
  SIDE: 'primary',
  LOG_LEVEL: 'fatal',
  CONSOLE_PASSWORD: 'a-password-of-the-bench',
  DESKTOP_TOKEN_SECRET: 'a-secret-of-the-bench-that-is-long-enough',
};

interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export const bench = defineBench<Size>({
  name: 'starts',
  measures: 'What a start of an app costs until it is alive: as one file, as we ship it, and module by module.',
  wholeMinutes: 2,
  sizes: { small: { rounds: 1 }, whole: { rounds: 9 } },
  run: async ({ rounds }) => {
    const rows: Table['rows'][number][] = [];
    for (const app of apps) {
      const starts = await interleaved(
        { rounds, warmUps: 1 },
        {
          modules: () => startOnce(join('dist', 'apps', app, 'src', 'main.js')),
          file: () => startOnce(join('dist', 'bin', `${app}.js`)),
        },
      );
      const cpu = { modules: starts.modules.map(cpuOf), file: starts.file.map(cpuOf) };
      rows.push(
        [`${app}, modules`, spread(cpu.modules), spread(starts.modules.map(wallOf)), ''],
        [`${app}, one file`, spread(cpu.file), spread(starts.file.map(wallOf)), spread(ratios(cpu.file, cpu.modules))],
      );
    }
    const columns = ['', 'CPU, ms', 'wall clock, ms', 'ratio of CPU'];
    return {
      rounds,
      setup: 'one start after the other, both forms in turn; ended as soon as /health/live answers',
      tables: [{ caption: '', columns, rows }],
      notes: [],
      faults: [],
    };
  },
});

const cpuOf = ({ cpuMs }: Start): number => cpuMs;
const wallOf = ({ wallMs }: Start): number => wallMs;

async function startOnce(file: string): Promise<Start> {
  const port = String(await freePort());
  const program = { name: file, program: process.execPath, args: [join(packageRoot(), file)] };
  const service = new Service({ ...program, env: { ...env, HTTP_HOST: '127.0.0.1', HTTP_PORT: port } }, async () => {
    await fetch(`http://127.0.0.1:${port}/health/live`);
    return true;
  });
  const startedAt = performance.now();
  await service.start();
  const wallMs = performance.now() - startedAt;
  const { cpuMs } = await processFigures(service.pid);
  await service.kill9();
  return { wallMs, cpuMs };
}
