import { AgentState, CallType } from '#cti-protocol/enumerations';
import { stateEvent, told } from '#cti-client/agents.spec-support';
import { Dialogs } from '#cti-client/dialogs';
import { Mirror } from '#cti-client/mirror';
import { type Message } from '#cti-protocol/messages';
import { type Standing } from '#store/link-call';
import { finesseState } from './finesse-state';
import { Standings } from './standings';

const peripheralId = 5000;

function newStandings() {
  let clock = 1_000;
  const now = (): number => clock++;
  const mirror = new Mirror({ peripheralId });
  const dialogs = new Dialogs(mirror, { peripheralId, now });
  const changes: { before: Standing | undefined; after: Standing }[] = [];
  const standings = new Standings({
    mirror,
    dialogs,
    now,
    changed: (before, after) => changes.push({ before, after }),
  });
  standings.start();
  const tell = (message: Message): void => {
    dialogs.apply(message);
    mirror.apply(message);
  };
  const signIn = (state: number): void => {
    tell(stateEvent('1001', state));
    const ticket = mirror.beginSnapshot('1001');
    if (ticket !== undefined) mirror.completeSnapshot(ticket, []);
  };
  return { mirror, standings, changes, tell, signIn };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const { AVAILABLE, BUSY_OTHER, HOLD, LOGIN, LOGOUT, NOT_READY, RESERVED, TALKING, WORK_NOT_READY, WORK_READY } =
  AgentState;

describe('states as desktops call them', () => {
  it.each([
    [LOGIN, 'NOT_READY'],
    [LOGOUT, 'LOGOUT'],
    [NOT_READY, 'NOT_READY'],
    [AVAILABLE, 'READY'],
    [TALKING, 'TALKING'],
    [HOLD, 'HOLD'],
    [RESERVED, 'RESERVED'],
    [WORK_NOT_READY, 'WORK'],
    [WORK_READY, 'WORK_READY'],
    [BUSY_OTHER, 'UNKNOWN'],
    [99, 'UNKNOWN'],
  ])('AgentState %i is %s', (state, name) => {
    expect(finesseState(state)).toBe(name);
  });
});

describe('the standing of an agent', () => {
  it('is told with what was before, and says since when the state is what it is', () => {
    const { changes, tell, signIn } = newStandings();
    tell(stateEvent('1001', LOGOUT, { reason: 255 }));
    signIn(NOT_READY);
    tell(stateEvent('1001', AVAILABLE));
    expect(changes).toMatchObject([
      { before: undefined, after: { state: 'LOGOUT', reasonCode: 255, extension: undefined, signedOut: true } },
      { before: { state: 'LOGOUT' }, after: { state: 'NOT_READY', extension: '3001', signedOut: false } },
      { before: { state: 'NOT_READY' }, after: { state: 'READY' } },
    ]);
    const times = changes.map(({ after }) => after.changedAt);
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(3);
  });

  it('keeps its time while only something else changes, and shows what comes after the call', () => {
    const { changes, tell, signIn } = newStandings();
    signIn(TALKING);
    tell(stateEvent('1001', TALKING, { next: NOT_READY }));
    const [first, second] = changes.map(({ after }) => after);
    expect([first?.pendingState, second?.pendingState]).toEqual([undefined, 'NOT_READY']);
    expect(second?.changedAt).toBe(first?.changedAt);
  });

  it('begins anew after a gap', () => {
    const { mirror, changes, tell, signIn } = newStandings();
    signIn(NOT_READY);
    mirror.forgetAll('reset');
    tell(stateEvent('1001', LOGOUT));
    expect(changes.at(-1)).toMatchObject({ before: undefined, after: { state: 'LOGOUT' } });
  });

  it('has its calls, told at the end of the turn, and one that ends is gone from it', async () => {
    const { changes, tell, signIn } = newStandings();
    signIn(AVAILABLE);
    changes.length = 0;
    const call = { ConnectionCallID: 77, ConnectionDeviceID: '3001' };
    const ends = { CallingDeviceID: '555', CalledDeviceID: '8005' };
    tell(told('BEGIN_CALL_EVENT', { ...call, CallType: CallType.OTHER_IN }));
    tell(told('CALL_DELIVERED_EVENT', { ...call, ...ends, AlertingDeviceID: '3001' }));
    await turn();
    expect(changes.at(-1)?.after).toMatchObject({
      onCall: true,
      dialogs: [
        {
          id: '77',
          state: 'ALERTING',
          fromAddress: '555',
          toAddress: '8005',
          participants: [
            { mediaAddress: '3001', state: 'ALERTING' },
            { mediaAddress: '555', state: 'INITIATING' },
          ],
        },
      ],
    });
    tell(told('CALL_ESTABLISHED_EVENT', { ...call, ...ends, AnsweringDeviceID: '3001' }));
    tell(told('CALL_HELD_EVENT', { ...call, HoldingDeviceID: '3001' }));
    await turn();
    expect(changes.at(-1)?.after.dialogs).toMatchObject([{ id: '77', state: 'ACTIVE' }]);
    tell(told('CALL_CONNECTION_CLEARED_EVENT', { ...call, ReleasingDeviceID: '3001' }));
    await turn();
    const { before, after } = changes.at(-1) ?? {};
    expect([before?.dialogs.length, after?.dialogs, after?.onCall]).toEqual([1, [], false]);
  });

  it('is told once for a copy of the same event', () => {
    const { changes, tell, signIn } = newStandings();
    signIn(NOT_READY);
    tell(stateEvent('1001', NOT_READY, { skillGroup: 3 }));
    expect(changes).toHaveLength(1);
  });
});
