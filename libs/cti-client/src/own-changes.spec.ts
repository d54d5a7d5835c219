import { AgentState } from '#cti-protocol/enumerations';
import { ended, newDesk, obey } from './agent-desk.spec-support';

const { AVAILABLE, LOGIN, LOGOUT, NOT_READY, TALKING } = AgentState;

type Rig = ReturnType<typeof newDesk>;

const may = { mayStillSend: () => true };

const signIn = (rig: Rig, extension = '3001', ms = 100) =>
  ended(rig.desk.own.signIn('1001', { ...may, extension, password: 'secret' }), (passed) => rig.clock.pass(passed), ms);

const setState = (rig: Rig, state: number, reasonCode = 0, ms = 100) =>
  ended(rig.desk.own.setState('1001', { ...may, state, reasonCode }), (passed) => rig.clock.pass(passed), ms);

const signOut = (rig: Rig, reasonCode = 7, ms = 100) =>
  ended(rig.desk.own.signOut('1001', { ...may, reasonCode }), (passed) => rig.clock.pass(passed), ms);

/** A server that signs agents in on the device that is asked for: LOGIN is told, then Not Ready. */
function admit(rig: Rig): void {
  rig.server.onSet = ({ InvokeID, AgentInstrument: device }, end) => {
    end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
    rig.agent.device = device ?? '';
    rig.tell(LOGIN, { device });
    rig.tell(NOT_READY, { device });
  };
}

function refuse(rig: Rig, FailureCode: number, PeripheralErrorCode = 0): void {
  rig.server.onSet = ({ InvokeID }, end) => {
    end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode, PeripheralErrorCode });
  };
}

