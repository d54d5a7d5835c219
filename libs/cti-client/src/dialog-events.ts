import { CallType, EventCause, LocalConnectionState } from '#cti-protocol/enumerations';
import { type Message, type MessageOf } from '#cti-protocol/messages';
import { type DialogBook, type PartyState } from './dialog-book';

/** "No call" on the wire; some servers leave the fields of an unchanged key at 0. */
const NULL_CALL_IDS: readonly number[] = [0xffffffff, 0];

/** Calls that go out from the device that they begin at; all others come in. */
const OUTGOING: readonly number[] = [CallType.AUTO_OUT, CallType.AGENT_OUT, CallType.OUT, CallType.AGENT_INSIDE];

/** Writes one call event (GED-188) into the book. Events that move nobody change nothing. */
export function writeCallEvent(book: DialogBook, event: Message): void {
  switch (event.name) {
    case 'BEGIN_CALL_EVENT':
      begin(book, event);
      return;
    case 'CALL_SERVICE_INITIATED_EVENT':
      book.put(event.ConnectionCallID, [event.CallingDeviceID ?? event.ConnectionDeviceID], 'INITIATING');
      return;
    case 'CALL_ORIGINATED_EVENT':
      book.put(event.ConnectionCallID, [event.CallingDeviceID ?? event.ConnectionDeviceID], 'INITIATING');
      book.name(event.ConnectionCallID, event.CallingDeviceID, event.CalledDeviceID);
      return;
    case 'CALL_DELIVERED_EVENT':
      if (event.EventCause === EventCause.CALL_PARTY_UPDATE_IND) return;
      book.put(event.ConnectionCallID, [event.AlertingDeviceID ?? event.ConnectionDeviceID], 'ALERTING');
      book.putNew(event.ConnectionCallID, [event.CallingDeviceID], 'INITIATING');
      book.name(event.ConnectionCallID, event.CallingDeviceID, event.CalledDeviceID);
      return;
    case 'CALL_ESTABLISHED_EVENT':
      if (event.EventCause === EventCause.CALL_PARTY_UPDATE_IND) return;
      book.put(event.ConnectionCallID, [event.AnsweringDeviceID ?? event.ConnectionDeviceID], 'ACTIVE');
      book.put(event.ConnectionCallID, [event.CallingDeviceID], 'ACTIVE');
      book.name(event.ConnectionCallID, event.CallingDeviceID, event.CalledDeviceID);
      return;
    case 'CALL_HELD_EVENT':
      book.put(event.ConnectionCallID, [event.HoldingDeviceID ?? event.ConnectionDeviceID], 'HELD');
      return;
    case 'CALL_RETRIEVED_EVENT':
      book.put(event.ConnectionCallID, [event.RetrievingDeviceID ?? event.ConnectionDeviceID], 'ACTIVE');
      return;
    case 'CALL_DIVERTED_EVENT':
      book.drop(event.ConnectionCallID, event.DivertingDeviceID);
      return;
    case 'CALL_CONNECTION_CLEARED_EVENT':
      book.drop(event.ConnectionCallID, event.ReleasingDeviceID);
      return;
    case 'CALL_CLEARED_EVENT':
    case 'END_CALL_EVENT':
      book.end(event.ConnectionCallID, event.ConnectionDeviceID ?? '');
      return;
    case 'CALL_CONFERENCED_EVENT':
      merge(book, event, [event.ControllerDeviceID, event.AddedPartyDeviceID], undefined);
      return;
    case 'CALL_TRANSFERRED_EVENT':
      merge(book, event, [event.TransferredDeviceID], event.TransferringDeviceID);
      return;
    case 'CALL_DATA_UPDATE_EVENT':
      if (NULL_CALL_IDS.includes(event.NewConnectionCallID)) return;
      book.rename(event.ConnectionCallID, event.NewConnectionCallID, event.ConnectionDeviceID ?? '');
      return;
    default:
      return;
  }
}

/** What a SNAPSHOT_CALL_CONF tells of a call that is in the book already; events that overtook it are newer. */
export function writeCallSnapshot(
  book: DialogBook,
  callId: number,
  device: string,
  conf: MessageOf<'SNAPSHOT_CALL_CONF'>,
): void {
  book.name(callId, ...endsOf(conf, device));
  for (const { CallDeviceID, CallDeviceConnectionState } of conf.CallDevices) {
    const state = partyState(CallDeviceConnectionState);
    if (state !== undefined) book.add(callId, CallDeviceID, state);
  }
}

/** LocalConnectionState as the state of a party; undefined for one that is not on the call, or waits in a queue. */
export function partyState(state: number | undefined): PartyState | undefined {
  switch (state) {
    case LocalConnectionState.INITIATE:
      return 'INITIATING';
    case LocalConnectionState.ALERTING:
      return 'ALERTING';
    case LocalConnectionState.CONNECT:
      return 'ACTIVE';
    case LocalConnectionState.HOLD:
      return 'HELD';
    default:
      return undefined;
  }
}

function begin(book: DialogBook, event: MessageOf<'BEGIN_CALL_EVENT'>): void {
  const device = event.ConnectionDeviceID ?? '';
  book.open(event.ConnectionCallID, device);
  // Of incoming calls the events that follow name the caller and the called device better.
  if (OUTGOING.includes(event.CallType)) book.name(event.ConnectionCallID, ...endsOf(event, device));
}

interface CallEnds {
  CallType: number;
  ANI: string | undefined;
  DNIS: string | undefined;
  DialedNumber: string | undefined;
}

function endsOf(call: CallEnds, device: string): [from: string | undefined, to: string | undefined] {
  const dialled = call.DialedNumber ?? call.DNIS;
  return OUTGOING.includes(call.CallType) ? [device, dialled ?? call.ANI] : [call.ANI, dialled];
}

/** The secondary call becomes part of the primary one; whoever is named is on that now, and `gone` on neither. */
function merge(
  book: DialogBook,
  event: MessageOf<'CALL_CONFERENCED_EVENT'> | MessageOf<'CALL_TRANSFERRED_EVENT'>,
  named: readonly (string | undefined)[],
  gone: string | undefined,
): void {
  const { PrimaryCallID, SecondaryCallID } = event;
  const parties = event.ConnectedParties.map(({ ConnectedPartyDeviceID }) => ConnectedPartyDeviceID);
  const joined = [...named, ...parties].filter((device) => device !== gone);
  book.putNew(PrimaryCallID, joined, 'ACTIVE');
  if (SecondaryCallID !== PrimaryCallID) for (const device of joined) book.drop(SecondaryCallID, device);
  for (const callId of new Set([PrimaryCallID, SecondaryCallID])) book.drop(callId, gone);
}
