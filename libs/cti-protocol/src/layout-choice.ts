import { PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN, tagBytesOf, type ProtocolVersion } from './field-types';
import { placeOfTag, readTag, type Layout, type RowLayouts } from './layout';
import { readFixed } from './read-value';

/**
 * How many floating fields of a body are this row's when it is read in this layout; -1 = they do not end with the body.
 * Stops at the first field that is not the row's when `onlyKnown` is set, and counts that as -1 too.
 */
function knownFields(layout: Layout, body: Uint8Array, tagBytes: 1 | 2, onlyKnown: boolean): number {
  const end = body.length;
  let at = layout.fixedBytes;
  if (layout.lastResort) {
    return at === end ? 0 : -1;
  }
  let known = 0;
  while (at + 2 * tagBytes <= end) {
    if (placeOfTag(layout, readTag(body, at, tagBytes)) !== undefined) {
      known++;
    } else if (onlyKnown) {
      return -1;
    }
    at += 2 * tagBytes + readTag(body, at + tagBytes, tagBytes);
  }
  return at === end ? known : -1;
}

/**
 * Whether a body of exactly the last resort's size says that it is one: a number of two bytes there is not 0, and would
 * be the upper half of a number of four bytes in the version's own layout. No status is that large. With tags of one
 * byte two bytes that are left over can pass for an empty floating field, and only this tells.
 */
function showsLastResort(own: Layout, resort: Layout, body: Uint8Array): boolean {
  return resort.fixed.some(
    ({ name, type, offset }) =>
      type === 'USHORT' &&
      readFixed('USHORT', body, offset) !== 0 &&
      own.fixed.some((place) => place.name === name && place.type === 'UINT' && place.offset === offset),
  );
}

/**
 * The layout in which a body is to be read: the version's own when all floating fields then make sense.
 *
 * They may not: peers disagree on the version in which DepartmentID, SessionType and ConfigMsgMask came, and on
 * FAILURE_CONF. Where a row has several layouts, the one wins in which the floating fields end exactly with the body
 * and most of them are of this row; the version's own where that leaves a choice.
 */
export function layoutFor(layouts: RowLayouts, body: Uint8Array, version: ProtocolVersion): Layout {
  const candidates = layouts.byVersion[version - PROTOCOL_VERSION_MIN];
  if (candidates === undefined) {
    throw new RangeError(
      `protocol version ${version} is not one of ${PROTOCOL_VERSION_MIN} to ${PROTOCOL_VERSION_MAX}`,
    );
  }
  const own = candidates[0];
  const tagBytes = tagBytesOf(version);
  if (candidates.length === 1 || knownFields(own, body, tagBytes, true) >= 0) {
    return own;
  }
  let best = own;
  let most = -1;
  for (const layout of candidates) {
    const known = knownFields(layout, body, tagBytes, false);
    if (known > most || (known === 0 && most === 0 && layout.lastResort && showsLastResort(own, layout, body))) {
      best = layout;
      most = known;
    }
  }
  return best;
}
