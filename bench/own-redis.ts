import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';

/** A redis-server for one measurement, set as for production: AOF everysec, hz 100, noeviction. */
export interface OwnRedis {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export const host = '127.0.0.1';

/** Rejects when there is no redis-server on the PATH: an embedded substitute would make every figure meaningless. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'lastcall-bench-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', host, '--dir', dir, '--save', '', '--appendonly', 'yes'];
  const tuned = ['--appendfsync', 'everysec', '--hz', '100', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', [...args, ...tuned], { stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const probe = new Redis({ host, port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
  return {
    host,
    port,
    stop: async () => {
      await end(child);
      process.off('exit', killWithUs);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Connections of a measurement log nothing. */
export const noLog = pino({ level: 'silent' });

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}
