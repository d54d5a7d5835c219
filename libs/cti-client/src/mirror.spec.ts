import { AgentState } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { stateEvent, told } from './agents.spec-support';
import { type AgentView } from './agent-view';
import { type Connection } from './call-book';
import { PERIPHERAL } from './cti-pair.spec-support';
import { Mirror, type MirrorOptions } from './mirror';

const { AVAILABLE, HOLD, LOGOUT, NOT_READY, RESERVED, TALKING, UNKNOWN, WORK_READY } = AgentState;

const call = (callId: number, deviceId: string): Connection => ({ callId, deviceIdType: 0, deviceId });

/** An agent whose state and calls were told. */
function know(mirror: Mirror, agentId: string, device: string, state: number, calls: Connection[] = []): void {
  mirror.apply(stateEvent(agentId, state, { device }));
  const ticket = mirror.beginSnapshot(agentId);
  if (ticket === undefined) throw new Error(`nothing to ask about ${agentId}`);
  mirror.completeSnapshot(ticket, calls);
}

function newMirror(options: Partial<MirrorOptions> = {}) {
  const mirror = new Mirror({ peripheralId: PERIPHERAL, ...options });
  const changes: string[] = [];
  mirror.on('agentChanged', (before, after) => changes.push(`${brief(before)} → ${brief(after)}`));
  mirror.on('agentUnknown', (before) => changes.push(`${brief(before)} → unknown`));
  return { mirror, changes };
}

/** `2` NOT_READY without a call, `3+1` AVAILABLE with one. */
const brief = (view: AgentView | undefined): string =>
  view === undefined ? '?' : `${view.state}${view.calls.length === 0 ? '' : `+${view.calls.length}`}`;

const on = (callId: number, device: string) => ({
  ConnectionCallID: callId,
  ConnectionDeviceIDType: 0,
  ConnectionDeviceID: device,
});
const begin = (callId: number, device: string): Message => told('BEGIN_CALL_EVENT', on(callId, device));
const end = (callId: number, device: string): Message => told('END_CALL_EVENT', on(callId, device));

describe('an agent is known', () => {
  it('only when its calls were told too: an event tells a state, not the calls from before it', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    expect(mirror.view('1001')).toBeUndefined();
    const ticket = mirror.beginSnapshot('1001');
    mirror.completeSnapshot(ticket!, [call(7, '3001')]);
    expect(mirror.view('1001')).toEqual({
      agentId: '1001',
      state: NOT_READY,
      reasonCode: 0,
      extension: '3001',
      instrument: '3001',
      calls: ['7/0/3001'],
      signedOut: false,
      onCall: true,
    });
  });

  it('without asking for its calls when it is signed out', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', LOGOUT, { reason: 50002, device: undefined }));
    expect(mirror.view('1001')).toMatchObject({ signedOut: true, onCall: false, reasonCode: 50002 });
  });

  it('not when the CTI server itself does not know its state', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', UNKNOWN));
    expect(mirror.view('1001')).toBeUndefined();
  });

  it('no more after it moved to another device, whose calls nobody told', () => {
    const { mirror, changes } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', NOT_READY, { device: '3009' }));
    expect(mirror.view('1001')).toBeUndefined();
    expect(changes).toEqual(['? → 2', '2 → unknown']);
  });

  it('no more after it signed out and in again: its device may have a call (reason 51004)', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1001', NOT_READY));
    expect(mirror.view('1001')).toBeUndefined();
  });

  it('not by a snapshot that was asked for before it signed out and in again', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = mirror.beginSnapshot('1001');
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.completeSnapshot(ticket!, []);
    expect(mirror.view('1001')).toBeUndefined();
  });
});

describe('a gap', () => {
  it('leaves nothing known, and names those who were watched', () => {
    const { mirror } = newMirror();
    const gaps: unknown[] = [];
    mirror.on('gap', (why, watched) => gaps.push([why, watched]));
    know(mirror, '1001', '3001', TALKING, [call(7, '3001')]);
    mirror.apply(stateEvent('1002', LOGOUT, { device: '3002' }));
    mirror.forgetAll('cut');
    expect([mirror.view('1001'), mirror.view('1002')]).toEqual([undefined, undefined]);
    expect(mirror.size).toEqual({ agents: 0, known: 0, calls: 0, snapshots: 0 });
    expect(gaps).toEqual([['cut', ['1001']]]);
  });

  it('forgets the snapshots that are on their way', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.beginSnapshot('1001');
    mirror.forgetAll('cut');
    expect(mirror.size.snapshots).toBe(0);
  });

  it('voids a snapshot that was asked for before it', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = mirror.beginSnapshot('1001');
    mirror.forgetAll('cut');
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.completeSnapshot(ticket!, []);
    expect(mirror.view('1001')).toBeUndefined();
  });
});

