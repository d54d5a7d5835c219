/**
 * The words in which the message table is written: types of fields, and how a row says them.
 *
 * A message has a fixed part (fields in wire order, some only from a protocol version on) and a floating part
 * (`tag | length | data`, any order but for groups). All numbers are big-endian.
 */

/** Versions of the protocol this codec speaks. The version of a session fixes all of its layouts. */
export const PROTOCOL_VERSION_MIN = 13;
export const PROTOCOL_VERSION_MAX = 25;
export type ProtocolVersion = 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25;

export function isProtocolVersion(version: number): version is ProtocolVersion {
  return Number.isInteger(version) && version >= PROTOCOL_VERSION_MIN && version <= PROTOCOL_VERSION_MAX;
}

/** From this version on a tag and a length take two bytes each, below it one. */
const WIDE_TAGS_SINCE = 20;

/** Bytes of a tag, and of a length. */
export function tagBytesOf(version: ProtocolVersion): 1 | 2 {
  return version >= WIDE_TAGS_SINCE ? 2 : 1;
}

/** MessageLength and MessageType. */
export const HEADER_BYTES = 8;

/** The largest frame of protocol 23 and later, header included; older servers stop at 4329. */
export const FRAME_BYTES_MAX = 12_500;

/** TIME is seconds since 1970-01-01 UTC; BOOL is a USHORT of 0 or 1. */
export type FixedType = 'UCHAR' | 'USHORT' | 'INT' | 'UINT' | 'TIME' | 'BOOL';
export type FloatingType = FixedType | 'STRING' | 'UNSPEC';

export type ValueOfType<T> = T extends 'STRING'
  ? string
  : T extends 'UNSPEC'
    ? Uint8Array
    : T extends 'BOOL'
      ? boolean
      : number;

export interface FixedField<T extends FixedType = FixedType, S extends number = number> {
  readonly type: T;
  /** The first version that has the field; 0 = every version. */
  readonly since: S;
}

export const UCHAR = { type: 'UCHAR', since: 0 } as const;
export const USHORT = { type: 'USHORT', since: 0 } as const;
export const INT = { type: 'INT', since: 0 } as const;
export const UINT = { type: 'UINT', since: 0 } as const;
export const TIME = { type: 'TIME', since: 0 } as const;
export const BOOL = { type: 'BOOL', since: 0 } as const;

export function since<T extends FixedType, S extends ProtocolVersion>(version: S, field: FixedField<T>) {
  return { type: field.type, since: version };
}

export interface FloatingField<T extends FloatingType = FloatingType> {
  readonly kind: 'field';
  readonly type: T;
  readonly tag: number;
  /** Bytes of data at most, a string's NUL included. Kept by the encoder; a decoder takes what the frame holds. */
  readonly bytesMax: number;
  /** Other tags under which a peer may send the same field. */
  readonly alsoTags: readonly number[];
}

function floating<T extends FloatingType>(
  type: T,
  tag: number,
  bytesMax: number,
  alsoTags: readonly number[] = [],
): FloatingField<T> {
  return { kind: 'field', type, tag, bytesMax, alsoTags };
}

export const ushort = (tag: number) => floating('USHORT', tag, 2);
export const int = (tag: number) => floating('INT', tag, 4);
export const uint = (tag: number) => floating('UINT', tag, 4);
export const bool = (tag: number) => floating('BOOL', tag, 2);
export const time = (tag: number) => floating('TIME', tag, 4);
export const string = (tag: number, bytesMax: number, ...alsoTags: number[]) =>
  floating('STRING', tag, bytesMax, alsoTags);
export const unspec = (tag: number, bytesMax: number) => floating('UNSPEC', tag, bytesMax);

/**
 * Fields that repeat together. On the wire an element is its members in this order; the first member is always sent,
 * since a receiver takes a field that comes again as the beginning of the next element.
 */
export interface FieldGroup<M extends GroupMembers = GroupMembers, C extends string = string> {
  readonly kind: 'group';
  /** The field that counts the elements. When it is fixed and a draft leaves it out, the encoder fills it in. */
  readonly countedBy: C;
  readonly elementsMax: number;
  /** A peer may send all numbers of a member in one field (an array) instead of one field per element. */
  readonly arraysAccepted: boolean;
  readonly members: M;
}

/** A group may hold fields and, in configuration records, one more level of groups. */
export interface GroupMembers {
  readonly [name: string]: FloatingField | FieldGroup;
}

export function group<const C extends string, const M extends GroupMembers>(
  countedBy: C,
  elementsMax: number,
  members: M,
): FieldGroup<M, C> {
  return { kind: 'group', countedBy, elementsMax, arraysAccepted: false, members };
}

/** As `group`, for lists which some guides print as arrays and servers send as repeated fields. */
export function groupOrArrays<const C extends string, const M extends GroupMembers>(
  countedBy: C,
  elementsMax: number,
  members: M,
): FieldGroup<M, C> {
  return { kind: 'group', countedBy, elementsMax, arraysAccepted: true, members };
}

/** NAMEDVAR is `name NUL value NUL`; NAMEDARRAY has an index byte before it. */
export interface NamedValues<
  T extends 'NAMEDVAR' | 'NAMEDARRAY' = 'NAMEDVAR' | 'NAMEDARRAY',
  C extends string = string,
> {
  readonly kind: 'named';
  readonly type: T;
  readonly tag: number;
  readonly bytesMax: number;
  readonly countedBy: C;
}

export interface NamedVariable {
  readonly Name: string;
  readonly Value: string;
}

export interface NamedArrayElement extends NamedVariable {
  /** 0 to 255. */
  readonly Index: number;
}

export type FloatingPart = FloatingField | FieldGroup | NamedValues;

/** One message of the table. Keys of `fixed` and `floating` are in wire order. */
export interface MessageRow {
  readonly number: number;
  readonly fixed: Readonly<Record<string, FixedField>>;
  readonly floating: Readonly<Record<string, FloatingPart>>;
  /** Another fixed part that some peers send, always without floating fields. Read, never written. */
  readonly alsoRead?: Readonly<Record<string, FixedField>>;
}
