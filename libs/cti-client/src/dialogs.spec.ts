import { AgentState, CallType, EventCause } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { makeView } from './agent-view';
import { stateEvent, told } from './agents.spec-support';
import { PERIPHERAL } from './cti-pair.spec-support';
import { type Dialog, PARTIES_MAX } from './dialog-book';
import { Dialogs } from './dialogs';
import { Mirror } from './mirror';

const { NOT_READY, LOGOUT } = AgentState;
const callId = 77;
const customer = '5551234';

/** Agents 1001 and 1002 on 3001 and 3002 are watched. `tell` gives an event to both books, as the desk does. */
function newBooks(options: { dialogsMax?: number } = {}) {
  let clock = 1_000;
  const mirror = new Mirror({ peripheralId: PERIPHERAL });
  const dialogs = new Dialogs(mirror, { peripheralId: PERIPHERAL, now: () => clock++, ...options });
  const changed: string[] = [];
  dialogs.on('dialogsChanged', (agentId) => changed.push(agentId));
  const tell = (message: Message): void => {
    dialogs.apply(message);
    mirror.apply(message);
  };
  for (const [agentId, device] of [
    ['1001', '3001'],
    ['1002', '3002'],
  ] as const) {
    tell(stateEvent(agentId, NOT_READY, { device }));
    const ticket = mirror.beginSnapshot(agentId);
    if (ticket !== undefined) mirror.completeSnapshot(ticket, []);
  }
  const of = (agentId: string, device: string): readonly Dialog[] =>
    dialogs.of(
      makeView(
        { agentId, state: NOT_READY, reasonCode: 0, nextState: undefined, extension: device, instrument: device },
        [],
      ),
    );
  /** States of the parties of the first agent's only call. */
  const states = (device = '3001'): Record<string, string> | undefined => {
    const [dialog, ...more] = of('', device);
    expect(more).toEqual([]);
    return dialog && Object.fromEntries(dialog.parties.map((party) => [party.device, party.state]));
  };
  return { mirror, dialogs, tell, of, states, changed };
}

const begin = (device = '3001', fields: object = {}): Message =>
  told('BEGIN_CALL_EVENT', {
    ConnectionCallID: callId,
    ConnectionDeviceID: device,
    CallType: CallType.OTHER_IN,
    ANI: customer,
    ...fields,
  });
const delivered = (device = '3001', fields: object = {}): Message =>
  told('CALL_DELIVERED_EVENT', {
    ConnectionCallID: callId,
    ConnectionDeviceID: device,
    AlertingDeviceID: device,
    CallingDeviceID: customer,
    CalledDeviceID: '8005',
    ...fields,
  });
const established = (device = '3001', fields: object = {}): Message =>
  told('CALL_ESTABLISHED_EVENT', {
    ConnectionCallID: callId,
    ConnectionDeviceID: device,
    AnsweringDeviceID: device,
    CallingDeviceID: customer,
    CalledDeviceID: '8005',
    ...fields,
  });
const cleared = (device = '3001', ConnectionCallID = callId): Message =>
  told('CALL_CONNECTION_CLEARED_EVENT', { ConnectionCallID, ConnectionDeviceID: device, ReleasingDeviceID: device });
const held = (device = '3001'): Message =>
  told('CALL_HELD_EVENT', { ConnectionCallID: callId, ConnectionDeviceID: device, HoldingDeviceID: device });
const retrieved = (device = '3001'): Message =>
  told('CALL_RETRIEVED_EVENT', { ConnectionCallID: callId, ConnectionDeviceID: device, RetrievingDeviceID: device });

const talking = (): ReturnType<typeof newBooks> => {
  const books = newBooks();
  for (const message of [begin(), delivered(), established()]) books.tell(message);
  return books;
};

