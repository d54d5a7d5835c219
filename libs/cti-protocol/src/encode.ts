import {
  FRAME_BYTES_MAX,
  HEADER_BYTES,
  PROTOCOL_VERSION_MIN,
  tagBytesOf,
  type FixedType,
  type FloatingField,
  type FloatingPart,
  type FloatingType,
  type NamedArrayElement,
  type NamedValues,
  type NamedVariable,
  type ProtocolVersion,
} from './field-types';
import { bytesOfType, layoutsOfName, type Fields } from './layout';
import { type Draft, type DraftOf, type MessageName } from './messages';
import { ProtocolRangeError } from './protocol-fault';

/** Tags above this exist only where a tag has two bytes. */
const NARROW_TAG_MAX = 255;

/** Frames are put together here and copied out: nothing below calls anything that could come back. */
const scratch = new Uint8Array(FRAME_BYTES_MAX);

/**
 * One whole frame, header included, as a session of `version` wants it.
 *
 * Fields a version cannot carry are left out: gated fixed fields below their version, and below version 20 floating
 * fields with a tag above 255. So one draft serves sessions of every version. A gated fixed field that is not given is
 * 0; a count that is not given is the length of its list. Strings are sent with a NUL.
 *
 * @throws ProtocolRangeError naming message and field when a value is missing or does not fit
 */
export function encodeMessage<N extends MessageName>(draft: DraftOf<N>, version: ProtocolVersion): Buffer;
export function encodeMessage(draft: Draft, version: ProtocolVersion): Buffer;
export function encodeMessage(draft: Draft, version: ProtocolVersion): Buffer {
  const layouts = layoutsOfName(draft.name);
  const layout = layouts?.byVersion[version - PROTOCOL_VERSION_MIN]?.[0];
  if (layouts === undefined || layout === undefined) {
    throw new ProtocolRangeError(draft.name, 'name', `cannot be sent in version ${version}`);
  }
  const fields = draft as unknown as Fields;
  const writer = new FrameWriter(draft.name, tagBytesOf(version));
  for (const { name, type } of layout.fixed) {
    writer.fixed(
      name,
      type,
      fields[name] ?? defaultOf(name, layouts.row.fixed[name]?.since, layouts.row.floating, fields),
    );
  }
  writer.floating(layouts.row.floating, fields);
  return writer.finish(layout.number);
}

/** The value of a fixed field that the draft leaves out, `undefined` when it must be given. */
function defaultOf(
  name: string,
  since: number | undefined,
  floating: Readonly<Record<string, FloatingPart>>,
  fields: Fields,
): number | undefined {
  for (const [list, part] of Object.entries(floating)) {
    if (part.kind !== 'field' && part.countedBy === name) {
      return (fields[list] as readonly unknown[] | undefined)?.length ?? 0;
    }
  }
  return since === 0 ? undefined : 0;
}

class FrameWriter {
  #at = HEADER_BYTES;

  constructor(
    private readonly messageName: string,
    private readonly tagBytes: 1 | 2,
  ) {}

  fixed(name: string, type: FixedType, value: unknown): void {
    this.#room(name, bytesOfType[type]);
    this.#number(name, type, value);
  }

  floating(parts: Readonly<Record<string, FloatingPart>>, fields: Fields): void {
    for (const name in parts) {
      const part = parts[name];
      const value = fields[name];
      if (part === undefined || value === undefined) {
        continue;
      }
      switch (part.kind) {
        case 'field':
          this.#field(name, part, value);
          break;
        case 'named':
          for (const element of value as readonly (NamedVariable | NamedArrayElement)[]) {
            this.#named(name, part, element);
          }
          break;
        case 'group':
          this.#group(name, part.members, part.elementsMax, value as readonly Fields[]);
          break;
      }
    }
  }

  finish(type: number): Buffer {
    const end = this.#at;
    this.#at = 0;
    this.#uint(end - HEADER_BYTES);
    this.#uint(type);
    const frame = Buffer.allocUnsafe(end);
    for (let index = 0; index < end; index++) {
      frame[index] = scratch[index] ?? 0;
    }
    return frame;
  }

