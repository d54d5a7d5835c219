import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { errorCode } from '#config/config-error';

/**
 * `running.json` in the data folder says which launcher runs there and what it started. It keeps a second launcher out
 * of the same folder, and lets the next one stop what a killed launcher left behind.
 */

const schema = z.object({
  launcher: z.number().int().positive(),
  console: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: z.number().int().positive(), mark: z.string().min(1) })),
});
export type Running = z.output<typeof schema>;

export type Claim =
  { kind: 'free'; leftBehind: Running['processes'] } | { kind: 'taken'; launcher: number; console: string };

/** What a process with that id was started with, undefined when there is none. */
export type CommandOf = (pid: number) => string | undefined;

/**
 * Looks at the file. A process id alone proves nothing, since ids are used again: the command must hold the mark that
 * was written down with it, which no other program's command holds.
 */
export function readClaim(path: string, launcherMark: string, commandOf: CommandOf): Claim {
  const running = readRunning(path);
  if (running === undefined) return { kind: 'free', leftBehind: [] };
  if (commandOf(running.launcher)?.includes(launcherMark) === true) {
    return { kind: 'taken', launcher: running.launcher, console: running.console };
  }
  return {
    kind: 'free',
    leftBehind: running.processes.filter(({ pid, mark }) => commandOf(pid)?.includes(mark) === true),
  };
}

/** Takes the folder for this launcher. False when another one was faster: two Redis on the same data would spoil it. */
export function claimFree(path: string, launcher: number): boolean {
  removeRunning(path);
  try {
    writeFileSync(path, JSON.stringify({ launcher, console: 'is starting', processes: [] }), { flag: 'wx' });
    return readRunning(path)?.launcher === launcher;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

export function writeRunning(path: string, running: Running): void {
  writeFileSync(path, `${JSON.stringify(running, null, 2)}\n`);
}

export function removeRunning(path: string): void {
  rmSync(path, { force: true });
}

function readRunning(path: string): Running | undefined {
  try {
    const checked = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return checked.success ? checked.data : undefined;
  } catch {
    // No file is the usual case; half a file is what a killed launcher may leave, and tells us nothing.
    return undefined;
  }
}
