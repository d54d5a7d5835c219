import { settled } from './cti-pair.spec-support';
import { AgentState } from '#cti-protocol/enumerations';
import { ended, newDesk } from './agent-desk.spec-support';

const { AVAILABLE, LOGOUT, NOT_READY, TALKING } = AgentState;

describe('withdrawing what is pending', () => {
  const toReady = { state: AVAILABLE, reasonCode: 0, logoutReasonCode: 255, mayStillSend: () => true };
  /** On a call, with a next state that the server told. */
  const talking = async (nextState: number): Promise<ReturnType<typeof newDesk>> => {
    const rig = newDesk(TALKING);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.tell(TALKING, { next: nextState });
    await settled();
    return rig;
  };

  it('writes what replaces it, and is proved by the next state alone', async () => {
    const rig = await talking(LOGOUT);
    const outcome = rig.desk.withdraw('1001', toReady);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
    };
    await rig.clock.pass(5_000);
    expect(rig.written).toMatchObject([{ AgentState: AVAILABLE, ForcedFlag: 0 }]);
    rig.tell(TALKING, { next: AVAILABLE });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toEqual({
      kind: 'withdrawn',
      evidence: 'The next state is AVAILABLE.',
    });
  });

  it('writes nothing where nothing can be pending: the call is over', async () => {
    const rig = newDesk(NOT_READY);
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'withdrawn', evidence: 'The agent is on no call.' });
    expect(rig.written).toEqual([]);
  });

  const toNotReady = { state: NOT_READY, reasonCode: 7, logoutReasonCode: 255, mayStillSend: () => true };

  it('writes Not Ready over a next state of Not Ready: that may be what LOAD 0 makes of our sign-out', async () => {
    const rig = await talking(NOT_READY);
    rig.server.onSet = () => {
      rig.tell(TALKING, { next: NOT_READY });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toNotReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'withdrawn', evidence: 'The next state is NOT_READY.' });
    expect(rig.written).toMatchObject([{ AgentState: NOT_READY, EventReasonCode: 7, ForcedFlag: 0 }]);
  });

  it('writes nothing over a next state of Ready, which is not ours', async () => {
    const rig = await talking(AVAILABLE);
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'withdrawn', evidence: 'The next state is AVAILABLE.' });
    expect(rig.written).toEqual([]);
  });

  it('keeps nobody waiting for an event where Not Ready is pending either way', async () => {
    const rig = await talking(NOT_READY);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toNotReady), (ms) => rig.clock.pass(ms), 20_100);
    expect(outcome).toMatchObject({
      kind: 'withdrawn',
      evidence: expect.stringContaining('Its reason is not known') as string,
    });
  });

  it('is in doubt when a next state of LOGOUT follows the one of Not Ready, and nothing after it', async () => {
    const rig = await talking(NOT_READY);
    rig.server.onSet = () => {
      rig.tell(TALKING, { next: LOGOUT });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toNotReady), (ms) => rig.clock.pass(ms), 20_100);
    expect(outcome).toMatchObject({ kind: 'inDoubt' });
  });

  it('waits for its own effect when the call was over first, and LOAD 0 made the agent Not Ready', async () => {
    const rig = await talking(NOT_READY);
    rig.server.onSet = () => {
      rig.tell(NOT_READY, { reason: 50002 });
    };
    const outcome = rig.desk.withdraw('1001', toNotReady);
    await rig.clock.pass(5_000);
    rig.tell(NOT_READY, { reason: 7 });
    expect(await ended(outcome, (ms) => rig.clock.pass(ms))).toMatchObject({ kind: 'withdrawn' });
  });

  it.each([50002, toNotReady.logoutReasonCode])(
    'says so when nothing was written before LOAD 0 had made the agent Not Ready, reason %i',
    async (reason) => {
      const rig = newDesk(NOT_READY);
      await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
      rig.tell(NOT_READY, { reason });
      await settled();
      const outcome = await ended(rig.desk.withdraw('1001', toNotReady), (ms) => rig.clock.pass(ms));
      expect(outcome).toEqual({ kind: 'notReady', reasonCode: reason });
      expect(rig.written).toEqual([]);
    },
  );

  it('takes no Not Ready for what LOAD 0 makes of a sign-out where none was asked for', async () => {
    const rig = newDesk(NOT_READY);
    await ended(rig.desk.look('1001'), (ms) => rig.clock.pass(ms));
    rig.tell(NOT_READY, { reason: 50002 });
    await settled();
    const request = { ...toNotReady, logoutReasonCode: null };
    const outcome = await ended(rig.desk.withdraw('1001', request), (ms) => rig.clock.pass(ms));
    expect(outcome).toMatchObject({ kind: 'withdrawn' });
  });

  it('says so when the call was over first and the agent is out', async () => {
    const rig = await talking(LOGOUT);
    rig.server.onSet = () => {
      rig.tell(LOGOUT, { reason: 255 });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toEqual({ kind: 'loggedOut', reasonCode: 255 });
  });

  it.each([
    ['refused', { name: 'CONTROL_FAILURE_CONF', FailureCode: 22, PeripheralErrorCode: 10111 }],
    ['only confirmed', { name: 'SET_AGENT_STATE_CONF' }],
  ] as const)('is in doubt when it is %s: it may be pending still', async (_, answer) => {
    const rig = await talking(LOGOUT);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ ...answer, InvokeID });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms), 20_100);
    expect(outcome).toMatchObject({ kind: 'inDoubt' });
  });

  it('is over when the server refuses Not Ready because of the call, too: it keeps nothing pending', async () => {
    const rig = newDesk(TALKING);
    rig.server.onSet = ({ InvokeID, AgentState: asked }, end) => {
      const PeripheralErrorCode = asked === AVAILABLE ? 10111 : 10104;
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toMatchObject({ kind: 'withdrawn', evidence: expect.stringContaining('10104') as string });
    expect(rig.written).toMatchObject([{ AgentState: AVAILABLE }, { AgentState: NOT_READY }]);
  });

  it('is in doubt when it is refused for another reason', async () => {
    const rig = newDesk(TALKING);
    rig.server.onSet = ({ InvokeID }, end) => {
      end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 13, PeripheralErrorCode: 32 });
    };
    const outcome = await ended(rig.desk.withdraw('1001', toReady), (ms) => rig.clock.pass(ms));
    expect(outcome).toMatchObject({ kind: 'inDoubt' });
  });

  it('is in doubt while the link is down', async () => {
    const rig = newDesk(TALKING);
    rig.pair.end.peripheral('offline');
    expect(await rig.desk.withdraw('1001', toReady)).toMatchObject({ kind: 'inDoubt' });
  });
});
