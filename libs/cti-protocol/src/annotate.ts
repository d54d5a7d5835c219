import { decodeMessage } from './decode';
import { HEADER_BYTES, tagBytesOf, type ProtocolVersion } from './field-types';
import { bytesOfType, layoutsOfNumber, placeOfTag, readTag, type Layout, type TagPlace } from './layout';
import { layoutFor } from './layout-choice';
import { type ProtocolFault } from './protocol-fault';
import { readFixed, readFloat, readNamed } from './read-value';

/** One field of a frame, for people. */
export interface AnnotatedPart {
  /** The bytes in hexadecimal; of a floating field `tag length data`. */
  readonly hex: string;
  /** Name of the field; `tag 999` for one that the row does not have, `?` for bytes that make no field. */
  readonly name: string;
  readonly value: string;
  /** In bytes from the start of the frame. */
  readonly offset: number;
}

export interface AnnotatedFrame {
  readonly parts: readonly AnnotatedPart[];
  /** Why the frame cannot be read, when it cannot; the parts then end with the bytes that are left. */
  readonly fault: ProtocolFault | undefined;
}

/** Their data is shown as dots unless asked for. */
const secretFields: ReadonlySet<string> = new Set(['ClientPassword', 'AgentPassword']);

/** Numbers above this are masks, times and nulls more often than counts: they are shown in hexadecimal. */
const DECIMAL_MAX = 0xf_ffff;

/** Explains one frame, header included, field by field. Never throws for what a peer can send. */
export function annotateFrame(frame: Uint8Array, version: ProtocolVersion, showSecrets = false): AnnotatedFrame {
  if (frame.length < HEADER_BYTES) {
    return { parts: restOf(frame, 0), fault: undefined };
  }
  const type = Number(readFixed('UINT', frame, 4));
  const layouts = layoutsOfNumber(type);
  const header = [fixedPart(frame, 'MessageLength', 'UINT', 0), fixedPart(frame, 'MessageType', 'UINT', 4)];
  if (layouts === undefined) {
    return { parts: [...header, ...restOf(frame, HEADER_BYTES)], fault: undefined };
  }
  const body = frame.subarray(HEADER_BYTES);
  const layout = layoutFor(layouts, body, version);
  const decoded = decodeMessage(type, body, version);
  const fixed = layout.fixed.filter((place) => place.offset + bytesOfType[place.type] <= body.length);
  const parts = [
    ...header,
    ...fixed.map((place) => fixedPart(frame, place.name, place.type, HEADER_BYTES + place.offset)),
  ];
  if (fixed.length < layout.fixed.length) {
    const cutAt = layout.fixed[fixed.length]?.offset ?? 0;
    parts.push(...restOf(frame, HEADER_BYTES + cutAt));
  } else {
    parts.push(...floatingParts(layout, frame, tagBytesOf(version), showSecrets));
  }
  return { parts, fault: decoded.kind === 'malformed' ? decoded.fault : undefined };
}

/** The whole frame in one line: each field as its bytes, its name and its value. */
export function annotationLine({ parts, fault }: AnnotatedFrame): string {
  const fields = parts.map(({ hex, name, value }) => `\`${hex}\` ${name} ${value}`.trimEnd());
  return [...fields, ...(fault === undefined ? [] : [fault.sentence])].join(' · ');
}

function fixedPart(
  frame: Uint8Array,
  name: string,
  type: Layout['fixed'][number]['type'],
  offset: number,
): AnnotatedPart {
  const hex = hexOf(frame, offset, offset + bytesOfType[type]);
  return { hex, name, value: shown(readFixed(type, frame, offset)), offset };
}

function floatingParts(layout: Layout, frame: Uint8Array, tagBytes: 1 | 2, showSecrets: boolean): AnnotatedPart[] {
  const parts: AnnotatedPart[] = [];
  let offset = HEADER_BYTES + layout.fixedBytes;
  while (offset + 2 * tagBytes <= frame.length) {
    const tag = readTag(frame, offset, tagBytes);
    const start = offset + 2 * tagBytes;
    const end = start + readTag(frame, offset + tagBytes, tagBytes);
    if (end > frame.length) {
      break;
    }
    const place = placeOfTag(layout, tag);
    const isHidden = place !== undefined && secretFields.has(place.name) && !showSecrets;
    const data = isHidden ? '··'.repeat(end - start) : hexOf(frame, start, end);
    const head = [hexOf(frame, offset, offset + tagBytes), hexOf(frame, offset + tagBytes, start)];
    const hex = [...head, ...(data === '' ? [] : [data])].join(' ');
    const value = place === undefined || isHidden ? '' : shownData(place, frame, start, end);
    const size = `tag ${tag} len ${end - start}`;
    parts.push({ hex, name: place === undefined ? size : `${size} ${place.name}`, value, offset });
    offset = end;
  }
  return [...parts, ...restOf(frame, offset)];
}

function shownData({ type, exactBytes }: TagPlace, frame: Uint8Array, start: number, end: number): string {
  if (type === 'NAMEDVAR' || type === 'NAMEDARRAY') {
    return shown(readNamed(type, frame, start, end));
  }
  if (exactBytes === 0) {
    return shown(readFloat(type, frame, start, end - start));
  }
  const values: string[] = [];
  for (let at = start; at + exactBytes <= end; at += exactBytes) {
    values.push(shown(readFloat(type, frame, at, exactBytes)));
  }
  return values.join(', ');
}

function shown(value: unknown): string {
  if (typeof value === 'number') {
    return value > DECIMAL_MAX ? `0x${value.toString(16)}` : String(value);
  }
  if (value instanceof Uint8Array) {
    return hexOf(value, 0, value.length);
  }
  return typeof value === 'boolean' ? String(Number(value)) : JSON.stringify(value);
}

function restOf(frame: Uint8Array, offset: number): AnnotatedPart[] {
  return offset < frame.length ? [{ hex: hexOf(frame, offset, frame.length), name: '?', value: '', offset }] : [];
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let hex = '';
  for (let at = start; at < end; at++) {
    hex += (bytes[at] ?? 0).toString(16).padStart(2, '0');
  }
  return hex;
}
