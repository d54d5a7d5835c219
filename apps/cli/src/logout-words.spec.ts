import { AgentState } from '#cti-protocol/enumerations';
import { reportOf, reportOfDoubt } from './logout-words';

describe('what became of a logout', () => {
  it('is told as what it is', () => {
    const confirmed = { kind: 'confirmed', reasonCode: 50002, previousState: AgentState.AVAILABLE } as const;
    expect(reportOf('1001', { ...confirmed, became: 'loggedOut' })).toEqual({
      outcome: 'loggedOut',
      exitCode: 0,
      sentence: 'Agent 1001 is signed out: LOGOUT 50002 (a CTI component or the desktop failed); it was AVAILABLE.',
    });
    const notReady = reportOf('1001', { ...confirmed, became: 'notReady' });
    expect(notReady).toMatchObject({ outcome: 'notReady', exitCode: 5 });
    expect(notReady.sentence).toMatch(/still signed in: NOT_READY 50002 .* LOAD 0/);
    expect(reportOf('1001', { kind: 'alreadySignedOut' })).toMatchObject({ outcome: 'alreadySignedOut', exitCode: 0 });
  });

  it('spells out the codes of a rejection', () => {
    const code = 'CONTROL_FAILURE 22 INVALID_OBJECT_STATE / 10112 CANNOT_LOG_OUT_FROM_THIS_STATE';
    const rejected = {
      kind: 'rejected',
      code,
      failureCode: 22,
      peripheralErrorCode: 10112,
      notReadyCode: null,
    } as const;
    expect(reportOf('1001', { ...rejected, onCall: true })).toEqual({
      outcome: 'rejected',
      exitCode: 4,
      sentence: `The CTI server rejected the logout of agent 1001: ${code}; the agent is on a call.`,
    });
    expect(reportOf('1001', { ...rejected, onCall: false }).sentence).toMatch(/STATE\.$/);
  });

  it('is in doubt where nothing was seen, and nothing where nothing was sent', () => {
    expect(reportOf('1001', { kind: 'inDoubt', why: 'no answer in time', notReadyCode: null })).toMatchObject({
      exitCode: 6,
    });
    const kept = reportOf('1001', { kind: 'notSent', why: 'the agent is on a call' });
    expect(kept).toMatchObject({ outcome: 'notSent', exitCode: 7 });
    expect(kept.sentence).toBe('Agent 1001: nothing was sent, the agent is on a call.');
  });

  it('is what a question after a doubt shows', () => {
    expect(reportOfDoubt('1001', { kind: 'loggedOut', reasonCode: 255 }).exitCode).toBe(0);
    expect(reportOfDoubt('1001', { kind: 'notReady', reasonCode: 50002 }).exitCode).toBe(5);
    expect(reportOfDoubt('1001', { kind: 'signedIn', state: 3 }).sentence).toMatch(/AVAILABLE; the logout may still/);
    expect(reportOfDoubt('1001', { kind: 'pending', state: 'loggedOut', isTold: true })).toMatchObject({
      outcome: 'inDoubt',
      sentence: 'Agent 1001 is on a call: the CTI server keeps the logout until it ends.',
    });
    expect(reportOfDoubt('1001', { kind: 'unknownAgent' })).toMatchObject({ outcome: 'unknownAgent', exitCode: 6 });
    expect(reportOfDoubt('1001', { kind: 'unavailable', why: 'silence' })).toMatchObject({
      outcome: 'inDoubt',
      exitCode: 6,
    });
  });
});
