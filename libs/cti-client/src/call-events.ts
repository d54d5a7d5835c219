import { type Message, type MessageOf } from '#cti-protocol/messages';
import { callKey, type Connection } from './call-book';

/** What one call event says about who is on which call. */
export type CallChange =
  | { kind: 'joined'; connection: Connection; devices: readonly string[] }
  | { kind: 'left'; connection: Connection; device: string }
  | { kind: 'ended'; connection: Connection }
  | { kind: 'renamed'; from: Connection; to: Connection };

/** EventCause CALL_PARTY_UPDATE_IND: a party is called differently now; nobody joined or left. */
const CAUSE_PARTY_UPDATE = 50;
/** "No call" on the wire; some servers leave the fields of an unchanged key at 0. */
const NULL_CALL_IDS: readonly number[] = [0xffffffff, 0];
const NULL_DEVICE_ID_TYPE = 0xffff;

/**
 * Reads a call event (GED-188). Answers nothing for events that put nobody on a call and take nobody off one: a call
 * in a queue is not yet an agent's, and call data may still be updated after the call was cleared.
 *
 * CallED and last redirecting devices are not joined: a call that was forwarded keeps naming them although they never rang.
 */
export function readCallEvent(event: Message): readonly CallChange[] {
  switch (event.name) {
    case 'BEGIN_CALL_EVENT':
      return joined(event);
    case 'CALL_DELIVERED_EVENT':
      return event.EventCause === CAUSE_PARTY_UPDATE
        ? []
        : joined(event, event.AlertingDeviceID, event.CallingDeviceID);
    case 'CALL_ESTABLISHED_EVENT':
      return event.EventCause === CAUSE_PARTY_UPDATE
        ? []
        : joined(event, event.AnsweringDeviceID, event.CallingDeviceID);
    case 'CALL_HELD_EVENT':
      return joined(event, event.HoldingDeviceID);
    case 'CALL_RETRIEVED_EVENT':
      return joined(event, event.RetrievingDeviceID);
    case 'CALL_ORIGINATED_EVENT':
    case 'CALL_SERVICE_INITIATED_EVENT':
      return joined(event, event.CallingDeviceID);
    case 'CALL_REACHED_NETWORK_EVENT':
      return joined(event);
    case 'CALL_FAILED_EVENT':
      // The caller still hears a busy tone; the call is over when it is cleared.
      return joined(event);
    case 'CALL_DIVERTED_EVENT':
      return left(connectionOf(event), event.DivertingDeviceID);
    case 'CALL_CONNECTION_CLEARED_EVENT':
      return left(connectionOf(event), event.ReleasingDeviceID);
    case 'CALL_CLEARED_EVENT':
    case 'END_CALL_EVENT':
      return [{ kind: 'ended', connection: connectionOf(event) }];
    case 'CALL_CONFERENCED_EVENT':
      return conferenced(event);
    case 'CALL_TRANSFERRED_EVENT':
      return transferred(event);
    case 'CALL_DATA_UPDATE_EVENT':
      return renamed(event);
    default:
      return [];
  }
}

/** The peripheral an event is about; undefined for messages that are not about calls of a peripheral. */
export const peripheralOf = (event: Message): number | undefined =>
  'PeripheralID' in event ? event.PeripheralID : undefined;

interface ConnectionFields {
  ConnectionCallID: number;
  ConnectionDeviceIDType: number;
  ConnectionDeviceID: string | undefined;
}

const connectionOf = (event: ConnectionFields): Connection => ({
  callId: event.ConnectionCallID,
  deviceIdType: event.ConnectionDeviceIDType,
  deviceId: event.ConnectionDeviceID ?? '',
});

function joined(event: ConnectionFields, ...parties: (string | undefined)[]): CallChange[] {
  const connection = connectionOf(event);
  return [{ kind: 'joined', connection, devices: named([connection.deviceId, ...parties]) }];
}

function left(connection: Connection, device: string | undefined): CallChange[] {
  return device === undefined || device === '' ? [] : [{ kind: 'left', connection, device }];
}

/**
 * The secondary call merges into the primary one. Its connections are told of separately (they end, or get a new key), so
 * here devices only join: whoever is named is in the conference.
 */
function conferenced(event: MessageOf<'CALL_CONFERENCED_EVENT'>): CallChange[] {
  const parties = event.ConnectedParties.map((party) => party.ConnectedPartyDeviceID);
  const devices = named([event.PrimaryDeviceID, event.ControllerDeviceID, event.AddedPartyDeviceID, ...parties]);
  return [{ kind: 'joined', connection: primaryOf(event), devices }];
}

/** The transferring device is out of both calls; the others are on the primary one. */
function transferred(event: MessageOf<'CALL_TRANSFERRED_EVENT'>): CallChange[] {
  const gone = event.TransferringDeviceID;
  const parties = event.ConnectedParties.map((party) => party.ConnectedPartyDeviceID);
  const devices = named([event.TransferredDeviceID, ...parties]).filter((device) => device !== gone);
  return [
    { kind: 'joined', connection: primaryOf(event), devices },
    ...left(primaryOf(event), gone),
    ...left(secondaryOf(event), gone),
  ];
}

function renamed(event: MessageOf<'CALL_DATA_UPDATE_EVENT'>): CallChange[] {
  const from = connectionOf(event);
  if (NULL_CALL_IDS.includes(event.NewConnectionCallID)) return [];
  const to: Connection = {
    callId: event.NewConnectionCallID,
    deviceIdType:
      event.NewConnectionDeviceIDType === NULL_DEVICE_ID_TYPE ? from.deviceIdType : event.NewConnectionDeviceIDType,
    deviceId: event.NewConnectionDeviceID ?? from.deviceId,
  };
  return callKey(from) === callKey(to) ? [] : [{ kind: 'renamed', from, to }];
}

interface TwoCalls {
  PrimaryCallID: number;
  PrimaryDeviceIDType: number;
  PrimaryDeviceID: string | undefined;
  SecondaryCallID: number;
  SecondaryDeviceIDType: number;
  SecondaryDeviceID: string | undefined;
}

const primaryOf = (event: TwoCalls): Connection => ({
  callId: event.PrimaryCallID,
  deviceIdType: event.PrimaryDeviceIDType,
  deviceId: event.PrimaryDeviceID ?? '',
});

const secondaryOf = (event: TwoCalls): Connection => ({
  callId: event.SecondaryCallID,
  deviceIdType: event.SecondaryDeviceIDType,
  deviceId: event.SecondaryDeviceID ?? '',
});

const named = (devices: readonly (string | undefined)[]): string[] => [
  ...new Set(devices.filter((device): device is string => device !== undefined && device !== '')),
];
