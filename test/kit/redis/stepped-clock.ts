import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '#config/package-root';
import { type Environment } from '../app';

/** A wall clock of its own for a redis-server, which steps when a test says so (stepped-clock.c). */

const run = promisify(execFile);
const compileMsMax = 60_000;
const usPerS = 1_000_000n;

let library: Promise<Buffer> | undefined;

/** Compiled once for all tests of this process. */
function steppedClockLibrary(): Promise<Buffer> {
  library ??= compile();
  return library;
}

async function compile(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'stepped-clock-'));
  try {
    const source = join(packageRoot(), 'test', 'kit', 'redis', 'stepped-clock.c');
    const file = join(folder, 'stepped-clock.so');
    await run('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', file, source], { timeout: compileMsMax });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of a process whose clock `setSteppedClock` sets; it is right at first. What it needs lies in that folder, and goes with it. */
export async function steppedClockEnvironment(folder: string): Promise<Environment> {
  const file = join(folder, 'stepped-clock.so');
  await writeFile(file, await steppedClockLibrary());
  await writeFile(offsetFileIn(folder), offsetBytes(0));
  return { LD_PRELOAD: file, CLOCK_OFFSET_FILE: offsetFileIn(folder) };
}

/** Written in place: the process has this file mapped. */
export async function setSteppedClock(folder: string, offsetS: number): Promise<void> {
  const handle = await open(offsetFileIn(folder), 'r+');
  try {
    await handle.write(offsetBytes(offsetS), 0, undefined, 0);
  } finally {
    await handle.close();
  }
}

function offsetFileIn(folder: string): string {
  return join(folder, 'clock-offset');
}

function offsetBytes(offsetS: number): Buffer {
  const bytes = Buffer.alloc(BigInt64Array.BYTES_PER_ELEMENT);
  bytes.writeBigInt64LE(BigInt(offsetS) * usPerS);
  return bytes;
}
