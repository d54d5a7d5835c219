import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { execa } from 'execa';
import { LastLines, type Shown, shownOf } from './log-lines';

/**
 * One process of the launcher. It runs from its construction until `ended` resolves; `stop` asks it to end and, after a
 * limit, makes it. It has a process group of its own: Ctrl-C in the terminal reaches only the launcher, which stops the
 * others in order. Its output goes to its log file; warnings and errors are shown as well.
 */

export interface Launch {
  name: string;
  /** Part of its command line that no other program has; by it a later start knows it again. */
  mark: string;
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  logPath: string;
}

export interface Ending {
  /** As text: 'exit code 1', 'signal SIGKILL' or why it could not be started. */
  how: string;
}

const linesKept = 30;

export class LaunchedProcess {
  readonly name: string;
  readonly mark: string;
  readonly logPath: string;
  readonly pid: number | undefined;
  /** Resolves once the process is gone and its output is in the log; never rejects. */
  readonly ended: Promise<Ending>;
  readonly #last = new LastLines(linesKept);
  readonly #log: WriteStream;
  readonly #kill: (signal: NodeJS.Signals) => void;

  constructor(launch: Launch, show: (name: string, shown: Shown) => void) {
    this.name = launch.name;
    this.mark = launch.mark;
    this.logPath = launch.logPath;
    this.#log = createWriteStream(launch.logPath, { flags: 'w' });
    const child = execa(launch.file, launch.args, {
      cwd: launch.cwd,
      // Log files and the lines quoted from them hold no colour codes.
      env: { ...launch.env, NO_COLOR: '1' },
      extendEnv: false,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      detached: true,
      cleanup: false,
      reject: false,
      // The limit is ours to keep and to report.
      forceKillAfterDelay: false,
    });
    this.pid = child.pid;
    this.#kill = (signal) => {
      child.kill(signal);
    };
    const report = (line: string, shown: Shown | undefined): void => {
      this.#log.write(`${line}\n`);
      this.#last.push(line);
      if (shown !== undefined) show(this.name, shown);
    };
    const read = [
      readLines(child.stdout, (line) => {
        report(line, shownOf(line));
      }),
      readLines(child.stderr, (line) => {
        report(line, shownOf(line));
      }),
    ];
    this.ended = Promise.all([child, ...read]).then(async ([result]) => {
      await closeLog(this.#log);
      return { how: describe(result) };
    });
  }

  /** Its latest output, oldest first. */
  get lastLines(): readonly string[] {
    return this.#last.all;
  }

  /** SIGTERM, and SIGKILL when the process is still there after `limitMs`. True when it ended by itself. */
  async stop(limitMs: number): Promise<boolean> {
    this.#kill('SIGTERM');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => {
        resolve(false);
      }, limitMs);
    });
    const isGone = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    if (!isGone) {
      this.#kill('SIGKILL');
      await this.ended;
    }
    return isGone;
  }

  kill(): void {
    this.#kill('SIGKILL');
  }
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line);
}

function closeLog(log: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    log.end(() => {
      resolve();
    });
  });
}

function describe(result: {
  exitCode?: number | undefined;
  signal?: string | undefined;
  originalMessage?: string | undefined;
}): string {
  if (result.signal !== undefined) return `signal ${result.signal}`;
  if (result.exitCode !== undefined) return `exit code ${String(result.exitCode)}`;
  return result.originalMessage ?? 'an unknown fault at its start';
}
