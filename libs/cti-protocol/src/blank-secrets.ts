import { PROTOCOL_VERSION_MAX, isProtocolVersion, type ProtocolVersion } from './field-types';
import { messages } from './messages';
import { readFixed } from './read-value';
import { hexOf, readWire, writeWire, type WireField } from './wire-json';

/** Tags whose data is a secret, by message. */
const secretTags: Readonly<Record<string, readonly number[]>> = {
  OPEN_REQ: [messages.OPEN_REQ.floating.ClientPassword.tag],
  SET_AGENT_STATE_REQ: [messages.SET_AGENT_STATE_REQ.floating.AgentPassword.tag],
};

/** Stands where a secret stood: always as long, so that not even the length is told. `********` and a NUL. */
const STAND_IN = hexOf(Uint8Array.from([0x2a, 0x2a, 0x2a, 0x2a, 0x2a, 0x2a, 0x2a, 0x2a, 0]));

/**
 * The frame without passwords; undefined when it may hold one and cannot be read. An empty password stays empty. An
 * OPEN_REQ says its version itself.
 */
export function blankSecrets(frame: Uint8Array, version: ProtocolVersion): Uint8Array | undefined {
  const type = frame.length >= 8 ? Number(readFixed('UINT', frame, 4)) : -1;
  if (type !== messages.OPEN_REQ.number && type !== messages.SET_AGENT_STATE_REQ.number) {
    return frame;
  }
  const own = type === messages.OPEN_REQ.number ? versionOfOpenRequest(frame) : version;
  const read = readWire(frame, own);
  if (read.kind === 'fault') {
    return undefined;
  }
  const { name, fields, floating } = read.message;
  const tags = secretTags[name] ?? [];
  const blanked = floating.map(([tag, hex]): WireField => [tag, tags.includes(tag) && hex !== '' ? STAND_IN : hex]);
  const written = writeWire({ name, fields, floating: blanked }, own);
  return written.kind === 'frame' ? written.frame : undefined;
}

/** VersionNumber, the second fixed field; the newest when it is none that we know. */
export function versionOfOpenRequest(frame: Uint8Array): ProtocolVersion {
  const version = frame.length >= 16 ? Number(readFixed('UINT', frame, 12)) : 0;
  return isProtocolVersion(version) ? version : PROTOCOL_VERSION_MAX;
}
