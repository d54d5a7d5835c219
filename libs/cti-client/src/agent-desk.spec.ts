import { AgentState } from '#cti-protocol/enumerations';
import { type Message, type MessageOf } from '#cti-protocol/messages';
import { pino } from 'pino';
import { AgentDesk, type ForcedChangeRequest, type RequestOutcome } from './agent-desk';
import { answerQuestions, type FakeAgent, stateDraft, type StateFields, told } from './agents.spec-support';
import { linkInService, PERIPHERAL, type ServerEnd, settled } from './cti-pair.spec-support';
import { type LinkOptions } from './link-options';
import { Mirror } from './mirror';

const { AVAILABLE, LOGOUT, NOT_READY, RESERVED, TALKING, UNKNOWN, WORK_READY } = AgentState;

type SetRequest = MessageOf<'SET_AGENT_STATE_REQ'>;

/** A desk in service; agent 1001 is on extension 3001, in `state`. `onSet` plays the server for SET_AGENT_STATE_REQ. */
function newDesk(state: number, options: Partial<LinkOptions> = {}) {
  const rig = linkInService({ heartbeatMs: 60_000, ...options });
  const mirror = new Mirror({ peripheralId: PERIPHERAL });
  const desk = new AgentDesk(rig.link, mirror, { log: pino({ level: 'silent' }) });
  const agent: FakeAgent = { state, device: '3001', calls: [] };
  const written: SetRequest[] = [];
  const server: { onSet: (request: SetRequest, end: ServerEnd) => void } = { onSet: () => undefined };
  answerQuestions(rig.pair, { '1001': agent }, (message, end) => {
    if (message.name !== 'SET_AGENT_STATE_REQ') return;
    written.push(message);
    server.onSet(message, end);
  });
  const tell = (newState: number, fields: StateFields = {}): void => {
    agent.state = newState;
    rig.pair.end.send(stateDraft('1001', newState, fields));
  };
  return { ...rig, mirror, desk, agent, written, server, tell };
}

const forced = (changes: Partial<ForcedChangeRequest> = {}): ForcedChangeRequest => ({
  reasonCode: 255,
  notReadyReasonCode: 20001,
  mayStillSend: () => true,
  ...changes,
});

/** What `promise` came to after some time; fails at once when it did not come to anything. */
async function ended<T>(promise: Promise<T>, pass: (ms: number) => Promise<void>, ms = 100): Promise<T> {
  await pass(ms);
  const late = settled().then((): never => {
    throw new Error(`nothing came of it within ${ms} ms`);
  });
  return Promise.race([promise, late]);
}

/** A server that obeys, as UCCE with LOAD 0 or 1 does. */
function obey(rig: ReturnType<typeof newDesk>, load: 0 | 1): void {
  rig.server.onSet = (request, end) => {
    end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID: request.InvokeID });
    const isLogout = request.AgentState === LOGOUT;
    if (!isLogout) rig.tell(request.AgentState, { reason: request.EventReasonCode });
    else if (load === 1) rig.tell(LOGOUT, { reason: 50002, device: undefined });
    else rig.tell(NOT_READY, { reason: 50002 });
  };
}

