import { AgentState } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import fc from 'fast-check';
import { stateEvent, told } from './agents.spec-support';
import { PERIPHERAL } from './cti-pair.spec-support';
import { Mirror } from './mirror';

const devices = ['3001', '3002', '3003'];
const agents = devices.map((device, index) => ({ agentId: `100${index + 1}`, device }));
const elsewhere = ['trunk', '5551234'];

const on = (callId: number, device: string) => ({
  ConnectionCallID: callId,
  ConnectionDeviceIDType: 0,
  ConnectionDeviceID: device,
});
const end = (callId: number, device: string): Message => told('END_CALL_EVENT', on(callId, device));

/** Three agents, Not Ready, whose calls are followed. */
function watching(): Mirror {
  const mirror = new Mirror({ peripheralId: PERIPHERAL });
  for (const { agentId, device } of agents) {
    mirror.apply(stateEvent(agentId, AgentState.NOT_READY, { device }));
    const ticket = mirror.beginSnapshot(agentId);
    if (ticket !== undefined) mirror.completeSnapshot(ticket, []);
  }
  return mirror;
}

const anyDevice = fc.constantFrom(...devices, ...elsewhere);
const anyCallId = fc.integer({ min: 1, max: 3 });

/** Any event about any call but its end. */
const anyCallEvent: fc.Arbitrary<Message> = fc
  .tuple(fc.integer({ min: 0, max: 10 }), anyCallId, anyDevice, anyDevice, anyDevice)
  .map(([kind, callId, connection, one, other]): Message => {
    const key = on(callId, connection);
    const calls = { PrimaryCallID: callId, PrimaryDeviceID: connection, SecondaryCallID: 3, SecondaryDeviceID: one };
    const ConnectedParties = [{ ConnectedPartyCallID: callId, ConnectedPartyDeviceID: other }].map((party) => ({
      ...party,
      ConnectedPartyDeviceIDType: 0,
    }));
    const events: Message[] = [
      told('BEGIN_CALL_EVENT', key),
      told('CALL_DELIVERED_EVENT', { ...key, AlertingDeviceID: one, CallingDeviceID: other }),
      told('CALL_ESTABLISHED_EVENT', { ...key, AnsweringDeviceID: one, CallingDeviceID: other }),
      told('CALL_HELD_EVENT', { ...key, HoldingDeviceID: one }),
      told('CALL_RETRIEVED_EVENT', { ...key, RetrievingDeviceID: one }),
      told('CALL_ORIGINATED_EVENT', { ...key, CallingDeviceID: one }),
      told('CALL_CONNECTION_CLEARED_EVENT', { ...key, ReleasingDeviceID: one }),
      told('CALL_CONFERENCED_EVENT', { ...calls, AddedPartyDeviceID: other, ConnectedParties }),
      told('CALL_TRANSFERRED_EVENT', { ...calls, TransferringDeviceID: one, ConnectedParties }),
      told('CALL_DATA_UPDATE_EVENT', { ...key, NewConnectionCallID: 4, NewConnectionDeviceID: other }),
      told('CALL_CLEARED_EVENT', key),
    ];
    return events[kind] ?? told('BEGIN_CALL_EVENT', key);
  });

const anyHistory = fc.array(
  fc.oneof(
    anyCallEvent,
    fc.tuple(anyCallId, anyDevice).map(([id, device]) => end(id, device)),
  ),
  {
    maxLength: 40,
  },
);

describe('in every history of calls', () => {
  it('nobody is on a call once every connection has ended, in whatever order all that came before', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const mirror = watching();
        for (const event of history) mirror.apply(event);
        for (const callId of [1, 2, 3, 4])
          for (const device of [...devices, ...elsewhere]) mirror.apply(end(callId, device));
        expect(agents.map(({ agentId }) => mirror.view(agentId)?.calls)).toEqual([[], [], []]);
        expect(mirror.size.calls).toBe(0);
      }),
    );
  });

  it('an agent is on a call from BEGIN_CALL_EVENT of its own connection until that very connection is reported over', () => {
    const overForOwner = (event: Message): boolean => {
      switch (event.name) {
        case 'END_CALL_EVENT':
        case 'CALL_CLEARED_EVENT':
          return event.ConnectionCallID === 1 && event.ConnectionDeviceID === '3001';
        case 'CALL_CONNECTION_CLEARED_EVENT':
          return event.ConnectionCallID === 1 && event.ReleasingDeviceID === '3001';
        // A transfer, or a new key, ends the connection in its own way; those have their own tests.
        case 'CALL_TRANSFERRED_EVENT':
        case 'CALL_DATA_UPDATE_EVENT':
          return true;
        default:
          return false;
      }
    };
    fc.assert(
      fc.property(anyHistory, (history) => {
        const mirror = watching();
        mirror.apply(told('BEGIN_CALL_EVENT', on(1, '3001')));
        for (const event of history.filter((each) => !overForOwner(each))) mirror.apply(event);
        expect(mirror.view('1001')?.onCall).toBe(true);
      }),
    );
  });

  it('nothing is known after a gap', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, (before, after) => {
        const mirror = watching();
        for (const event of before) mirror.apply(event);
        mirror.forgetAll('cut');
        for (const event of after) mirror.apply(event);
        expect(agents.map(({ agentId }) => mirror.view(agentId))).toEqual([undefined, undefined, undefined]);
        expect(mirror.size.calls).toBe(0);
      }),
    );
  });

  it('a view never changes without being told, and is never told unchanged', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const mirror = watching();
        const lastTold = new Map(agents.map(({ agentId }) => [agentId, JSON.stringify(mirror.view(agentId))]));
        mirror.on('agentChanged', (_, after) => {
          const now = JSON.stringify(after);
          expect(now).not.toBe(lastTold.get(after.agentId));
          lastTold.set(after.agentId, now);
        });
        for (const event of history) {
          mirror.apply(event);
          for (const { agentId } of agents) expect(JSON.stringify(mirror.view(agentId))).toBe(lastTold.get(agentId));
        }
      }),
    );
  });
});
