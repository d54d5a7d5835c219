import {
  HEADER_BYTES,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  type FixedField,
  type FixedType,
  type FloatingPart,
  type FloatingType,
  type GroupMembers,
  type MessageRow,
} from './field-types';
import { messages, type MessageName } from './messages';

/**
 * The rows of the message table, worked out once for reading: where each fixed field stands, and what each tag means.
 * Everything here is data; `decode`, `encode` and `annotate` walk it.
 */

export const bytesOfType: Readonly<Record<FixedType, number>> = {
  UCHAR: 1,
  USHORT: 2,
  INT: 4,
  UINT: 4,
  TIME: 4,
  BOOL: 2,
};

/** Bytes that a floating field of this type must have; 0 = any number. */
export function exactBytesOf(type: FloatingType): number {
  return type === 'STRING' || type === 'UNSPEC' ? 0 : bytesOfType[type];
}

/** A decoded message or element while it is being filled; its keys are those of its row. */
export type Fields = Record<string, unknown>;

export interface FixedPlace {
  readonly name: string;
  readonly type: FixedType;
  /** From the start of the body. */
  readonly offset: number;
}

/** A list to be filled, and what an element of it looks like while empty. */
export interface ListPlace {
  readonly name: string;
  readonly arraysAccepted: boolean;
  readonly emptyElement: Fields;
  /** Lists inside the element, which every element needs for itself. */
  readonly innerLists: readonly string[];
}

/** What a tag means in a row: a field of the message, of a list's element, or of a list inside a record. */
export interface TagPlace {
  readonly tag: number;
  readonly name: string;
  readonly type: FloatingType | 'NAMEDVAR' | 'NAMEDARRAY';
  /** Bytes the data must have; 0 = any number. */
  readonly exactBytes: number;
  /** From the message inwards; empty = a field of the message itself. */
  readonly lists: readonly ListPlace[];
}

export interface Layout {
  readonly name: MessageName;
  readonly number: number;
  readonly fixed: readonly FixedPlace[];
  readonly fixedBytes: number;
  /** Read only where nothing follows the fixed part. */
  readonly lastResort: boolean;
  readonly places: readonly TagPlace[];
  /** Tag to index in `places`; -1 = unknown. Tags beyond it are unknown. */
  readonly placeOfTag: Int16Array;
  readonly emptyMessage: Fields;
  readonly lists: readonly string[];
}

/** Above the highest tag of the table (313). */
const TAGS_KNOWN_BELOW = 320;

function tagPlaces(parts: Readonly<Record<string, FloatingPart>>, lists: readonly ListPlace[]): TagPlace[] {
  return Object.entries(parts).flatMap(([name, part]): TagPlace[] => {
    switch (part.kind) {
      case 'field': {
        const place = { name, type: part.type, exactBytes: exactBytesOf(part.type), lists };
        return [part.tag, ...part.alsoTags].map((tag) => ({ tag, ...place }));
      }
      case 'named':
        return [{ tag: part.tag, name, type: part.type, exactBytes: 0, lists }];
      case 'group':
        return tagPlaces(part.members, [...lists, listPlace(name, part.members, part.arraysAccepted)]);
    }
  });
}

function listPlace(name: string, members: GroupMembers, arraysAccepted: boolean): ListPlace {
  return { name, arraysAccepted, emptyElement: emptyFields(members), innerLists: listsOf(members) };
}

function listsOf(parts: Readonly<Record<string, FloatingPart>>): string[] {
  return Object.keys(parts).filter((name) => parts[name]?.kind !== 'field');
}

function emptyFields(parts: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(Object.keys(parts).map((name) => [name, undefined]));
}

function fixedPlaces(fixed: Readonly<Record<string, FixedField>>): { places: FixedPlace[]; bytes: number } {
  let bytes = 0;
  const places = Object.entries(fixed).map(([name, { type }]) => {
    const place = { name, type, offset: bytes };
    bytes += bytesOfType[type];
    return place;
  });
  return { places, bytes };
}

function fixedOfVersion(row: MessageRow, version: number): Record<string, FixedField> {
  return Object.fromEntries(Object.entries(row.fixed).filter(([, field]) => field.since <= version));
}

/** The layouts of one row: its own for each version, and with it the others that a peer may be sending instead. */
export interface RowLayouts {
  readonly name: MessageName;
  readonly row: MessageRow;
  /** Index = version - 13; the first layout is the version's own. */
  readonly byVersion: readonly (readonly [Layout, ...Layout[]])[];
}

function rowLayouts(name: MessageName): RowLayouts {
  const row: MessageRow = messages[name];
  const places = tagPlaces(row.floating, []);
  const placeOfTag = new Int16Array(TAGS_KNOWN_BELOW).fill(-1);
  places.forEach((place, index) => {
    placeOfTag[place.tag] = index;
  });
  const lists = listsOf(row.floating);
  const emptyMessage = { name, ...emptyFields({ ...row.fixed, ...row.alsoRead, ...row.floating }) };
  const layoutOf = (fixed: Readonly<Record<string, FixedField>>, lastResort: boolean): Layout => {
    const { places: fixedFields, bytes } = fixedPlaces(fixed);
    const common = { name, number: row.number, places, placeOfTag, emptyMessage, lists };
    return { ...common, fixed: fixedFields, fixedBytes: bytes, lastResort };
  };

  // One layout per set of gated fields, so that versions with the same fields share it.
  const gates = new Map<string, Layout>();
  const own: Layout[] = [];
  for (let version = PROTOCOL_VERSION_MIN; version <= PROTOCOL_VERSION_MAX; version++) {
    const fixed = fixedOfVersion(row, version);
    const key = Object.keys(fixed).join();
    const layout = gates.get(key) ?? layoutOf(fixed, false);
    gates.set(key, layout);
    own.push(layout);
  }
  const newestFirst = [...gates.values()].reverse();
  const lastResorts = row.alsoRead === undefined ? [] : [layoutOf(row.alsoRead, true)];
  const byVersion = own.map((first): [Layout, ...Layout[]] => [
    first,
    ...newestFirst.filter((layout) => layout !== first),
    ...lastResorts,
  ]);
  return { name, row, byVersion };
}

const messageNames = Object.keys(messages) as MessageName[];

const layoutsByName = new Map(messageNames.map((name) => [name, rowLayouts(name)]));

const layoutsByNumber: (RowLayouts | undefined)[] = [];
for (const layouts of layoutsByName.values()) {
  layoutsByNumber[layouts.row.number] = layouts;
}

export function layoutsOfName(name: MessageName): RowLayouts | undefined {
  return layoutsByName.get(name);
}

export function layoutsOfNumber(number: number): RowLayouts | undefined {
  return layoutsByNumber[number];
}

/** `type 999` for a number that is not in the table. */
export function nameOfNumber(number: number): string {
  return layoutsByNumber[number]?.name ?? `type ${number}`;
}

export function placeOfTag(layout: Layout, tag: number): TagPlace | undefined {
  return tag < TAGS_KNOWN_BELOW ? layout.places[layout.placeOfTag[tag] ?? -1] : undefined;
}

/** A tag or a length: one or two bytes, big-endian. The caller has checked that they are there. */
export function readTag(body: Uint8Array, at: number, tagBytes: 1 | 2): number {
  const first = body[at] ?? 0;
  return tagBytes === 1 ? first : (first << 8) | (body[at + 1] ?? 0);
}

export function offsetInFrame(offsetInBody: number): number {
  return HEADER_BYTES + offsetInBody;
}
