/**
 * Frames as plain values, for comparing codecs: the fixed fields read, the floating ones as they are on the wire.
 *
 * Nothing that a frame holds gets lost (the order of floating fields, unknown tags, missing NULs, a BOOL that is neither
 * 0 nor 1), so a frame that can be read is written again byte by byte.
 */
import { decodeMessage } from './decode';
import {
  FRAME_BYTES_MAX,
  HEADER_BYTES,
  PROTOCOL_VERSION_MIN,
  tagBytesOf,
  type FixedType,
  type ProtocolVersion,
} from './field-types';
import {
  bytesOfType,
  layoutsOfName,
  layoutsOfNumber,
  nameOfNumber,
  readTag,
  type FixedPlace,
  type Layout,
} from './layout';
import { layoutFor } from './layout-choice';
import { messages, type MessageName } from './messages';
import { readFixed } from './read-value';

/** One floating field: its tag and its data in hexadecimal. */
export type WireField = readonly [tag: number, hex: string];

export interface WireMessage {
  readonly name: string;
  /** The fixed fields by name, in wire order. BOOL is a boolean, or its number when that is neither 0 nor 1. */
  readonly fields: Readonly<Record<string, number | boolean>>;
  /** In wire order. */
  readonly floating: readonly WireField[];
}

export type WireRead =
  | { readonly kind: 'message'; readonly message: WireMessage }
  /** The sentence names message, field and offset where there are any. */
  | { readonly kind: 'fault'; readonly sentence: string };

export type WireWritten =
  { readonly kind: 'frame'; readonly frame: Uint8Array } | { readonly kind: 'fault'; readonly sentence: string };

/** Reads one whole frame, header included. Takes what `decodeMessage` takes, and no unknown message. */
export function readWire(frame: Uint8Array, version: ProtocolVersion): WireRead {
  if (frame.length < HEADER_BYTES) {
    return fault(`a frame has a header of ${HEADER_BYTES} bytes, this has ${frame.length}`);
  }
  if (frame.length > FRAME_BYTES_MAX) {
    return fault(`a frame has at most ${FRAME_BYTES_MAX} bytes, this has ${frame.length}`);
  }
  const length = Number(readFixed('UINT', frame, 0));
  const type = Number(readFixed('UINT', frame, 4));
  if (length !== frame.length - HEADER_BYTES) {
    const follow = frame.length - HEADER_BYTES;
    return fault(`${nameOfNumber(type)}: MessageLength says ${length} bytes after the header, ${follow} follow`);
  }
  const layouts = layoutsOfNumber(type);
  if (layouts === undefined) {
    return fault(`MessageType ${type} is not in the table`);
  }
  const body = frame.subarray(HEADER_BYTES);
  const decoded = decodeMessage(type, body, version);
  if (decoded.kind === 'malformed') {
    return fault(decoded.fault.sentence);
  }
  const layout = layoutFor(layouts, body, version);
  const fields = Object.fromEntries(layout.fixed.map((place) => [place.name, readPlace(place, body)]));
  const floating = readFloating(body, layout.fixedBytes, tagBytesOf(version));
  return { kind: 'message', message: { name: layout.name, fields, floating } };
}

/**
 * Writes a frame that `readWire` takes. Nothing is filled in: each fixed field of the version is wanted, by name, or all
 * of them as an array in wire order.
 *
 * @param message as parsed from JSON: anything
 */
export function writeWire(message: unknown, version: ProtocolVersion): WireWritten {
  const given = wireMessageOf(message);
  if (typeof given === 'string') {
    return fault(given);
  }
  const layouts = Object.hasOwn(messages, given.name) ? layoutsOfName(given.name as MessageName) : undefined;
  if (layouts === undefined) {
    return fault(`no message is called ${JSON.stringify(given.name)}`);
  }
  const candidates = layouts.byVersion[version - PROTOCOL_VERSION_MIN] ?? [];
  const [own] = candidates;
  const layout = candidates.find((candidate) => misfitOf(candidate, given.fields) === undefined);
  if (own === undefined || layout === undefined) {
    const misfit = own === undefined ? 'is not known' : misfitOf(own, given.fields);
    return fault(`${given.name}: ${misfit ?? ''} in version ${version}`);
  }
  const bytes: number[] = [];
  const wrong =
    putFixed(bytes, layout, given.fields) ?? putFloating(bytes, given.name, given.floating, tagBytesOf(version));
  if (wrong !== undefined) {
    return fault(wrong);
  }
  return checked(layout, bytes, version);
}

const fault = (sentence: string) => ({ kind: 'fault', sentence }) as const;

function readPlace({ type, offset }: FixedPlace, body: Uint8Array): number | boolean {
  if (type !== 'BOOL') {
    return readFixed(type, body, offset);
  }
  const number = Number(readFixed('USHORT', body, offset));
  return number > 1 ? number : number === 1;
}

