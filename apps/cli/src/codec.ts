import { type Readable, Transform, type TransformCallback, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ProtocolVersion } from '#cti-protocol/messages';
import { annotateHex, type ConvertLine, frameToJson, jsonToFrame, tooLongLine } from './codec-lines';
import { ExitCode } from './exit-codes';
import { type Line, LINE_BYTES_MAX, LineCutter } from './line-cutter';
import { type Terminal } from './terminal';

/** Each line of the input through `convert`, line by line: nothing more than a line and a chunk is ever held. */
export async function convertLines(
  input: Readable,
  output: Writable,
  convert: (line: string) => string,
  stopped: AbortSignal,
): Promise<void> {
  const cutter = new LineCutter();
  const textOf = (lines: readonly Line[]): string =>
    lines.map((line) => `${line.kind === 'line' ? convert(line.text) : tooLongLine(LINE_BYTES_MAX)}\n`).join('');
  const lines = new Transform({
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
      done(null, textOf(cutter.push(chunk)));
    },
    flush: (done: TransformCallback) => {
      done(null, textOf(cutter.end()));
    },
  });
  try {
    await pipeline(input, lines, output, { end: false, signal: stopped });
  } catch (error) {
    // The reader of our output went away, or a signal came: both are ends.
    if (!stopped.aborted && !isClosedPipe(error)) throw error;
  }
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Explains frames: the given one, or one per line of the input; as text, or as JSON for programs. */
export async function decode(
  hex: string | undefined,
  version: ProtocolVersion,
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  if (hex === undefined) {
    const convert = json
      ? (line: string) => frameToJson(line, version)
      : (line: string) => annotateHex(line, version).lines.join('\n');
    await convertLines(terminal.stdin, terminal.stdout, convert, terminal.stopped);
    return ExitCode.done;
  }
  const { lines, isWhole } = annotateHex(hex, version);
  if (json) terminal.out(frameToJson(hex, version));
  else for (const line of lines) terminal.out(line);
  return isWhole ? ExitCode.done : ExitCode.failed;
}

/** Messages, one per line of the input, to frames. */
export async function encode(version: ProtocolVersion, terminal: Terminal): Promise<ExitCode> {
  const convert: ConvertLine = jsonToFrame;
  await convertLines(terminal.stdin, terminal.stdout, (line) => convert(line, version), terminal.stopped);
  return ExitCode.done;
}
