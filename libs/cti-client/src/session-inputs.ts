import { nameOf, SessionType, StatusCode } from '#cti-protocol/enumerations';
import { decodeMessage, type Decoded } from '#cti-protocol/decode';
import { type Frame } from '#cti-protocol/frame';
import { type Message, type ProtocolVersion } from '#cti-protocol/messages';
import { type LinkPhase, type SessionInput } from './session-model';

/** A status with its number and name, as it should stand in a log: `15 CTI_SERVER_OFFLINE`. */
export function spellStatus(status: number): string {
  const name = nameOf(StatusCode, status);
  return name === String(status) ? name : `${status} ${name}`;
}

/** A version with tags of one byte, which is all that is wanted of it. */
const NARROW_VERSION: ProtocolVersion = 19;

/**
 * Reads a frame of a session of `version`. A server that does not speak the version of OPEN_REQ refuses it as it writes
 * its own: where it adds a text (UCCX does, tags of one byte), the refusal is read in that form.
 */
export function readFrame(frame: Frame, version: ProtocolVersion, phase: LinkPhase): Decoded {
  const decoded = decodeMessage(frame.type, frame.body, version);
  if (decoded.kind !== 'malformed' || phase !== 'opening') return decoded;
  const narrow = decodeMessage(frame.type, frame.body, NARROW_VERSION);
  return narrow.kind === 'message' && narrow.message.name === 'FAILURE_CONF' ? narrow : decoded;
}

/**
 * What a message means for the session itself; undefined for everything else (answers to requests, events).
 *
 * @param heartbeatId InvokeID of the last HEARTBEAT_REQ: a server that is off line may answer it with FAILURE_CONF
 */
export function readSessionMessage(message: Message, phase: LinkPhase, heartbeatId: number): SessionInput | undefined {
  switch (message.name) {
    case 'OPEN_CONF':
      return {
        kind: 'openConfirmed',
        servicesGranted: message.ServicesGranted,
        pgStatus: message.PGStatus,
        peripheralOnline: message.PeripheralOnline,
        standby: message.SessionType === SessionType.STANDBY,
      };
    case 'FAILURE_CONF': {
      const sentence = spellStatus(message.Status);
      if (phase === 'opening') return { kind: 'openRefused', status: message.Status, sentence };
      return message.InvokeID === heartbeatId ? { kind: 'heartbeatRefused', sentence } : undefined;
    }
    case 'HEARTBEAT_CONF':
      return { kind: 'heartbeatConfirmed' };
    case 'SYSTEM_EVENT':
      return {
        kind: 'systemEvent',
        eventId: message.SystemEventID,
        pgStatus: message.PGStatus,
        peripheralId: message.SystemEventArg1,
      };
    case 'FAILURE_EVENT':
      return { kind: 'failureEvent', status: message.Status, sentence: spellStatus(message.Status) };
    case 'STANDBY_ACTIVE_EVENT_MSG':
      return { kind: 'standbyActivated' };
    case 'ACTIVE_MAINTENANCE_REQ_MSG':
      return { kind: 'maintenanceAnnounced', invokeId: message.InvokeID };
    case 'ACTIVE_MAINTENANCE_EVENT_MSG':
      return { kind: message.MaintenanceModeStatus ? 'maintenanceBegan' : 'maintenanceCancelled' };
    case 'CLOSE_CONF':
      return { kind: 'closeConfirmed' };
    default:
      return undefined;
  }
}