describe('looking at an agent', () => {
  it('asks for its state on the voice domain and for the calls of its device, and knows it then', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    const answer = await ended(desk.look('1001'), (ms) => clock.pass(ms));
    expect(answer).toMatchObject({ kind: 'known', view: { state: NOT_READY, onCall: false } });
    expect(pair.end.last('QUERY_AGENT_STATE_REQ')).toMatchObject({
      AgentID: '1001',
      MRDID: 1,
      PeripheralID: PERIPHERAL,
    });
    expect(pair.end.last('SNAPSHOT_DEVICE_REQ')).toMatchObject({ AgentInstrument: '3001', SnapshotDeviceType: 76 });
    await ended(desk.look('1001'), (ms) => clock.pass(ms));
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(1);
    await ended(desk.ask('1001'), (ms) => clock.pass(ms));
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(2);
  });

  it('asks again after every gap', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    await ended(desk.look('1001'), (ms) => clock.pass(ms));
    pair.end.peripheral('offline');
    expect(await desk.look('1001')).toMatchObject({ kind: 'unavailable' });
    pair.end.peripheral('online');
    await ended(desk.look('1001'), (ms) => clock.pass(ms));
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(2);
  });

  it('shares one enquiry among those who ask at once', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    await ended(Promise.all([desk.look('1001'), desk.ask('1001'), desk.look('1001')]), (ms) => clock.pass(ms));
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(1);
  });

  it('sees calls that are open', async () => {
    const { desk, agent, clock } = newDesk(NOT_READY);
    agent.calls.push({ callId: 7, device: '3001' });
    expect(await ended(desk.look('1001'), (ms) => clock.pass(ms))).toMatchObject({ view: { onCall: true } });
  });

  it('asks for no calls of an agent who is signed out', async () => {
    const { desk, pair, clock } = newDesk(LOGOUT);
    expect(await ended(desk.look('1001'), (ms) => clock.pass(ms))).toMatchObject({ view: { signedOut: true } });
    expect(pair.end.count('SNAPSHOT_DEVICE_REQ')).toBe(0);
  });

  it('tells an unknown agent from one that cannot be asked about', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    expect(await ended(desk.look('9999'), (ms) => clock.pass(ms))).toEqual({ kind: 'unknownAgent' });
    pair.onMessage = () => undefined;
    expect(await ended(desk.look('1002'), (ms) => clock.pass(ms), 20_100)).toMatchObject({
      kind: 'unavailable',
      why: 'no answer in time',
    });
  });

  it('takes "not logged on" for signed out', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    pair.onMessage = (message, end) => {
      if (message.name === 'QUERY_AGENT_STATE_REQ')
        end.send({ name: 'FAILURE_CONF', InvokeID: message.InvokeID, Status: 9 });
    };
    expect(await ended(desk.look('1001'), (ms) => clock.pass(ms))).toMatchObject({ view: { signedOut: true } });
  });

  it('cannot tell when the CTI server itself does not know the state', async () => {
    const { desk, clock } = newDesk(UNKNOWN);
    expect(await ended(desk.look('1001'), (ms) => clock.pass(ms))).toEqual({
      kind: 'unavailable',
      why: 'the CTI server does not know the state of this agent',
    });
  });

  it('cannot tell when the calls are not told: half an answer is none', async () => {
    const { desk, pair, clock, mirror } = newDesk(NOT_READY);
    const answer = pair.onMessage;
    pair.onMessage = (message, end) => {
      if (message.name === 'SNAPSHOT_DEVICE_REQ')
        end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID: message.InvokeID, FailureCode: 12, PeripheralErrorCode: 0 });
      else answer(message, end);
    };
    expect(await ended(desk.look('1001'), (ms) => clock.pass(ms))).toMatchObject({
      kind: 'unavailable',
      why: 'CONTROL_FAILURE 12 INVALID_CSTA_DEVICE_IDENTIFIER / 0',
    });
    expect(mirror.view('1001')).toBeUndefined();
    expect(mirror.size.snapshots).toBe(0);
  });

  it('refuses an agent id that no field can carry, and sends nothing', async () => {
    const { desk, pair, clock } = newDesk(NOT_READY);
    expect(await ended(desk.look('0123456789012'), (ms) => clock.pass(ms))).toMatchObject({ kind: 'unavailable' });
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(0);
  });
});

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
    expect(outcome).toEqual({ kind: 'inDoubt', why: 'LOGOUT was written, then no answer in time' });
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

  it('is in doubt when a call gets in between Not Ready and the sign-out: the Not Ready was written', async () => {
    const rig = newDesk(AVAILABLE);
    rig.server.onSet = () => {
      rig.tell(NOT_READY, { reason: 20001 });
      rig.tell(RESERVED);
    };
    expect(await ended(rig.desk.forceLogout('1001', forced()), (ms) => rig.clock.pass(ms))).toMatchObject({
      kind: 'inDoubt',
    });
    expect(rig.written.length).toBe(1);
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

describe('other changes', () => {
  it('Not Ready is one write, proved by its event', async () => {
    const rig = newDesk(AVAILABLE);
    obey(rig, 1);
    const request = forced({ reasonCode: 20001 });
    const outcome = await ended(rig.desk.forceNotReady('1001', request), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'confirmed', became: 'notReady', reasonCode: 20001, previousState: AVAILABLE });
    expect(rig.written).toMatchObject([{ AgentState: NOT_READY, EventReasonCode: 20001, ForcedFlag: 0 }]);
  });

  it('Not Ready of an agent who is Not Ready is done without a write', async () => {
    const rig = newDesk(NOT_READY);
    const outcome = await ended(rig.desk.forceNotReady('1001', forced()), (ms) => rig.clock.pass(ms));
    expect(outcome).toMatchObject({ kind: 'confirmed', became: 'notReady', previousState: NOT_READY });
    expect(rig.written).toEqual([]);
  });

  it('Ready can be given back', async () => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    const request = { state: AVAILABLE, reasonCode: 0, mayStillSend: () => true };
    expect(await ended(rig.desk.setState('1001', request), (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'confirmed',
      state: AVAILABLE,
      reasonCode: 0,
      previousState: NOT_READY,
    });
  });
});

describe('settling a doubt', () => {
  it.each([
    [LOGOUT, { kind: 'loggedOut', reasonCode: 0 }],
    [NOT_READY, { kind: 'notReady', reasonCode: 0 }],
    [AVAILABLE, { kind: 'signedIn', state: AVAILABLE, onCall: false }],
    [TALKING, { kind: 'signedIn', state: TALKING, onCall: true }],
  ])('asks the CTI server, never the mirror: state %i', async (state, expected) => {
    const rig = newDesk(WORK_READY);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.agent.state = state;
    expect(await ended(rig.desk.settleDoubt('1001'), (ms) => rig.clock.pass(ms))).toEqual(expected);
  });

  it('says when it cannot be settled yet', async () => {
    const rig = newDesk(NOT_READY);
    rig.pair.end.peripheral('offline');
    expect(await rig.desk.settleDoubt('1001')).toMatchObject({ kind: 'unavailable' });
  });
});

describe('being reminded', () => {
  const queries = (messages: readonly Message[]): number =>
    messages.filter(({ name }) => name === 'QUERY_AGENT_STATE_REQ').length;

  it('asks about watched agents again after a gap, so that a call which ended in it is noticed', async () => {
    const rig = newDesk(TALKING);
    rig.agent.calls.push({ callId: 7, device: '3001' });
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    const changes: boolean[] = [];
    rig.mirror.on('agentChanged', (_, after) => changes.push(after.onCall));
    rig.pair.end.peripheral('offline');
    rig.agent.calls.length = 0;
    rig.agent.state = NOT_READY;
    rig.pair.end.peripheral('online');
    await rig.clock.pass(100);
    expect(changes).toEqual([false]);
  });

  it('asks again every 30 s about a call that the state does not speak of', async () => {
    const rig = newDesk(NOT_READY);
    rig.agent.calls.push({ callId: 7, device: '3001' });
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.agent.calls.length = 0;
    await rig.clock.pass(30_000);
    expect(rig.mirror.view('1001')?.onCall).toBe(false);
    await rig.clock.pass(60_000);
    expect(queries(rig.pair.end.received)).toBe(2);
  });
});
