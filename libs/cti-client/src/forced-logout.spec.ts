import { AgentState } from '#cti-protocol/enumerations';
import { type RequestOutcome } from './agent-desk';
import { ended, forced, newDesk, obey } from './agent-desk.spec-support';
import { told } from './agents.spec-support';
import { settled } from './cti-pair.spec-support';

const { AVAILABLE, LOGOUT, NOT_READY, RESERVED, TALKING, WORK_READY } = AgentState;

describe('a forced sign-out', () => {
  it('is one LOGOUT from Not Ready, forced, with its reason, for agent and device', async () => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    const outcome = await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'confirmed', became: 'loggedOut', reasonCode: 50002, previousState: NOT_READY });
    expect(rig.written).toMatchObject([
      {
        AgentState: LOGOUT,
        EventReasonCode: 255,
        ForcedFlag: 1,
        AgentID: '1001',
        AgentInstrument: '3001',
        AgentPassword: undefined,
        SupervisorID: undefined,
      },
    ]);
  });

  it.each([AVAILABLE, WORK_READY])('sets Not Ready first from state %i, and waits for its event', async (state) => {
    const rig = newDesk(state);
    const outcome = rig.desk.forceLogout('1001', forced());
    rig.server.onSet = (request, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID: request.InvokeID });
    };
    await rig.clock.pass(5_000);
    // The CONF proves nothing: the sign-out has not been written.
    expect(rig.written).toMatchObject([{ AgentState: NOT_READY, EventReasonCode: 20001, ForcedFlag: 0 }]);
    obey(rig, 1);
    rig.tell(NOT_READY, { reason: 20001 });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({
      became: 'loggedOut',
      previousState: state,
    });
    expect(rig.written.map(({ AgentState }) => AgentState)).toEqual([NOT_READY, LOGOUT]);
  });

  it('becomes Not Ready under LOAD 0, by NOT_READY with 50002', async () => {
    const rig = newDesk(AVAILABLE);
    obey(rig, 0);
    const outcome = await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'confirmed', became: 'notReady', reasonCode: 50002, previousState: AVAILABLE });
  });

  it('is not proved by its own Not Ready, carried out after the agent went Not Ready by hand', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = ({ AgentState }) => {
      rig.tell(NOT_READY, { reason: AgentState === NOT_READY ? 0 : 20001 });
    };
    let outcome: RequestOutcome | undefined;
    void rig.desk.forceLogout('1001', forced()).then((result) => (outcome = result));
    await rig.clock.pass(1_000);
    expect(rig.written.map(({ AgentState }) => AgentState)).toEqual([NOT_READY, LOGOUT]);
    expect(outcome).toBeUndefined();
    rig.tell(LOGOUT, { reason: 50002, device: undefined });
    await rig.clock.pass(100);
    expect(outcome).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
  });

  it('is not taken in by copies, per skill group, of the Not Ready before it', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = (request) => {
      if (request.AgentState === NOT_READY) rig.tell(NOT_READY, { reason: 20001, skillGroup: 1 });
      else for (const skillGroup of [2, 3]) rig.tell(NOT_READY, { reason: 20001, skillGroup });
    };
    let outcome: RequestOutcome | undefined;
    void rig.desk.forceLogout('1001', forced()).then((result) => (outcome = result));
    await rig.clock.pass(10_000);
    expect(outcome).toBeUndefined();
    rig.tell(LOGOUT, { reason: 50002 });
    await settled();
    expect(outcome).toMatchObject({ became: 'loggedOut' });
  });

  it('is rejected by a CONTROL_FAILURE_CONF that comes after the CONF', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode: 10112 });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'rejected',
      code: 'CONTROL_FAILURE 22 INVALID_OBJECT_STATE / 10112 CANNOT_LOG_OUT_FROM_THIS_STATE',
      failureCode: 22,
      peripheralErrorCode: 10112,
      onCall: false,
      notReadyCode: null,
    });
  });

  it('that is rejected because a call got in says so', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = ({ InvokeID }, end) => {
      rig.tell(TALKING);
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode: 10112 });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'rejected',
      onCall: true,
    });
  });

  it.each([
    ['CONTROL_FAILURE_CONF 10101', { FailureCode: 22, PeripheralErrorCode: 10101 }],
    ['FAILURE_CONF 9', { Status: 9 }],
  ])('is "already signed out" by %s (race 1)', async (_, failure) => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = ({ InvokeID }, end) => {
      if ('Status' in failure) end.send({ name: 'FAILURE_CONF', InvokeID, Status: failure.Status });
      else end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, ...failure });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'alreadySignedOut',
    });
  });

  it('is "already signed out" without a request when the agent is', async () => {
    const rig = newDesk(LOGOUT);
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'alreadySignedOut',
    });
    expect(rig.written).toEqual([]);
  });

  it('is "already signed out" when somebody signs the agent out while Not Ready is awaited', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = () => {
      rig.tell(LOGOUT);
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'alreadySignedOut',
    });
    expect(rig.written.length).toBe(1);
  });

  it.each([TALKING, RESERVED])('is not sent to an agent on a call (state %i)', async (state) => {
    const rig = newDesk(state);
    const outcome = await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'notSent', why: 'the agent is on a call' });
    expect(rig.written).toEqual([]);
  });

  it('is not sent when a call begins while it waits for its turn', async () => {
    const rig = newDesk(NOT_READY, { requestsPerSecondMax: 1 });
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms), 1_500);
    const outcome = rig.desk.forceLogout('1001', forced());
    await settled();
    const call = { ConnectionCallID: 7, ConnectionDeviceIDType: 0, ConnectionDeviceID: '3001' };
    rig.mirror.apply(told('BEGIN_CALL_EVENT', call));
    expect(await ended(outcome, (ms) => rig.clock.pass(ms), 2_000)).toMatchObject({ kind: 'notSent' });
    expect(rig.written).toEqual([]);
  });

  it('is not sent when the agent moves to another device while it waits for its turn', async () => {
    const rig = newDesk(NOT_READY, { requestsPerSecondMax: 1 });
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms), 1_500);
    const outcome = rig.desk.forceLogout('1001', forced());
    await settled();
    rig.tell(NOT_READY, { device: '3009' });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms), 2_000)).toMatchObject({ kind: 'notSent' });
    expect(rig.written).toEqual([]);
  });

  it('is in doubt when nothing is heard for 20 s after the write', async () => {
    const rig = newDesk(NOT_READY);
    let outcome: RequestOutcome | undefined;
    void rig.desk.forceLogout('1001', forced()).then((result) => (outcome = result));
    await rig.clock.pass(19_900);
    expect(rig.written.length).toBe(1);
    expect(outcome).toBeUndefined();
    await rig.clock.pass(200);
    expect(outcome).toEqual({
      kind: 'inDoubt',
      why: 'LOGOUT was written, then no answer in time',
      notReadyCode: null,
    });
  });

  it('is in doubt when only a CONF is heard', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms), 20_100)).toMatchObject({
      kind: 'inDoubt',
    });
  });

  it('is in doubt when the link is lost after the write', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = (_, end) => {
      end.drop('the network went away');
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'inDoubt',
      why: 'LOGOUT was written, then the link was lost: the network went away',
      notReadyCode: null,
    });
  });

  it('is in doubt when the peripheral goes off line after the write: its event would not come', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = (_, end) => {
      end.peripheral('offline');
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'inDoubt',
    });
  });

  it('is in doubt when the link is lost between Not Ready and the sign-out', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = (_, end) => {
      rig.tell(NOT_READY, { reason: 20001 });
      end.drop();
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'inDoubt',
    });
    expect(rig.written.length).toBe(1);
  });

  it('is held back by a call that gets in between Not Ready and the sign-out: Not Ready took effect, nothing is pending', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = () => {
      rig.tell(NOT_READY, { reason: 20001 });
      rig.tell(RESERVED);
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'rejected',
      onCall: true,
      notReadyCode: 20001,
    });
    expect(rig.written.length).toBe(1);
  });

  it.each([
    ['the sign-out', NOT_READY, LOGOUT, 'loggedOut'],
    ['the Not Ready before it', AVAILABLE, NOT_READY, 'notReady'],
  ] as const)('is pending when a call begins before %s arrives', async (_, state, nextState, pending) => {
    const rig = newDesk(state);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
      rig.tell(TALKING, { next: nextState });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'pending',
      state: pending,
      notReadyCode: null,
    });
    expect(rig.written.length).toBe(1);
  });

  it('says what took effect before the sign-out became pending', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = ({ AgentState: wanted }) => {
      if (wanted === NOT_READY) rig.tell(NOT_READY, { reason: 20001 });
      else rig.tell(TALKING, { next: LOGOUT });
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'pending',
      state: 'loggedOut',
      notReadyCode: 20001,
    });
  });

  it('gives up after two writes when somebody sets the agent ready again', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = () => {
      rig.tell(NOT_READY, { reason: 20001 });
      rig.tell(AVAILABLE);
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'inDoubt',
    });
    expect(rig.written.length).toBe(2);
  });

  it('is not sent when the link is down', async () => {
    const rig = newDesk(NOT_READY);
    rig.pair.end.peripheral('offline');
    expect(await rig.desk.forceLogout('1001', forced())).toMatchObject({ kind: 'notSent' });
  });

  it('asks for leave right before every write, and obeys', async () => {
    const rig = newDesk(AVAILABLE);
    obey(rig, 1);
    const asked: number[] = [];
    const mayStillSend = (): boolean => asked.push(rig.written.length) < 2;
    const outcome = await ended(rig.desk.forceLogout('1001', forced({ mayStillSend })), (ms) => rig.clock.pass(ms));
    expect(asked).toEqual([0, 1]);
    expect(rig.written.length).toBe(1);
    expect(outcome).toMatchObject({ kind: 'inDoubt' });
  });

  it('is not sent when leave is refused before the first write', async () => {
    const rig = newDesk(NOT_READY);
    const outcome = rig.desk.forceLogout('1001', forced({ mayStillSend: () => false }));
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({ kind: 'notSent' });
    expect(rig.written).toEqual([]);
  });

  it('is refused while another change of the same agent is under way', async () => {
    const rig = newDesk(NOT_READY);
    const first = rig.desk.forceLogout('1001', forced());
    expect(await rig.desk.forceNotReady('1001', forced())).toMatchObject({ kind: 'notSent' });
    obey(rig, 1);
    expect(await ended(first, (ms) => rig.clock.pass(ms))).toMatchObject({ kind: 'confirmed' });
    expect(await ended(rig.desk.forceNotReady('1001', forced()), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'alreadySignedOut',
    });
  });

  it('carries a password and a supervisor where they are wanted', async () => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    const request = forced({ password: 'hush', supervisorId: '2001' });
    await ended(rig.desk.forceLogout('1001', request), (ms) => rig.clock.pass(ms));
    expect(rig.written).toMatchObject([{ AgentPassword: 'hush', SupervisorID: '2001' }]);
  });

  it('leaves nothing behind', async () => {
    const rig = newDesk(AVAILABLE);
    obey(rig, 1);
    await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms));
    expect(rig.link.requestsPending).toBe(0);
  });
});