describe('a sign-in', () => {
  it('is one LOGIN on the extension with the password, and done when an event says that the agent is there', async () => {
    const rig = newDesk(LOGOUT);
    admit(rig);
    expect(await signIn(rig, '3055')).toMatchObject({
      kind: 'done',
      view: { state: NOT_READY, extension: '3055', signedOut: false, onCall: false },
    });
    expect(rig.written).toMatchObject([
      { AgentState: LOGIN, AgentID: '1001', AgentInstrument: '3055', AgentPassword: 'secret', ForcedFlag: 0 },
    ]);
  });

  it('is not proved by LOGIN alone, nor by a late copy of the sign-out before it', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = () => {
      rig.tell(LOGOUT);
      rig.tell(LOGIN);
    };
    let isOver = false;
    const outcome = rig.desk.own.signIn('1001', { ...may, extension: '3001' }).finally(() => (isOver = true));
    await rig.clock.pass(5_000);
    expect(isOver).toBe(false);
    rig.tell(AVAILABLE);
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'done',
      view: { state: AVAILABLE },
    });
  });

  it('of an agent that is signed in on that extension is done, keeps its state and writes nothing', async () => {
    const rig = newDesk(AVAILABLE);
    expect(await signIn(rig)).toMatchObject({ kind: 'done', view: { state: AVAILABLE } });
    expect(rig.written).toEqual([]);
  });

  it('of an agent that is signed in on another extension is refused and writes nothing', async () => {
    const rig = newDesk(AVAILABLE);
    expect(await signIn(rig, '3002')).toEqual({
      kind: 'rejected',
      code: 'CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON',
      peripheralErrorCode: 0,
      sentence: 'Agent 1001 is signed in on 3001 already.',
    });
    expect(rig.written).toEqual([]);
  });

  it.each([
    [260, 12005, 'CF_INVALID_LOGON_DEVICE_SPECIFIED'],
    [258, 0, 'CF_INVALID_AGENT_ID_OR_PASSWORD_SPECIFIED'],
  ])('is refused as the CTI server refuses it: failure %i', async (failureCode, peripheralErrorCode, code) => {
    const rig = newDesk(LOGOUT);
    refuse(rig, failureCode, peripheralErrorCode);
    expect(await signIn(rig)).toMatchObject({ kind: 'rejected', code, peripheralErrorCode });
  });

  it('is refused by a FAILURE_CONF with the name of its status', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'FAILURE_CONF', InvokeID, Status: 6 });
    };
    expect(await signIn(rig)).toMatchObject({ kind: 'rejected', code: 'E_CTI_REQUIRED_DATA_MISSING' });
  });

  it('that the CTI server calls a second one is done when it is on the same extension: our mirror was behind', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = ({ InvokeID }, end) => {
      rig.agent.state = AVAILABLE;
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 259, PeripheralErrorCode: 0 });
    };
    expect(await signIn(rig)).toMatchObject({ kind: 'done', view: { state: AVAILABLE } });
  });

  it('is written for an agent who was signed out a moment ago, of which our mirror has not been told yet', async () => {
    const rig = newDesk(NOT_READY);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    // By the other side's link.
    rig.agent.state = LOGOUT;
    rig.server.onSet = () => {
      rig.agent.state = NOT_READY;
      rig.tell(NOT_READY);
    };
    expect(await signIn(rig)).toMatchObject({ kind: 'done' });
    expect(rig.written).toMatchObject([{ AgentState: 0 }]);
  });

  it('that somebody else makes on another extension at the same moment is refused', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = () => {
      rig.agent.device = '3009';
      rig.tell(NOT_READY, { device: '3009' });
    };
    expect(await signIn(rig)).toMatchObject({ kind: 'rejected', code: 'CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON' });
  });

  it('that is undone at the same moment is refused', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = () => {
      rig.tell(NOT_READY);
      rig.tell(LOGOUT, { reason: 999 });
    };
    expect(await signIn(rig)).toMatchObject({ kind: 'rejected', code: 'CF_INVALID_OBJECT_STATE' });
  });

  it('of an agent that the CTI server does not know is refused', async () => {
    const rig = newDesk(LOGOUT);
    const outcome = rig.desk.own.signIn('9999', { ...may, extension: '3001' });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'rejected',
      code: 'CF_INVALID_AGENT_ID_SPECIFIED',
    });
  });

  it('without an answer is in doubt, and settled by asking: done', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = () => (rig.agent.state = NOT_READY);
    expect(await signIn(rig, '3001', 20_100)).toMatchObject({ kind: 'done', view: { state: NOT_READY } });
  });

  it('without an answer is in doubt, and settled by asking: it did not happen', async () => {
    const rig = newDesk(LOGOUT);
    expect(await signIn(rig, '3001', 20_100)).toEqual({
      kind: 'rejected',
      code: 'CF_REQUEST_TIMEOUT_REJECTION',
      peripheralErrorCode: 0,
      sentence: 'LOGIN was written, then no answer in time; asked again, the agent is LOGOUT.',
    });
  });

  it('stays in doubt when the link is lost', async () => {
    const rig = newDesk(LOGOUT);
    rig.server.onSet = (_, end) => {
      end.peripheral('offline');
    };
    expect(await signIn(rig, '3001', 20_100)).toMatchObject({ kind: 'inDoubt' });
  });

  it('is not written when it is withdrawn, nor when the link is out of service', async () => {
    const rig = newDesk(LOGOUT);
    const withdrawn = rig.desk.own.signIn('1001', { mayStillSend: () => false, extension: '3001' });
    expect(await ended(withdrawn, (ms) => rig.clock.pass(ms))).toMatchObject({ kind: 'notSent' });
    rig.pair.end.peripheral('offline');
    expect(await signIn(rig)).toMatchObject({ kind: 'notSent' });
    expect(rig.written).toEqual([]);
  });

  it('follows upon a change of the same agent that is under way', async () => {
    const rig = newDesk(LOGOUT);
    const first = rig.desk.own.signIn('1001', { ...may, extension: '3001' });
    const second = rig.desk.own.signIn('1001', { ...may, extension: '3001' });
    await rig.clock.pass(100);
    expect(rig.written).toHaveLength(1);
    rig.tell(NOT_READY);
    expect(await ended(Promise.all([first, second]), (ms) => rig.clock.pass(ms))).toMatchObject([
      { kind: 'done' },
      { kind: 'done' },
    ]);
    expect(rig.written).toHaveLength(1);
  });
});

