import { createInterface } from 'node:readline/promises';
import { type Readable, type Writable } from 'node:stream';

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Aborted by SIGINT, SIGTERM, and when nobody reads the output any more. */
  readonly stopped: AbortSignal;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** One line of results. */
  out: (line: string) => void;
  /** One line about how the command is doing. */
  err: (line: string) => void;
  /** Asks a person; anything but `y` or `yes` is a no. */
  confirm: (question: string) => Promise<boolean>;
}

/** Output that nobody takes is kept up to here; then the command ends. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;

/** The terminal of this process. Signals ask the command to end; a second one changes nothing, since ends are bounded. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort(signal);
    });
  }
  // `lastcall cti watch | head` closes the pipe: that is an end, not a failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      stop.abort('nobody reads the output');
    });
  }
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stopped: stop.signal,
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    out: (line) => {
      process.stdout.write(`${line}\n`);
      if (process.stdout.writableLength > BACKLOG_BYTES_MAX) stop.abort('nobody reads the output');
    },
    err: (line) => {
      process.stderr.write(`${line}\n`);
    },
    confirm: (question) => confirm(question, stop.signal),
  };
}

async function confirm(question: string, stopped: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: stopped });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    // Interrupted, or the input ended: nobody said yes.
    return false;
  } finally {
    lines.close();
  }
}
