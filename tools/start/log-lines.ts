/** What the terminal shows of a process's output: its warnings and errors. Everything goes to its log file. */

export interface Shown {
  level: 'warn' | 'error';
  text: string;
}

interface LogLine {
  level?: unknown;
  msg?: unknown;
  err?: unknown;
}

const errorLevels: readonly unknown[] = ['error', 'fatal'];

/** Undefined for what needs nobody's attention: lower levels, and lines that are not a log line. */
export function shownOf(line: string): Shown | undefined {
  const entry = parseLine(line);
  if (entry === undefined) return undefined;
  const level = errorLevels.includes(entry.level) ? 'error' : entry.level === 'warn' ? 'warn' : undefined;
  if (level === undefined) return undefined;
  const message = typeof entry.msg === 'string' ? entry.msg : '(no message)';
  const cause = messageOf(entry.err);
  return { level, text: cause === undefined || message.includes(cause) ? message : `${message}: ${cause}` };
}

function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    // JSON that begins with a brace is an object.
    return JSON.parse(line) as LogLine;
  } catch {
    // Not every brace begins a log line; the log file has it all the same.
    return undefined;
  }
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return typeof error.message === 'string' ? error.message : undefined;
}

/** Keeps the last lines of a process, to be shown when it fails. */
export class LastLines {
  readonly #lines: string[] = [];
  readonly #linesMax: number;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#linesMax) this.#lines.shift();
  }

  get all(): readonly string[] {
    return this.#lines;
  }
}