describe('the dialog of an incoming call', () => {
  it('rings, is answered, held, retrieved and over, with both its ends and the times of each party', () => {
    const { tell, states, of, changed } = newBooks();
    tell(begin());
    expect(of('1001', '3001')).toEqual([]);
    tell(delivered());
    expect(states()).toEqual({ '3001': 'ALERTING', [customer]: 'INITIATING' });
    tell(established());
    expect(states()).toEqual({ '3001': 'ACTIVE', [customer]: 'ACTIVE' });
    tell(held());
    expect(states()).toEqual({ '3001': 'HELD', [customer]: 'ACTIVE' });
    const [dialog] = of('1001', '3001');
    expect(dialog).toMatchObject({ callId, from: customer, to: '8005', startedAt: 1_000 });
    const [own, other] = dialog?.parties ?? [];
    expect(own?.since).toBeGreaterThan(other?.since ?? Infinity);
    tell(retrieved());
    expect(states()).toMatchObject({ '3001': 'ACTIVE' });
    tell(cleared());
    expect(of('1001', '3001')).toEqual([]);
    expect(new Set(changed)).toEqual(new Set(['1001']));
  });

  it('keeps nothing when it is over', () => {
    const { tell, dialogs } = talking();
    tell(cleared());
    tell(told('CALL_CLEARED_EVENT', { ConnectionCallID: callId, ConnectionDeviceID: '3001' }));
    tell(told('END_CALL_EVENT', { ConnectionCallID: callId, ConnectionDeviceID: '3001' }));
    expect(dialogs.size).toBe(0);
  });

  it('ends by the end of the whole call as well', () => {
    const { tell, dialogs, of } = talking();
    tell(told('CALL_CLEARED_EVENT', { ConnectionCallID: callId }));
    expect([dialogs.size, of('1001', '3001')]).toEqual([0, []]);
  });

  it('is not moved by an update of a party’s name, nor by a second telling', () => {
    const { tell, states, changed } = talking();
    tell(held());
    changed.length = 0;
    for (const message of [
      delivered('3001', { EventCause: EventCause.CALL_PARTY_UPDATE_IND }),
      established('3001', { EventCause: EventCause.CALL_PARTY_UPDATE_IND }),
      held(),
    ])
      tell(message);
    expect(states()).toMatchObject({ '3001': 'HELD' });
    expect(changed).toEqual([]);
  });

  it('does not go back because another device rings, and a party leaves it once', () => {
    const { tell, states, of, changed } = talking();
    tell(begin('3002'));
    tell(delivered('3002'));
    expect(states()).toEqual({ '3001': 'ACTIVE', [customer]: 'ACTIVE', '3002': 'ALERTING' });
    tell(cleared('3002'));
    const [dialog] = of('1001', '3001');
    changed.length = 0;
    tell(cleared('3002'));
    expect(of('1001', '3001')).toEqual([dialog]);
    expect(changed).toEqual([]);
  });

  it('that is redirected leaves the device', () => {
    const { tell, of } = newBooks();
    tell(begin());
    tell(delivered());
    tell(told('CALL_DIVERTED_EVENT', { ConnectionCallID: callId, DivertingDeviceID: '3001' }));
    expect(of('1001', '3001')).toEqual([]);
  });
});

describe('the dialog of an outgoing call', () => {
  it('goes from the agent to the customer', () => {
    const { tell, states, of } = newBooks();
    tell(begin('3001', { CallType: CallType.OUT, DialedNumber: customer, ANI: undefined }));
    tell(told('CALL_SERVICE_INITIATED_EVENT', { ConnectionCallID: callId, CallingDeviceID: '3001' }));
    expect(states()).toEqual({ '3001': 'INITIATING' });
    const ends = { CallingDeviceID: '3001', CalledDeviceID: customer };
    tell(told('CALL_ORIGINATED_EVENT', { ConnectionCallID: callId, ConnectionDeviceID: '3001', ...ends }));
    tell(delivered('3001', { ...ends, AlertingDeviceID: customer }));
    expect(states()).toEqual({ '3001': 'INITIATING', [customer]: 'ALERTING' });
    tell(established('3001', { ...ends, AnsweringDeviceID: customer }));
    expect(states()).toEqual({ '3001': 'ACTIVE', [customer]: 'ACTIVE' });
    expect(of('1001', '3001')).toMatchObject([{ from: '3001', to: customer }]);
  });
});

describe('a call of several agents', () => {
  const parties = (...devices: string[]) => ({
    ConnectedParties: devices.map((ConnectedPartyDeviceID) => ({
      ConnectedPartyCallID: callId,
      ConnectedPartyDeviceIDType: 0,
      ConnectedPartyDeviceID,
    })),
  });

  it('is one conference for both, and goes on for the one who stays', () => {
    const { tell, states, of } = talking();
    for (const message of [begin('3002'), delivered('3002'), established('3002')]) tell(message);
    tell(
      told('CALL_CONFERENCED_EVENT', {
        PrimaryCallID: callId,
        SecondaryCallID: callId,
        ControllerDeviceID: '3001',
        AddedPartyDeviceID: '3002',
        ...parties('3001', '3002'),
      }),
    );
    const all = { '3001': 'ACTIVE', '3002': 'ACTIVE', [customer]: 'ACTIVE' };
    expect([states('3001'), states('3002')]).toEqual([all, all]);
    tell(cleared('3001'));
    expect(of('1001', '3001')).toEqual([]);
    expect(states('3002')).toEqual({ ...all, '3001': 'DROPPED' });
  });

  it('that is transferred leaves the one and stays with the other', () => {
    const { tell, states, of } = talking();
    tell(held());
    const consult = { ConnectionCallID: 78 };
    tell(begin('3001', { ...consult, CallType: CallType.CONSULT, ANI: undefined }));
    tell(delivered('3002', { ...consult, CallingDeviceID: '3001', CalledDeviceID: '3002' }));
    tell(established('3002', { ...consult, CallingDeviceID: '3001', CalledDeviceID: '3002' }));
    expect(of('1001', '3001').map((dialog) => dialog.callId)).toEqual([77, 78]);
    tell(
      told('CALL_TRANSFERRED_EVENT', {
        PrimaryCallID: callId,
        SecondaryCallID: 78,
        TransferringDeviceID: '3001',
        TransferredDeviceID: '3002',
        ...parties('3002', customer),
      }),
    );
    expect(of('1001', '3001')).toEqual([]);
    expect(of('1002', '3002').map((dialog) => dialog.callId)).toEqual([77]);
    expect(states('3002')).toEqual({ '3001': 'DROPPED', '3002': 'ACTIVE', [customer]: 'ACTIVE' });
  });

  it('keeps its ends, its age and its parties under a new number', () => {
    const { tell, of, dialogs } = talking();
    const [before] = of('1001', '3001');
    tell(
      told('CALL_DATA_UPDATE_EVENT', {
        ConnectionCallID: callId,
        ConnectionDeviceID: '3001',
        NewConnectionCallID: 90,
        NewConnectionDeviceIDType: 0,
        NewConnectionDeviceID: '3001',
      }),
    );
    expect(of('1001', '3001')).toEqual([{ ...before, callId: 90 }]);
    expect(dialogs.size).toBe(1);
    tell(cleared('3001', 90));
    expect(dialogs.size).toBe(0);
  });
});

