import { tagBytesOf, type FloatingType, type ProtocolVersion } from './field-types';
import {
  bytesOfType,
  layoutsOfNumber,
  offsetInFrame,
  placeOfTag,
  readTag,
  type Fields,
  type Layout,
  type ListPlace,
  type TagPlace,
} from './layout';
import { layoutFor } from './layout-choice';
import { type Message } from './messages';
import { protocolFault, type ProtocolFault } from './protocol-fault';
import { readFixed, readFloat, readNamed } from './read-value';

/** What a frame turned out to be. */
export type Decoded =
  | { readonly kind: 'message'; readonly message: Message }
  /** A message this table does not have; skip it. */
  | { readonly kind: 'unknown'; readonly type: number }
  | { readonly kind: 'malformed'; readonly fault: ProtocolFault };

/**
 * Reads the body of one frame. Never throws for anything a peer can send, never looks outside `body`, keeps no
 * reference to it, and its work and memory are bounded by `body.length` (which FrameReader bounds).
 *
 * Unknown tags are skipped by their length. A string ends at its first NUL or at the end of its data, and is ISO
 * 8859-1, so that every byte comes back the same. Limits of the table are the encoder's: a longer string is taken.
 * Where a field that is no list comes twice, the last one counts.
 *
 * @param type MessageType of the header
 * @param body the bytes after the header, all of them
 */
export function decodeMessage(type: number, body: Uint8Array, version: ProtocolVersion): Decoded {
  const layouts = layoutsOfNumber(type);
  if (layouts === undefined) {
    return { kind: 'unknown', type };
  }
  const layout = layoutFor(layouts, body, version);
  if (body.length < layout.fixedBytes) {
    return { kind: 'malformed', fault: fixedPartCut(layout, body.length) };
  }
  const message: Fields = { ...layout.emptyMessage };
  for (const list of layout.lists) {
    message[list] = [];
  }
  for (const place of layout.fixed) {
    message[place.name] = readFixed(place.type, body, place.offset);
  }
  const fault = readFloating(layout, message, body, tagBytesOf(version));
  if (fault !== undefined) {
    return { kind: 'malformed', fault };
  }
  // The layout is made from the row from which the type is made; this is the one place where they meet.
  return { kind: 'message', message: message as unknown as Message };
}

function fixedPartCut(layout: Layout, bodyBytes: number): ProtocolFault {
  const cut = layout.fixed.find(({ type, offset }) => offset + bytesOfType[type] > bodyBytes);
  const detail = `the body has ${bodyBytes} bytes, the fixed part ${layout.fixedBytes}`;
  return protocolFault('fixedPartCut', layout.name, cut?.name ?? '', offsetInFrame(cut?.offset ?? 0), detail);
}

function readFloating(layout: Layout, message: Fields, body: Uint8Array, tagBytes: 1 | 2): ProtocolFault | undefined {
  const end = body.length;
  let at = layout.fixedBytes;
  while (at < end) {
    if (end - at < 2 * tagBytes) {
      return protocolFault('tagCut', layout.name, 'tag', offsetInFrame(at), `${end - at} bytes are left`);
    }
    const tag = readTag(body, at, tagBytes);
    const length = readTag(body, at + tagBytes, tagBytes);
    const start = at + 2 * tagBytes;
    const place = placeOfTag(layout, tag);
    if (length > end - start) {
      const detail = `tag ${tag} says ${length} bytes, ${end - start} are left`;
      return protocolFault('fieldPastEnd', layout.name, place?.name ?? `tag ${tag}`, offsetInFrame(at), detail);
    }
    if (place !== undefined && !putField(message, place, body, start, length)) {
      const detail = `tag ${tag} has ${length} bytes, ${place.type} has ${place.exactBytes}`;
      return protocolFault('fieldLength', layout.name, place.name, offsetInFrame(at), detail);
    }
    at = start + length;
  }
  return undefined;
}

/** Puts a field where it belongs; false = its length does not fit its type. */
function putField(message: Fields, place: TagPlace, body: Uint8Array, start: number, length: number): boolean {
  const { name, type, exactBytes, lists } = place;
  const innermost = lists[lists.length - 1];
  if (exactBytes !== 0 && length !== exactBytes) {
    const isArray = innermost?.arraysAccepted === true && length > 0 && length % exactBytes === 0;
    if (isArray) {
      putArray(listFor(message, lists), innermost, place, body, start, length);
    }
    return isArray;
  }
  if (type === 'NAMEDVAR' || type === 'NAMEDARRAY') {
    (message[name] as Fields[]).push(readNamed(type, body, start, start + length));
    return true;
  }
  const value = readFloat(type, body, start, length);
  if (innermost === undefined) {
    message[name] = value;
    return true;
  }
  const list = listFor(message, lists);
  let element = list[list.length - 1];
  // A field that comes again begins the next element: so every record begins at its RecordType, and a list survives
  // a peer that sends the members in another order.
  if (element === undefined || element[name] !== undefined) {
    element = newElement(innermost);
    list.push(element);
  }
  element[name] = value;
  return true;
}

/** The list a field belongs to; for a list inside a record, that of the record being read. */
function listFor(message: Fields, lists: readonly ListPlace[]): Fields[] {
  let fields = message;
  for (let depth = 0; ; depth++) {
    const place = lists[depth] as ListPlace;
    const list = fields[place.name] as Fields[];
    if (depth === lists.length - 1) {
      return list;
    }
    let element = list[list.length - 1];
    if (element === undefined) {
      element = newElement(place);
      list.push(element);
    }
    fields = element;
  }
}

function newElement(place: ListPlace): Fields {
  const element: Fields = { ...place.emptyElement };
  for (const inner of place.innerLists) {
    element[inner] = [];
  }
  return element;
}

/**
 * All numbers of one member in one field. The first member of a list makes the elements, the others fill them; when the
 * member is there already, the numbers belong to further elements.
 */
function putArray(
  list: Fields[],
  listPlace: ListPlace,
  { name, type, exactBytes }: TagPlace,
  body: Uint8Array,
  start: number,
  length: number,
): void {
  let index = list[0]?.[name] === undefined ? 0 : list.length;
  for (let at = start; at < start + length; at += exactBytes) {
    const element = list[index] ?? newElement(listPlace);
    if (index === list.length) {
      list.push(element);
    }
    element[name] = readFloat(type as FloatingType, body, at, exactBytes);
    index++;
  }
}
