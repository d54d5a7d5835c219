import { settled } from './cti-pair.spec-support';
import { AgentState } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { answerQuery } from './agents.spec-support';
import { ended, forced, newDesk, obey } from './agent-desk.spec-support';
import { PERIPHERAL } from './cti-pair.spec-support';

const { AVAILABLE, LOGOUT, NOT_READY, TALKING, UNKNOWN, WORK_READY } = AgentState;

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

  // Seen once in some runs of the whole system: a ghost was taken for signed out, and nothing ever signed it out.
  it('is not misled by an answer whose event comes in the same piece of the stream: the event is newer', async () => {
    const { desk, pair, clock, tell } = newDesk(LOGOUT);
    const answer = pair.onMessage;
    pair.onMessage = (message, end) => {
      answer(message, end);
      if (message.name === 'QUERY_AGENT_STATE_REQ') tell(NOT_READY);
    };
    const looked = await ended(desk.look('1001'), (ms) => clock.pass(ms));
    expect(looked).toMatchObject({ kind: 'known', view: { state: NOT_READY, signedOut: false, onCall: false } });
  });

  it('believes no confirmation that names another agent, and one that names the same or nobody', async () => {
    const { desk, mirror, pair, clock, agent } = newDesk(NOT_READY);
    const answer = pair.onMessage;
    let named: string | undefined = '1002';
    pair.onMessage = (message, end) => {
      if (message.name === 'QUERY_AGENT_STATE_REQ') answerQuery(end, message.InvokeID, agent, named);
      else answer(message, end);
    };
    for (const other of ['1002', 'x1001']) {
      named = other;
      const looked = await ended(desk.look('1001'), (ms) => clock.pass(ms));
      expect(looked).toEqual({ kind: 'unavailable', why: `the CTI server answered about agent ${other}` });
      expect(mirror.size.agents).toBe(0);
    }
    named = '';
    expect(await ended(desk.ask('1001'), (ms) => clock.pass(ms))).toMatchObject({ kind: 'known' });
    named = '1001';
    expect(await ended(desk.ask('1001'), (ms) => clock.pass(ms))).toMatchObject({ kind: 'known' });
  });

  it('is not misled by "not logged on" either', async () => {
    const { desk, pair, clock, tell } = newDesk(NOT_READY);
    const answer = pair.onMessage;
    pair.onMessage = (message, end) => {
      if (message.name !== 'QUERY_AGENT_STATE_REQ') {
        answer(message, end);
        return;
      }
      const { InvokeID } = message;
      end.send({ name: 'FAILURE_CONF', InvokeID, Status: 9 });
      tell(NOT_READY);
    };
    const looked = await ended(desk.look('1001'), (ms) => clock.pass(ms));
    expect(looked).toMatchObject({ kind: 'known', view: { signedOut: false } });
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
});

describe('giving Ready back', () => {
  const request = { mayStillSend: () => true };
  const notReadyWith = async (reason: number): Promise<ReturnType<typeof newDesk>> => {
    const rig = newDesk(NOT_READY);
    obey(rig, 1);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.tell(NOT_READY, { reason });
    return rig;
  };

  it('is done for an agent who still has our Not Ready', async () => {
    const rig = await notReadyWith(777);
    const outcome = await ended(rig.desk.restoreReady('1001', 777, request), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'restored' });
    expect(rig.written).toMatchObject([{ AgentState: AVAILABLE }]);
  });

  it('is not done against the agent’s will: another reason was chosen since', async () => {
    const rig = await notReadyWith(777);
    rig.tell(NOT_READY, { reason: 42 });
    const outcome = await ended(rig.desk.restoreReady('1001', 777, request), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'notOurs', state: NOT_READY });
    expect(rig.written).toEqual([]);
  });

  it('is not done when another reason is chosen while it waits for its turn', async () => {
    const rig = newDesk(NOT_READY, { requestsPerSecondMax: 1 });
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms), 1_500);
    rig.tell(NOT_READY, { reason: 777 });
    const outcome = rig.desk.restoreReady('1001', 777, request);
    await settled();
    rig.tell(NOT_READY, { reason: 42 });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms), 2_000)).toMatchObject({ kind: 'unavailable' });
    expect(rig.written).toEqual([]);
  });

  it('is not done without knowing whose Not Ready it is', async () => {
    const rig = newDesk(NOT_READY);
    const outcome = await ended(rig.desk.restoreReady('1001', 777, request), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'notOurs', state: NOT_READY });
  });

  it('can be tried again when the link is down', async () => {
    const rig = newDesk(NOT_READY);
    rig.pair.end.peripheral('offline');
    expect(await rig.desk.restoreReady('1001', 777, request)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('settling a doubt', () => {
  it.each([
    [LOGOUT, 'loggedOut', { kind: 'loggedOut', reasonCode: 0 }],
    [LOGOUT, 'notReady', { kind: 'loggedOut', reasonCode: 0 }],
    [NOT_READY, 'notReady', { kind: 'notReady', reasonCode: 0 }],
    // What LOAD 0 makes of a sign-out, the step before it, or somebody else's doing: no proof.
    [NOT_READY, 'loggedOut', { kind: 'signedIn', state: NOT_READY }],
    [AVAILABLE, 'notReady', { kind: 'signedIn', state: AVAILABLE }],
    // What was written may be pending behind the call, since nothing says otherwise.
    [TALKING, 'loggedOut', { kind: 'pending', state: 'loggedOut', isTold: false }],
    [TALKING, 'notReady', { kind: 'pending', state: 'notReady', isTold: false }],
  ] as const)(
    'asks the CTI server, never the mirror: state %i where it was to be %s',
    async (state, wanted, expected) => {
      const rig = newDesk(WORK_READY);
      await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
      rig.agent.state = state;
      expect(await ended(rig.desk.settleDoubt('1001', wanted), (ms) => rig.clock.pass(ms))).toEqual(expected);
    },
  );

  it.each([
    [LOGOUT, 'loggedOut'],
    [NOT_READY, 'notReady'],
  ] as const)('reads the next state that an event told during the call: %i', async (nextState, pending) => {
    const rig = newDesk(TALKING);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.tell(TALKING, { next: nextState });
    const settledAs = await ended(rig.desk.settleDoubt('1001', 'loggedOut'), (ms) => rig.clock.pass(ms));
    expect(settledAs).toEqual({ kind: 'pending', state: pending, isTold: true });
  });

  it('takes Not Ready for the outcome of a sign-out only with LOAD’s own reason', async () => {
    const rig = newDesk(TALKING);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.tell(NOT_READY, { reason: 50002 });
    const settledAs = await ended(rig.desk.settleDoubt('1001', 'loggedOut'), (ms) => rig.clock.pass(ms));
    expect(settledAs).toEqual({ kind: 'notReady', reasonCode: 50002 });
  });

  it('says when it cannot be settled yet', async () => {
    const rig = newDesk(NOT_READY);
    rig.pair.end.peripheral('offline');
    expect(await rig.desk.settleDoubt('1001', 'loggedOut')).toMatchObject({ kind: 'unavailable' });
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
