import { AgentState } from '#cti-protocol/enumerations';
import { type ChangeStep, type Goal, nextMove, readProof } from './agent-change';
import { type ToldState } from './state-writer';
import { makeView } from './agent-view';

const { AVAILABLE, BUSY_OTHER, HOLD, LOGIN, LOGOUT, NOT_READY, RESERVED, TALKING, WORK_NOT_READY, WORK_READY } =
  AgentState;

const logout: Goal = { state: LOGOUT, reasonCode: 255, notReadyReasonCode: 20001 };
const notReady: Goal = { state: NOT_READY, reasonCode: 20001, notReadyReasonCode: 0 };

const agent = (state: number, calls: string[] = []) =>
  makeView(
    { agentId: '1001', state, reasonCode: 0, nextState: undefined, extension: '3001', instrument: '3001' },
    calls,
  );

describe('what to write (GED-188)', () => {
  it('rule 1: from NOT_READY the sign-out, forced, with its reason', () => {
    const step = { state: LOGOUT, reasonCode: 255, forced: true, isLast: true };
    expect(nextMove(logout, agent(NOT_READY))).toEqual({ kind: 'write', step });
  });

  it.each([LOGIN, AVAILABLE, WORK_NOT_READY, WORK_READY, BUSY_OTHER])(
    'rule 1: from state %i Not Ready first, not forced, with a reason of its own',
    (state) => {
      const step = { state: NOT_READY, reasonCode: 20001, forced: false, isLast: false };
      expect(nextMove(logout, agent(state))).toEqual({ kind: 'write', step });
    },
  );

  it.each([TALKING, HOLD, RESERVED])('rule 2: on a call (state %i) nothing', (state) => {
    expect(nextMove(logout, agent(state))).toEqual({ kind: 'onCall' });
    expect(nextMove(notReady, agent(state))).toEqual({ kind: 'onCall' });
  });

  it('rule 2: with an open call nothing, whatever the state', () => {
    expect(nextMove(logout, agent(NOT_READY, ['7/0/3001']))).toEqual({ kind: 'onCall' });
  });

  it('nothing for an agent who is signed out', () => {
    expect(nextMove(logout, agent(LOGOUT))).toEqual({ kind: 'signedOut' });
    expect(nextMove(notReady, agent(LOGOUT))).toEqual({ kind: 'signedOut' });
  });

  it('nothing for an agent who is Not Ready already, when no more is wanted', () => {
    expect(nextMove(notReady, agent(NOT_READY))).toEqual({ kind: 'reached' });
  });
});

describe('what an AGENT_STATE_EVENT proves', () => {
  const toLogout: ChangeStep = { state: LOGOUT, reasonCode: 255, forced: true, isLast: true };
  const toNotReady: ChangeStep = { state: NOT_READY, reasonCode: 20001, forced: false, isLast: false };

  const event = (state: number, reasonCode: number, nextState?: number): ToldState => ({
    state,
    reasonCode,
    nextState,
  });

  it('LOGOUT: the sign-out, with any reason: UCCE writes its own', () => {
    expect(readProof(toLogout, event(LOGOUT, 50002))).toBe('reached');
  });

  it.each([50002, toLogout.reasonCode])('NOT_READY %i after the sign-out was written: LOAD 0', (reason) => {
    expect(readProof(toLogout, event(NOT_READY, reason))).toBe('becameNotReady');
    expect(readProof(toNotReady, event(TALKING, reason))).toBe('nothing');
  });

  it.each([0, 7, 20001, 20002, 999])(
    'nothing, for a NOT_READY with a reason that is not that of LOAD: %i',
    (reason) => {
      expect(readProof(toLogout, event(NOT_READY, reason))).toBe('nothing');
    },
  );

  it.each([50005, 50006, 32767, 51004])('nothing, for a NOT_READY because of a call: reason %i', (reason) => {
    expect(readProof(toLogout, event(NOT_READY, reason))).toBe('nothing');
    expect(readProof(toLogout, event(NOT_READY, reason, LOGOUT))).toBe('pending');
  });

  it.each([AVAILABLE, TALKING, RESERVED, WORK_READY])('nothing, for state %i', (state) => {
    expect(readProof(toLogout, event(state, 0))).toBe('nothing');
    expect(readProof(toNotReady, event(state, 0))).toBe('nothing');
  });

  it.each([LOGOUT, NOT_READY])('that it is pending: on a call, with next state %i', (next) => {
    expect(readProof(toLogout, event(TALKING, 0, next))).toBe('pending');
    expect(readProof(toNotReady, event(RESERVED, 0, next))).toBe('pending');
    expect(readProof(toNotReady, event(TALKING, 0, AVAILABLE))).toBe('nothing');
  });

  it('LOGOUT while Not Ready was awaited: signed out by somebody else', () => {
    expect(readProof(toNotReady, event(LOGOUT, 0))).toBe('signedOut');
  });
});