/** The caller has decoded the body: every tag and length is whole. */
function readFloating(body: Uint8Array, from: number, tagBytes: 1 | 2): WireField[] {
  const fields: WireField[] = [];
  for (let at = from; at < body.length;) {
    const start = at + 2 * tagBytes;
    const end = start + readTag(body, at + tagBytes, tagBytes);
    fields.push([readTag(body, at, tagBytes), hexOf(body.subarray(start, end))]);
    at = end;
  }
  return fields;
}

type GivenFields = Readonly<Record<string, unknown>> | readonly unknown[];

/** The parts of a message, unchecked but for their shape; a sentence when there is no such shape. */
function wireMessageOf(value: unknown): { name: string; fields: GivenFields; floating: readonly unknown[] } | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'a message is an object {name, fields, floating}';
  }
  const { name, fields, floating } = value as Record<string, unknown>;
  if (typeof name !== 'string') {
    return 'name is missing or no text';
  }
  if (typeof fields !== 'object' || fields === null) {
    return `${name}: fields is missing, or neither an object nor an array`;
  }
  if (floating !== undefined && !Array.isArray(floating)) {
    return `${name}: floating is no array`;
  }
  return { name, fields: fields as GivenFields, floating: (floating ?? []) as unknown[] };
}

/** Why these fields are not those of a layout; undefined when they are. */
function misfitOf(layout: Layout, fields: GivenFields): string | undefined {
  if (Array.isArray(fields)) {
    const wanted = layout.fixed.length;
    return fields.length === wanted ? undefined : `fields has ${fields.length} values, there are ${wanted}`;
  }
  const missing = layout.fixed.find(({ name }) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    return `${missing.name} is missing`;
  }
  const extra = Object.keys(fields).find((name) => !layout.fixed.some((place) => place.name === name));
  return extra === undefined ? undefined : `there is no fixed field ${JSON.stringify(extra)}`;
}

function putFixed(bytes: number[], layout: Layout, fields: GivenFields): string | undefined {
  for (const [index, { name, type }] of layout.fixed.entries()) {
    const value: unknown = Array.isArray(fields) ? fields[index] : (fields as Record<string, unknown>)[name];
    const number = type === 'BOOL' && typeof value === 'boolean' ? Number(value) : value;
    const { min, max } = rangeOf(type);
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      return `${layout.name}: ${name} is no integer from ${min} to ${max}${type === 'BOOL' ? ', true or false' : ''}`;
    }
    putNumber(bytes, number, bytesOfType[type]);
  }
  return undefined;
}

function putFloating(bytes: number[], name: string, floating: readonly unknown[], tagBytes: 1 | 2): string | undefined {
  const max = 2 ** (8 * tagBytes) - 1;
  for (const [index, field] of floating.entries()) {
    const [tag, hex] = Array.isArray(field) && field.length === 2 ? (field as readonly unknown[]) : [];
    if (typeof tag !== 'number' || !Number.isInteger(tag) || tag < 0 || tag > max) {
      return `${name}: floating[${index}] is no [tag, hex] with a tag from 0 to ${max}`;
    }
    const data = typeof hex === 'string' ? bytesOfHex(hex) : undefined;
    if (data === undefined || data.length > max) {
      return `${name}: floating[${index}], tag ${tag}, has no hexadecimal data of at most ${max} bytes`;
    }
    putNumber(bytes, tag, tagBytes);
    putNumber(bytes, data.length, tagBytes);
    if (bytes.length + data.length > FRAME_BYTES_MAX - HEADER_BYTES) {
      return `${name}: floating[${index}] makes the frame longer than ${FRAME_BYTES_MAX} bytes`;
    }
    bytes.push(...data);
  }
  return undefined;
}

/** The frame with its header, when what was put together can be read in the same way. */
function checked(layout: Layout, body: readonly number[], version: ProtocolVersion): WireWritten {
  const header: number[] = [];
  putNumber(header, body.length, 4);
  putNumber(header, layout.number, 4);
  const frame = Uint8Array.from([...header, ...body]);
  const read = readWire(frame, version);
  if (read.kind === 'fault') {
    return read;
  }
  const sameFields = Object.keys(read.message.fields).join() === layout.fixed.map((place) => place.name).join();
  return sameFields
    ? { kind: 'frame', frame }
    : fault(`${layout.name}: these fields are read as those of another version`);
}

function rangeOf(type: FixedType): { min: number; max: number } {
  const values = 2 ** (8 * bytesOfType[type]);
  return type === 'INT' ? { min: -values / 2, max: values / 2 - 1 } : { min: 0, max: values - 1 };
}

function putNumber(bytes: number[], value: number, size: number): void {
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    bytes.push((value >>> shift) & 0xff);
  }
}

/** Bytes of hexadecimal digits, in pairs, of either case; undefined for anything else. */
export function bytesOfHex(hex: string): Uint8Array | undefined {
  return /^([0-9a-fA-F]{2})*$/.test(hex)
    ? Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
        Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
      )
    : undefined;
}

export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, '0');
  }
  return hex;
}
