import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { freePort, host } from './own-redis';

export { Random as SeededRandom } from '../test/kit/random';
export { freePort, noLog, type OwnRedis, startOwnRedis } from './own-redis';
export { NoOpObserver as Silent } from '../test/kit/no-op-ports';

/**
 * Everything that a bench starts or borrows comes through this file: Redis, our apps as real processes, free ports, the
 * seeded generator, the silent observer.
 */

export type AppName = 'server' | 'worker' | 'simulator';

const startMsMax = 60_000;
const stopMsMax = 20_000;
const pollMs = 25;
const logLinesMax = 50;

/** One of our apps as a process of its own. */
export interface App {
  readonly url: string;
  readonly pid: number;
  /** SIGTERM; rejects when the process does not end with exit code 0. */
  stop(): Promise<void>;
  kill9(): Promise<void>;
}

/** Starts an app and waits until it is ready. Rejects with its last log lines when it does not become so. */
export async function startApp(app: AppName, env: Readonly<Record<string, string>>): Promise<App> {
  const port = await freePort();
  const program = join(packageRoot(), 'dist', 'bin', `${app}.js`);
  const child = spawn(process.execPath, [program], {
    env: { HTTP_HOST: host, HTTP_PORT: String(port), LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const lines = lastLinesOf(child);
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  void exited.then(() => process.off('exit', killWithUs));
  const started: App = {
    url: `http://${host}:${String(port)}`,
    pid: child.pid ?? -1,
    stop: async () => {
      const late = setTimeout(killWithUs, stopMsMax);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(late);
      if (child.exitCode !== 0) throw new Error(`${app} did not stop in order:\n${lines.join('\n')}`);
    },
    kill9: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
  for (const giveUpAt = performance.now() + startMsMax; performance.now() < giveUpAt && child.exitCode === null;) {
    const ready = await fetch(`${started.url}/health/ready`).catch(() => undefined);
    if (ready?.ok === true) return started;
    await pause(pollMs);
  }
  await started.kill9();
  throw new Error(`${app} did not become ready within ${String(startMsMax)} ms:\n${lines.join('\n')}`);
}

function lastLinesOf(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      lines.splice(0, lines.length - logLinesMax);
    });
  }
  return lines;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again and again until there is an answer; rejects after `msMax` with what was awaited and what was seen last. */
export async function waitFor<Found>(
  awaited: string,
  msMax: number,
  look: () => Promise<{ readonly found: Found } | { readonly seen: string }>,
): Promise<Found> {
  const giveUpAt = performance.now() + msMax;
  for (;;) {
    const answer = await look();
    if ('found' in answer) return answer.found;
    if (performance.now() > giveUpAt)
      throw new Error(`waited ${String(msMax)} ms for ${awaited}; seen last: ${answer.seen}`);
    await pause(pollMs);
  }
}

/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;

/** Processor time since the start of a process, and its resident memory; rejects when there is no such process. */
export async function processFigures(pid: number): Promise<{ readonly cpuMs: number; readonly rssMb: number }> {
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((name) => readFile(`/proc/${String(pid)}/${name}`, 'utf8')),
  );
  // The name of the program, in brackets, may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
    rssMb: Number(/^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1]) / 1024,
  };
}
