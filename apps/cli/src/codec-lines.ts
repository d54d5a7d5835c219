import { annotateFrame, annotationLine } from '#cti-protocol/annotate';
import { HEADER_BYTES } from '#cti-protocol/field-types';
import { nameOfNumber } from '#cti-protocol/layout';
import { type ProtocolVersion } from '#cti-protocol/messages';
import { bytesOfHex, hexOf, readWire, writeWire } from '#cti-protocol/wire-json';

/** One line in, one line out. Faults are lines too: whoever compares codecs must not lose count. */
export type ConvertLine = (line: string, version: ProtocolVersion) => string;

const errorLine = (sentence: string): string => JSON.stringify({ error: sentence });

const notHex = 'expected one frame as pairs of hexadecimal digits';

/** A frame in hexadecimal to `{name, fields, floating}`. */
export const frameToJson: ConvertLine = (line, version) => {
  const frame = bytesOfHex(withoutSpaces(line));
  if (frame === undefined || frame.length === 0) return errorLine(notHex);
  const read = readWire(frame, version);
  return read.kind === 'message' ? JSON.stringify(read.message) : errorLine(read.sentence);
};

/** `{name, fields, floating}` to a frame in hexadecimal. */
export const jsonToFrame: ConvertLine = (line, version) => {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return errorLine('the line is no JSON');
  }
  const written = writeWire(message, version);
  return written.kind === 'frame' ? hexOf(written.frame) : errorLine(written.sentence);
};

/** A line that was too long to be kept. */
export const tooLongLine = (bytesMax: number): string => errorLine(`the line is longer than ${bytesMax} bytes`);

export interface Annotation {
  readonly lines: readonly string[];
  /** Whether everything could be read. */
  readonly isWhole: boolean;
}

/** One or more frames in hexadecimal, each as a heading and a line of its fields. */
export function annotateHex(hex: string, version: ProtocolVersion): Annotation {
  const bytes = bytesOfHex(withoutSpaces(hex));
  if (bytes === undefined || bytes.length === 0) return { lines: [notHex], isWhole: false };
  const lines: string[] = [];
  let isWhole = true;
  for (let at = 0; at < bytes.length;) {
    const frame = bytes.subarray(at, endOfFrame(bytes, at));
    const annotated = annotateFrame(frame, version);
    const read = readWire(frame, version);
    lines.push(headingOf(frame, version), annotationLine(annotated));
    // The decoder's own fault stands at the end of the line already.
    if (read.kind === 'fault' && annotated.fault === undefined) lines.push(read.sentence);
    isWhole &&= read.kind === 'message';
    at += frame.length;
  }
  return { lines, isWhole };
}

function withoutSpaces(text: string): string {
  return text.replace(/^\s*0x/i, '').replace(/[\s:]/g, '');
}

/** Where the frame ends that begins at `at`, or all bytes where its length is not there or beyond them. */
function endOfFrame(bytes: Uint8Array, at: number): number {
  if (at + HEADER_BYTES > bytes.length) return bytes.length;
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(at);
  return Math.min(at + HEADER_BYTES + length, bytes.length);
}

export function headingOf(frame: Uint8Array, version: ProtocolVersion): string {
  if (frame.length < HEADER_BYTES) return `no header, protocol ${version}:`;
  const type = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).readUInt32BE(4);
  return `${nameOfNumber(type)}, protocol ${version}:`;
}
