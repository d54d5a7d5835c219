import { type FixedType, type FloatingType } from './field-types';
import { type Fields } from './layout';

/**
 * Bytes to values. Every caller has checked that the bytes are there; `?? 0` is for the type checker alone.
 */

export function readFixed(type: FixedType, body: Uint8Array, at: number): number | boolean {
  switch (type) {
    case 'UINT':
    case 'TIME':
      return readInt(body, at) >>> 0;
    case 'USHORT':
      return readUshort(body, at);
    case 'INT':
      return readInt(body, at);
    case 'BOOL':
      return readUshort(body, at) !== 0;
    case 'UCHAR':
      return body[at] ?? 0;
  }
}

export function readFloat(type: FloatingType, body: Uint8Array, start: number, length: number): unknown {
  switch (type) {
    case 'STRING':
      return readString(body, start, start + length);
    case 'UNSPEC':
      // A copy: a view would keep the whole chunk of the socket alive.
      return new Uint8Array(body.subarray(start, start + length));
    case 'UCHAR':
    case 'USHORT':
    case 'INT':
    case 'UINT':
    case 'TIME':
    case 'BOOL':
      return readFixed(type, body, start);
  }
}

function readUshort(body: Uint8Array, at: number): number {
  return ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
}

function readInt(body: Uint8Array, at: number): number {
  return ((body[at] ?? 0) << 24) | ((body[at + 1] ?? 0) << 16) | ((body[at + 2] ?? 0) << 8) | (body[at + 3] ?? 0);
}

function readString(body: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) {
    const code = body[at] ?? 0;
    if (code === 0) {
      break;
    }
    text += String.fromCharCode(code);
  }
  return text;
}

/** `name NUL value NUL`, before it an index byte in arrays; the last NUL, or both, may be missing. */
export function readNamed(type: 'NAMEDVAR' | 'NAMEDARRAY', body: Uint8Array, start: number, end: number): Fields {
  const nameStart = type === 'NAMEDVAR' ? start : Math.min(start + 1, end);
  const Name = readString(body, nameStart, end);
  const Value = readString(body, Math.min(nameStart + Name.length + 1, end), end);
  return type === 'NAMEDVAR' ? { Name, Value } : { Index: start < end ? (body[start] ?? 0) : 0, Name, Value };
}