describe('a change of state', () => {
  it('to Ready is done when the event says so', async () => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    expect(await setState(rig, AVAILABLE)).toMatchObject({ kind: 'done', view: { state: AVAILABLE } });
  });

  it('to Not Ready with another reason is written, and not proved by a copy with the old one', async () => {
    const rig = newDesk(NOT_READY);
    let isOver = false;
    const outcome = rig.desk.own
      .setState('1001', { ...may, state: NOT_READY, reasonCode: 5 })
      .finally(() => (isOver = true));
    await rig.clock.pass(100);
    rig.tell(NOT_READY, { reason: 3, skillGroup: 2 });
    await rig.clock.pass(1_000);
    expect(isOver).toBe(false);
    rig.tell(NOT_READY, { reason: 5 });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({ kind: 'done', view: { reasonCode: 5 } });
    expect(await setState(rig, NOT_READY, 5)).toMatchObject({ kind: 'done' });
    expect(rig.written).toHaveLength(1);
  });

  it('during a call is done as soon as the CTI server has noted it, and shown as what comes next', async () => {
    const rig = newDesk(TALKING);
    rig.server.onSet = () => {
      rig.tell(TALKING, { next: NOT_READY });
    };
    expect(await setState(rig, NOT_READY, 4)).toMatchObject({
      kind: 'done',
      view: { state: TALKING, nextState: NOT_READY, onCall: true },
    });
    rig.tell(NOT_READY, { reason: 4 });
    expect(rig.mirror.view('1001')).toMatchObject({ state: NOT_READY, nextState: undefined });
  });

  it('during a call of which nothing is heard stays in doubt: it may be noted', async () => {
    const rig = newDesk(TALKING);
    expect(await setState(rig, AVAILABLE, 0, 20_100)).toEqual({
      kind: 'inDoubt',
      why: 'AVAILABLE was written, then no answer in time; the agent is on a call',
    });
  });

  it('of an agent whom somebody signs out instead is refused', async () => {
    const rig = newDesk(NOT_READY);
    rig.server.onSet = () => {
      rig.tell(LOGOUT);
    };
    expect(await setState(rig, AVAILABLE)).toMatchObject({
      code: 'CF_INVALID_OBJECT_STATE',
      peripheralErrorCode: 10101,
    });
  });
});

describe('a sign-out by the agent', () => {
  it('is one LOGOUT, unforced, with its reason', async () => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    expect(await signOut(rig)).toMatchObject({ kind: 'done', view: { signedOut: true } });
    expect(rig.written).toMatchObject([
      { AgentState: LOGOUT, EventReasonCode: 7, ForcedFlag: 0, AgentInstrument: '3001' },
    ]);
  });

  it('from Ready is refused where the CTI server refuses it: Not Ready is not asked for by us', async () => {
    const rig = newDesk(AVAILABLE);
    refuse(rig, 22, 10112);
    expect(await signOut(rig)).toEqual({
      kind: 'rejected',
      code: 'CF_INVALID_OBJECT_STATE',
      peripheralErrorCode: 10112,
      sentence:
        'The CTI server refused: CONTROL_FAILURE 22 INVALID_OBJECT_STATE / 10112 CANNOT_LOG_OUT_FROM_THIS_STATE.',
    });
    expect(rig.written).toHaveLength(1);
  });

  it('during a call is done when it is noted for its end', async () => {
    const rig = newDesk(TALKING);
    rig.server.onSet = () => {
      rig.tell(TALKING, { next: LOGOUT });
    };
    expect(await signOut(rig)).toMatchObject({ kind: 'done', view: { state: TALKING, nextState: LOGOUT } });
  });

  it('of an agent who is signed out is done, even where only the CTI server knows it', async () => {
    const rig = newDesk(LOGOUT);
    expect(await signOut(rig)).toMatchObject({ kind: 'done' });
    const behind = newDesk(NOT_READY);
    behind.server.onSet = ({ InvokeID }, end) => {
      behind.agent.state = LOGOUT;
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode: 10101 });
    };
    expect(await signOut(behind)).toMatchObject({ kind: 'done', view: { signedOut: true } });
  });
});