  #group(
    name: string,
    members: Readonly<Record<string, FloatingPart>>,
    elementsMax: number,
    elements: readonly Fields[],
  ): void {
    if (elements.length > elementsMax) {
      throw new ProtocolRangeError(
        this.messageName,
        name,
        `has ${elements.length} elements, at most ${elementsMax} may be sent`,
      );
    }
    const first = Object.keys(members)[0] ?? '';
    for (const element of elements) {
      if (element[first] === undefined) {
        throw new ProtocolRangeError(this.messageName, `${name}.${first}`, 'is missing: an element begins with it');
      }
      this.floating(members, element);
    }
  }

  #field(name: string, { type, tag, bytesMax }: FloatingField, value: unknown): void {
    if (tag > NARROW_TAG_MAX && this.tagBytes === 1) {
      return;
    }
    const bytes = this.#bytesOf(name, type, value);
    if (bytes > bytesMax) {
      throw new ProtocolRangeError(
        this.messageName,
        name,
        `has ${bytes} bytes on the wire, at most ${bytesMax} may be sent`,
      );
    }
    this.#tag(name, tag, bytes);
    switch (type) {
      case 'STRING':
        this.#text(name, value as string);
        break;
      case 'UNSPEC':
        scratch.set(value as Uint8Array, this.#at);
        this.#at += bytes;
        break;
      case 'UCHAR':
      case 'USHORT':
      case 'INT':
      case 'UINT':
      case 'TIME':
      case 'BOOL':
        this.#number(name, type, value);
        break;
    }
  }

  #named(name: string, { type, tag, bytesMax }: NamedValues, element: NamedVariable | NamedArrayElement): void {
    const bytes = element.Name.length + element.Value.length + (type === 'NAMEDVAR' ? 2 : 3);
    if (bytes > bytesMax) {
      throw new ProtocolRangeError(
        this.messageName,
        name,
        `has ${bytes} bytes on the wire, at most ${bytesMax} may be sent`,
      );
    }
    this.#tag(name, tag, bytes);
    if (type === 'NAMEDARRAY') {
      this.#number(`${name}.Index`, 'UCHAR', (element as NamedArrayElement).Index);
    }
    this.#text(`${name}.Name`, element.Name);
    this.#text(`${name}.Value`, element.Value);
  }

  #bytesOf(name: string, type: FloatingType, value: unknown): number {
    if (type === 'STRING') {
      if (typeof value !== 'string') {
        throw new ProtocolRangeError(this.messageName, name, 'is not a string');
      }
      return value.length + 1;
    }
    if (type === 'UNSPEC') {
      if (!(value instanceof Uint8Array)) {
        throw new ProtocolRangeError(this.messageName, name, 'is not a Uint8Array');
      }
      return value.length;
    }
    return bytesOfType[type];
  }

  #tag(name: string, tag: number, bytes: number): void {
    this.#room(name, 2 * this.tagBytes + bytes);
    if (this.tagBytes === 1) {
      scratch[this.#at++] = tag;
      scratch[this.#at++] = bytes;
    } else {
      this.#ushort(tag);
      this.#ushort(bytes);
    }
  }

  /** After this, `bytes` can be written: the frame does not outgrow the largest one allowed. */
  #room(name: string, bytes: number): void {
    if (this.#at + bytes > FRAME_BYTES_MAX) {
      throw new ProtocolRangeError(this.messageName, name, `makes the frame longer than ${FRAME_BYTES_MAX} bytes`);
    }
  }

  #text(name: string, text: string): void {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === 0 || code > 0xff) {
        throw new ProtocolRangeError(this.messageName, name, 'has a character that is not in ISO 8859-1');
      }
      scratch[this.#at++] = code;
    }
    scratch[this.#at++] = 0;
  }

  #number(name: string, type: FixedType, value: unknown): void {
    if (type === 'BOOL') {
      if (typeof value !== 'boolean') {
        throw new ProtocolRangeError(this.messageName, name, 'is not a boolean');
      }
      this.#ushort(value ? 1 : 0);
      return;
    }
    const { min, max } = numberRanges[type];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new ProtocolRangeError(this.messageName, name, `is not an integer from ${min} to ${max}`);
    }
    switch (type) {
      case 'UCHAR':
        scratch[this.#at++] = value;
        break;
      case 'USHORT':
        this.#ushort(value);
        break;
      case 'INT':
      case 'UINT':
      case 'TIME':
        this.#uint(value);
        break;
    }
  }

  #ushort(value: number): void {
    scratch[this.#at++] = value >>> 8;
    scratch[this.#at++] = value;
  }

  #uint(value: number): void {
    scratch[this.#at++] = value >>> 24;
    scratch[this.#at++] = value >>> 16;
    scratch[this.#at++] = value >>> 8;
    scratch[this.#at++] = value;
  }
}

const UINT_MAX = 0xffff_ffff;
const numberRanges = {
  UCHAR: { min: 0, max: 0xff },
  USHORT: { min: 0, max: 0xffff },
  INT: { min: -0x8000_0000, max: 0x7fff_ffff },
  UINT: { min: 0, max: UINT_MAX },
  TIME: { min: 0, max: UINT_MAX },
} as const;