describe('dialogs', () => {
  it('are those of watched devices only, on this peripheral', () => {
    const { tell, dialogs } = newBooks();
    tell(begin('4444'));
    tell(delivered('4444'));
    tell(begin('3001', { PeripheralID: PERIPHERAL + 1 }));
    expect(dialogs.size).toBe(0);
  });

  it('end when their agent signs out, and at a gap', () => {
    const books = talking();
    books.tell(stateEvent('1001', LOGOUT));
    expect(books.dialogs.size).toBe(0);
    const others = talking();
    others.mirror.forgetAll('reset');
    expect(others.dialogs.size).toBe(0);
  });

  it('are learned from snapshots where no event told them; events that overtook them stand', () => {
    const { dialogs, mirror, tell, of } = talking();
    tell(held());
    dialogs.applySnapshot('3001', [
      { callId, state: 'ACTIVE' },
      { callId: 91, state: 'ALERTING' },
    ]);
    expect(of('1001', '3001').map((dialog) => [dialog.callId, dialog.parties[0]?.state])).toEqual([
      [77, 'HELD'],
      [91, 'ALERTING'],
    ]);
    expect(dialogs.unnamedOf('3001')).toEqual([91]);
    const conf = told('SNAPSHOT_CALL_CONF', {
      CallType: CallType.OTHER_IN,
      ANI: '555',
      DialedNumber: '8000',
      CallDevices: [
        { ...part('3001'), CallDeviceConnectionState: 3 },
        { ...part('3002'), CallDeviceConnectionState: 4 },
      ],
    });
    if (conf.name === 'SNAPSHOT_CALL_CONF') dialogs.applyCall(91, '3001', conf);
    expect(of('1001', '3001')[1]).toMatchObject({
      from: '555',
      to: '8000',
      parties: [
        { device: '3001', state: 'ALERTING' },
        { device: '3002', state: 'HELD' },
      ],
    });
    dialogs.retain('3001', mirror.callIdsOn('3001'));
    expect(of('1001', '3001').map((dialog) => dialog.callId)).toEqual([77]);
  });

  it('are not brought back by the answer to a question from before they ended', () => {
    const { dialogs, tell, states } = talking();
    for (const message of [begin('3002'), delivered('3002'), cleared('3002')]) tell(message);
    const conf = told('SNAPSHOT_CALL_CONF', {
      CallDevices: [
        { ...part('3001'), CallDeviceConnectionState: 3 },
        { ...part('3002'), CallDeviceConnectionState: 3 },
      ],
    });
    if (conf.name !== 'SNAPSHOT_CALL_CONF') throw new Error('unreachable');
    dialogs.applyCall(callId, '3001', conf);
    expect(states()).toMatchObject({ '3001': 'ACTIVE', '3002': 'DROPPED' });
    tell(cleared('3001'));
    dialogs.applyCall(callId, '3001', conf);
    expect(dialogs.size).toBe(0);
  });

  it('are bounded in number, and each in its parties', () => {
    const { tell, dialogs, of, states } = newBooks({ dialogsMax: 2 });
    for (const ConnectionCallID of [1, 2, 3]) tell(delivered('3001', { ConnectionCallID }));
    expect(dialogs.size).toBe(2);
    expect(of('1001', '3001')).toHaveLength(2);
    tell(cleared('3001', 2));
    for (let party = 0; party < 2 * PARTIES_MAX; party++)
      tell(established('3001', { ConnectionCallID: 1, AnsweringDeviceID: `9${String(party)}` }));
    expect(Object.keys(states() ?? {})).toHaveLength(PARTIES_MAX);
  });
});

const part = (device: string) => ({
  CallConnectionCallID: 91,
  CallConnectionDeviceIDType: 0,
  CallConnectionDeviceID: device,
  CallDeviceType: 0,
  CallDeviceID: device,
});
