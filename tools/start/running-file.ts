import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * `running.json` in the data folder says which launcher runs there and what it started. It keeps a second launcher out
 * of the same folder, and lets the next one stop what a killed launcher left behind.
 */

const schema = z.object({
  launcher: z.number().int().positive(),
  console: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: z.number().int().positive() })),
});
export type Running = z.output<typeof schema>;

export type Claim =
  { kind: 'free'; leftBehind: Running['processes'] } | { kind: 'taken'; launcher: number; console: string };

/** What a process with that id was started with, undefined when there is none. */
export type CommandOf = (pid: number) => string | undefined;

/** Looks at the file; a process id alone proves nothing, since ids are used again: its command must be one of ours. */
export function readClaim(
  path: string,
  marks: { launcher: string; processes: readonly string[] },
  commandOf: CommandOf,
): Claim {
  const running = readRunning(path);
  if (running === undefined) return { kind: 'free', leftBehind: [] };
  if (commandOf(running.launcher)?.includes(marks.launcher) === true) {
    return { kind: 'taken', launcher: running.launcher, console: running.console };
  }
  const isOurs = (pid: number): boolean => {
    const command = commandOf(pid);
    return command !== undefined && marks.processes.some((mark) => command.includes(mark));
  };
  return { kind: 'free', leftBehind: running.processes.filter(({ pid }) => isOurs(pid)) };
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
