import { AgentState } from '#cti-protocol/enumerations';
import { stateEvent, told } from './agents.spec-support';
import { type Mirror } from './mirror';
import { begin, end, know, newMirror, on } from './mirror.spec-support';

const { AVAILABLE, HOLD, LOGOUT, NOT_READY, TALKING } = AgentState;

describe('calls of the agent’s device', () => {
  const watched = (state: number = NOT_READY) => {
    const made = newMirror();
    know(made.mirror, '1001', '3001', state);
    return made;
  };
  const callsOf = (mirror: Mirror, agentId = '1001'): readonly string[] => mirror.view(agentId)?.calls ?? ['unknown'];

  it('begin and end: a non-ACD call holds an agent who is Not Ready', () => {
    const { mirror, changes } = watched();
    mirror.apply(begin(7, '3001'));
    expect(mirror.view('1001')?.onCall).toBe(true);
    mirror.apply(end(7, '3001'));
    expect(mirror.view('1001')?.onCall).toBe(false);
    expect(changes).toEqual(['? → 2', '2 → 2+1', '2+1 → 2']);
  });

  it.each([
    ['delivered', 'CALL_DELIVERED_EVENT', { AlertingDeviceID: '3001' }],
    ['delivered from it', 'CALL_DELIVERED_EVENT', { CallingDeviceID: '3001' }],
    ['established', 'CALL_ESTABLISHED_EVENT', { AnsweringDeviceID: '3001' }],
    ['held', 'CALL_HELD_EVENT', { HoldingDeviceID: '3001' }],
    ['retrieved', 'CALL_RETRIEVED_EVENT', { RetrievingDeviceID: '3001' }],
    ['originated', 'CALL_ORIGINATED_EVENT', { CallingDeviceID: '3001' }],
    ['off hook', 'CALL_SERVICE_INITIATED_EVENT', { CallingDeviceID: '3001' }],
  ] as const)('are found by the device that an event names, not only by the connection: %s', (_, name, fields) => {
    const { mirror } = watched();
    mirror.apply(told(name, { ...on(7, 'trunk'), ...fields }));
    expect(callsOf(mirror)).toEqual(['7/0/trunk']);
    mirror.apply(end(7, 'trunk'));
    expect(callsOf(mirror)).toEqual([]);
  });

  it.each(['CALL_REACHED_NETWORK_EVENT', 'CALL_FAILED_EVENT'] as const)('%s is a call too', (name) => {
    const { mirror } = watched();
    mirror.apply(told(name, on(7, '3001')));
    expect(callsOf(mirror)).toEqual(['7/0/3001']);
  });

  it('are not those which merely called it, in a queue or forwarded elsewhere', () => {
    const { mirror } = watched();
    mirror.apply(told('CALL_QUEUED_EVENT', { ...on(7, 'queue'), CalledDeviceID: '3001', CallingDeviceID: '555' }));
    mirror.apply(told('CALL_DELIVERED_EVENT', { ...on(8, '3009'), AlertingDeviceID: '3009', CalledDeviceID: '3001' }));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('are not opened by a party update or by call data after the end', () => {
    const { mirror } = watched();
    mirror.apply(told('CALL_ESTABLISHED_EVENT', { ...on(7, '3001'), AnsweringDeviceID: '3001', EventCause: 50 }));
    mirror.apply(told('CALL_DATA_UPDATE_EVENT', { ...on(7, '3001'), NewConnectionCallID: 0xffffffff }));
    expect(callsOf(mirror)).toEqual([]);
  });

  it.each(['CALL_CLEARED_EVENT', 'END_CALL_EVENT'] as const)('end with %s', (name) => {
    const { mirror } = watched();
    mirror.apply(begin(7, '3001'));
    mirror.apply(told(name, on(7, '3001')));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('end for the device that drops, not for one that stays', () => {
    const { mirror } = watched();
    mirror.apply(begin(7, '3001'));
    mirror.apply(told('CALL_CONNECTION_CLEARED_EVENT', { ...on(7, '3001'), ReleasingDeviceID: '5551234' }));
    expect(callsOf(mirror)).toEqual(['7/0/3001']);
    mirror.apply(told('CALL_CONNECTION_CLEARED_EVENT', { ...on(7, '3001'), ReleasingDeviceID: '3001' }));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('end for a device that is diverted away', () => {
    const { mirror } = watched();
    mirror.apply(begin(7, '3001'));
    mirror.apply(told('CALL_DIVERTED_EVENT', { ...on(7, '3001'), DivertingDeviceID: '3001' }));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('are counted one by one: the end of one leaves the other', () => {
    const { mirror } = watched(HOLD);
    mirror.apply(begin(7, '3001'));
    mirror.apply(begin(8, '3001'));
    mirror.apply(end(7, '3001'));
    expect(callsOf(mirror)).toEqual(['8/0/3001']);
  });

  it('that share a ConnectionCallID are two: another agent’s end does not end ours', () => {
    const { mirror } = watched(TALKING);
    mirror.apply(begin(7, '3001'));
    mirror.apply(begin(7, '3002'));
    mirror.apply(end(7, '3002'));
    expect(callsOf(mirror)).toEqual(['7/0/3001']);
  });

  it('that differ in the type of the connection are two', () => {
    const { mirror } = watched(TALKING);
    mirror.apply(begin(7, '3001'));
    mirror.apply(told('BEGIN_CALL_EVENT', { ...on(7, '3001'), ConnectionDeviceIDType: 1 }));
    mirror.apply(end(7, '3001'));
    expect(callsOf(mirror)).toEqual(['7/1/3001']);
  });

  it('of another peripheral are none of ours', () => {
    const { mirror } = watched();
    mirror.apply(told('BEGIN_CALL_EVENT', { ...on(7, '3001'), PeripheralID: 5001 }));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('keep their agent when the call gets a new key', () => {
    const { mirror } = watched(TALKING);
    mirror.apply(begin(7, '3001'));
    mirror.apply(
      told('CALL_DATA_UPDATE_EVENT', {
        ...on(7, '3001'),
        NewConnectionCallID: 9,
        NewConnectionDeviceIDType: 0,
        NewConnectionDeviceID: '3001',
      }),
    );
    expect(callsOf(mirror)).toEqual(['9/0/3001']);
    mirror.apply(end(9, '3001'));
    expect(callsOf(mirror)).toEqual([]);
  });

  it.each([0, 0xffffffff])('keep their key when call data comes without a new one (%i)', (NewConnectionCallID) => {
    const { mirror } = watched(TALKING);
    mirror.apply(begin(7, '3001'));
    mirror.apply(told('CALL_DATA_UPDATE_EVENT', { ...on(7, '3001'), NewConnectionCallID }));
    expect(callsOf(mirror)).toEqual(['7/0/3001']);
  });

  it('free the caller of an inside call who hangs up, while the called agent’s connection goes on', () => {
    const { mirror } = watched();
    mirror.apply(begin(7, '3001'));
    mirror.apply(told('CALL_DELIVERED_EVENT', { ...on(7, '3009'), AlertingDeviceID: '3009', CallingDeviceID: '3001' }));
    expect(callsOf(mirror)).toEqual(['7/0/3001', '7/0/3009']);
    mirror.apply(end(7, '3001'));
    expect(callsOf(mirror)).toEqual([]);
  });

  it('follow a call that moves to the device with its new key', () => {
    const { mirror } = watched();
    mirror.apply(
      told('CALL_DATA_UPDATE_EVENT', { ...on(7, 'trunk'), NewConnectionCallID: 7, NewConnectionDeviceID: '3001' }),
    );
    expect(callsOf(mirror)).toEqual(['7/0/3001']);
  });

  const consult = (mirror: Mirror): void => {
    know(mirror, '1002', '3002', AVAILABLE);
    mirror.apply(begin(7, '3001'));
    mirror.apply(begin(8, '3001'));
    mirror.apply(begin(8, '3002'));
  };
  const parties = (...devices: string[]) =>
    devices.map((ConnectedPartyDeviceID) => ({
      ConnectedPartyCallID: 7,
      ConnectedPartyDeviceIDType: 0,
      ConnectedPartyDeviceID,
    }));
  const bothCalls = { PrimaryCallID: 7, PrimaryDeviceID: '3001', SecondaryCallID: 8, SecondaryDeviceID: '3001' };

  it('in a conference are everybody’s until each one drops', () => {
    const { mirror } = watched(TALKING);
    consult(mirror);
    mirror.apply(
      told('CALL_CONFERENCED_EVENT', {
        ...bothCalls,
        ControllerDeviceID: '3001',
        AddedPartyDeviceID: '3002',
        ConnectedParties: parties('3001', '3002', '5551234'),
      }),
    );
    mirror.apply(end(8, '3001'));
    mirror.apply(end(8, '3002'));
    expect(callsOf(mirror, '1001')).toEqual(['7/0/3001']);
    expect(callsOf(mirror, '1002')).toEqual(['7/0/3001']);
    mirror.apply(told('CALL_CONNECTION_CLEARED_EVENT', { ...on(7, '3002'), ReleasingDeviceID: '3002' }));
    expect(callsOf(mirror, '1002')).toEqual([]);
    expect(callsOf(mirror, '1001')).toEqual(['7/0/3001']);
  });

  it('that were transferred are the other agent’s, and the transferring one is free at once', () => {
    const { mirror } = watched(TALKING);
    consult(mirror);
    mirror.apply(
      told('CALL_TRANSFERRED_EVENT', {
        ...bothCalls,
        TransferringDeviceID: '3001',
        TransferredDeviceID: '3002',
        ConnectedParties: parties('3002', '5551234'),
      }),
    );
    expect(callsOf(mirror, '1001')).toEqual([]);
    expect(callsOf(mirror, '1002')).not.toEqual([]);
    mirror.apply(end(7, '3001'));
    mirror.apply(end(8, '3001'));
    // The other agent's own connection is still there.
    expect(callsOf(mirror, '1002')).toEqual(['8/0/3002']);
    mirror.apply(end(8, '3002'));
    expect(callsOf(mirror, '1002')).toEqual([]);
  });

  it('are nobody’s concern once the agent signed out, though they go on (LOAD 1)', () => {
    const { mirror } = watched(TALKING);
    mirror.apply(begin(7, '3001'));
    mirror.apply(stateEvent('1001', LOGOUT, { reason: 50002 }));
    expect(mirror.view('1001')).toMatchObject({ signedOut: true, onCall: false, calls: [] });
    expect(mirror.size.calls).toBe(0);
  });

  it('are not kept for devices that nobody asked about', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', TALKING));
    mirror.apply(begin(7, '3001'));
    expect(mirror.size.calls).toBe(0);
  });
});
