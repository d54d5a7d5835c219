import { readFileSync } from 'node:fs';

const parentLookMs = 1_000;

/**
 * Resolves with a word when somebody wants the launcher to stop: Ctrl-C, SIGTERM, a closed terminal, or the end of the
 * npm that started it (npm does not pass every signal on). A second Ctrl-C calls `atOnce`.
 */
export function stopRequest(atOnce: () => void): Promise<string> {
  return new Promise((resolve) => {
    let isAsked = false;
    const ask = (why: string): void => {
      if (isAsked) return;
      isAsked = true;
      clearInterval(watch);
      resolve(why);
    };
    const before = parents();
    const watch = setInterval(() => {
      if (process.env['npm_lifecycle_event'] !== undefined && parents() !== before) ask('npm has ended');
    }, parentLookMs);
    watch.unref();
    process.on('SIGINT', () => {
      if (isAsked) atOnce();
      ask('Ctrl-C');
    });
    process.on('SIGTERM', () => {
      ask('SIGTERM');
    });
    process.on('SIGHUP', () => {
      ask('the terminal was closed');
    });
    // The reader of our output has gone, as in `npm start | head`: nobody would see what happens.
    process.stdout.on('error', () => {
      ask('nobody reads the output');
    });
  });
}

/** The shell that npm uses, and npm above it where the system tells. A dead parent is replaced by another one. */
function parents(): string {
  const shell = String(process.ppid);
  try {
    // "pid (name) state parent …"; the name may hold blanks and brackets.
    const [, parent] = /.*\) \S (\d+)/.exec(readFileSync(`/proc/${shell}/stat`, 'utf8')) ?? [];
    return `${shell} ${parent ?? ''}`;
  } catch {
    // No /proc on this system: the shell's end is all that is seen.
    return shell;
  }
}
