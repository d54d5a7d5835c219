import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { errorCode } from '#config/config-error';
import { annotateFrame, annotationLine } from '#cti-protocol/annotate';
import { type CaptureLine, readCaptureLine } from './capture-line';
import { CommandFailure, ExitCode } from './exit-codes';
import { LineCutter } from './line-cutter';
import { type Terminal } from './terminal';

export type NumberedLine =
  { readonly number: number; readonly line: CaptureLine } | { readonly number: number; readonly fault: string };

/** The lines of a capture, one after the other: the file may be larger than the memory. */
export async function* readCapture(path: string): AsyncGenerator<NumberedLine> {
  const cutter = new LineCutter();
  let number = 0;
  const numbered = (line: ReturnType<LineCutter['push']>[number]): NumberedLine => {
    number += 1;
    const read = line.kind === 'line' ? readCaptureLine(line.text) : 'is too long';
    return typeof read === 'string' ? { number, fault: read } : { number, line: read };
  };
  for await (const chunk of createReadStream(path)) yield* cutter.push(chunk as Buffer).map(numbered);
  yield* cutter.end().map(numbered);
}

/** @throws CommandFailure when there is no such file, or it is a folder */
export async function mustBeReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isDirectory()) throw new CommandFailure(ExitCode.misused, `${path} is a folder`);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(ExitCode.misused, `${path} cannot be read (${errorCode(error)})`);
  }
}

/** Prints a captured session, each frame with its time, its direction and its fields. */
export async function replay(path: string, terminal: Terminal): Promise<ExitCode> {
  await mustBeReadable(path);
  let faults = 0;
  for await (const each of readCapture(path)) {
    if (terminal.stopped.aborted) return ExitCode.done;
    if ('line' in each) {
      terminal.out(wordsOf(each.line));
      if (terminal.stdout.writableNeedDrain) await drained(terminal);
    } else {
      faults += 1;
      terminal.err(`${path}:${each.number} ${each.fault}`);
    }
  }
  return faults === 0 ? ExitCode.done : ExitCode.failed;
}

/** Resolves when the output takes more, and when the command is to end. */
async function drained({ stdout, stopped }: Terminal): Promise<void> {
  try {
    await once(stdout, 'drain', { signal: stopped });
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}

export function wordsOf(line: CaptureLine): string {
  switch (line.kind) {
    case 'header': {
      const { at, a, b, peripheralId } = line.header;
      return `${at}  captured from A ${a}, B ${b}, peripheral ${peripheralId}`;
    }
    case 'event': {
      const { at, side, connection, event, why } = line.event;
      return `${at}  ${side.toUpperCase()}#${connection} ${event}${why === undefined ? '' : `: ${why}`}`;
    }
    case 'frame': {
      const { at, side, connection, direction, name, version, frame } = line.frame;
      const arrow = direction === 'sent' ? '→' : '←';
      const fields =
        frame === undefined ? 'withheld: it could not be read' : annotationLine(annotateFrame(frame, version));
      return `${at}  ${side.toUpperCase()}#${connection} ${arrow} ${name}, protocol ${version}\n    ${fields}`;
    }
  }
}