describe('states', () => {
  it('of other media routing domains do not touch the voice state', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(stateEvent('1001', LOGOUT, { mrd: 5001 }));
    expect(mirror.view('1001')?.state).toBe(AVAILABLE);
  });

  it('of other peripherals do not touch it either: agent ids repeat there', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(stateEvent('1001', LOGOUT, { peripheral: 5001 }));
    expect(mirror.view('1001')?.state).toBe(AVAILABLE);
  });

  it('told once per skill group are one change', () => {
    const { mirror, changes } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    for (const skillGroup of [1, 2, 3]) mirror.apply(stateEvent('1001', NOT_READY, { reason: 5, skillGroup }));
    expect(changes).toEqual(['? → 3', '3 → 2']);
  });

  it('told again are still told to those who wait for a proof', () => {
    const { mirror } = newMirror();
    const told: unknown[] = [];
    mirror.on('stateTold', (...what) => told.push(what));
    for (let copy = 0; copy < 2; copy++) mirror.apply(stateEvent('1001', NOT_READY, { reason: 5 }));
    expect(told).toEqual([
      ['1001', NOT_READY, 5],
      ['1001', NOT_READY, 5],
    ]);
  });

  it('without an AgentID are those of the agent with that ICMAgentID', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(told('AGENT_STATE_EVENT', { AgentState: NOT_READY, MRDID: 1, ICMAgentID: 5015 }));
    expect(mirror.view('1001')?.state).toBe(NOT_READY);
  });

  it('other than Not Ready and signed out have no reason, whatever the field says', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', WORK_READY, { reason: 7 }));
    expect(mirror.view('1001')?.reasonCode).toBe(0);
  });

  it.each([TALKING, HOLD, RESERVED])('%i is on a call even without a call', (state) => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', state);
    expect(mirror.view('1001')?.onCall).toBe(true);
  });
});

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

describe('a snapshot', () => {
  const asked = () => {
    const made = newMirror();
    made.mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = made.mirror.beginSnapshot('1001');
    return { ...made, ticket: ticket! };
  };

  it('does not hide a call that began after it was asked for', () => {
    const { mirror, ticket } = asked();
    mirror.apply(begin(7, '3001'));
    mirror.completeSnapshot(ticket, []);
    expect(mirror.view('1001')?.calls).toEqual(['7/0/3001']);
  });

  it('does not bring back a call that ended after it was asked for', () => {
    const { mirror, ticket } = asked();
    mirror.apply(end(7, '3001'));
    mirror.completeSnapshot(ticket, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });

  it('heals a call whose end was never told', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY, [call(7, '3001')]);
    expect(mirror.agentsInDoubt()).toEqual(['1001']);
    know(mirror, '1001', '3001', NOT_READY, []);
    expect(mirror.view('1001')?.onCall).toBe(false);
    expect(mirror.agentsInDoubt()).toEqual([]);
  });

  it('is not taken twice', () => {
    const { mirror, ticket } = asked();
    mirror.completeSnapshot(ticket, []);
    mirror.completeSnapshot(ticket, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });

  it('that is never answered leaves what was known', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    const ticket = mirror.beginSnapshot('1001');
    mirror.abandonSnapshot(ticket!);
    mirror.completeSnapshot(ticket!, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });
});

describe('limits', () => {
  it('an agent too many stays unknown', () => {
    const { mirror } = newMirror({ agentsMax: 1 });
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1002', LOGOUT));
    expect(mirror.view('1002')).toBeUndefined();
    expect(mirror.size.agents).toBe(1);
  });

  it('a call too many makes its agent unknown, never free', () => {
    const { mirror, changes } = newMirror({ callsMax: 1 });
    know(mirror, '1001', '3001', NOT_READY);
    know(mirror, '1002', '3002', NOT_READY);
    mirror.apply(begin(7, '3001'));
    mirror.apply(begin(8, '3002'));
    expect(mirror.view('1002')).toBeUndefined();
    expect(mirror.view('1001')?.onCall).toBe(true);
    expect(changes.at(-1)).toBe('2 → unknown');
  });
});
