import { agent, contactCentre, forcedLogout, request, signedIn, started } from './model.spec-support';

const refused = (failureCode: number, peripheralErrorCode: number) => ({
  kind: 'refuse',
  failureCode,
  peripheralErrorCode,
});

describe('a logout', () => {
  it('is accepted from NOT_READY only: else CONTROL_FAILURE 22/10112', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    expect(request(centre, who, { reasonCode: 3 })).toEqual(refused(22, 10112));
    expect(request(centre, who, forcedLogout)).toEqual(refused(22, 10112));
    expect(who.shown.state).toBe('AVAILABLE');
    centre.ask(who, 'NOT_READY', 20001);
    request(centre, who, { reasonCode: 3 });
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 3 });
  });

  it('is forced from every state when the forced flag is honoured', () => {
    const { centre } = contactCentre({ honourForcedFlag: true });
    const who = signedIn(centre, 'AVAILABLE');
    request(centre, who, forcedLogout);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 50002 });
  });

  it('that is not forced logs out from NOT_READY under LOAD 0 too', () => {
    const { centre } = contactCentre({ load: 0 });
    const who = signedIn(centre, 'NOT_READY');
    request(centre, who, { reasonCode: 4 });
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 4 });
  });

  it('of an agent who is logged out already is refused with 10101', () => {
    const { centre } = contactCentre();
    expect(request(centre, agent(centre), forcedLogout)).toEqual(refused(22, 10101));
  });
});

describe('a forced logout', () => {
  it.each([255, 999])('becomes Not Ready 50002 under LOAD 0 (reason %d, flag set)', (reasonCode) => {
    const { centre } = contactCentre({ load: 0 });
    const who = signedIn(centre, 'NOT_READY');
    request(centre, who, { ...forcedLogout, reasonCode });
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 50002 });
  });

  it('is known by reason 255 alone, the flag being reserved', () => {
    const { centre } = contactCentre({ load: 0 });
    const who = signedIn(centre, 'NOT_READY');
    request(centre, who, { ...forcedLogout, forcedFlag: 0 });
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 50002 });
  });

  it('logs out with 50002 under LOAD 1', () => {
    const { centre } = contactCentre({ load: 1 });
    const who = signedIn(centre, 'NOT_READY');
    request(centre, who, forcedLogout);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 50002 });
  });

  it('during a call makes the agent Not Ready after the call ends under LOAD 0', () => {
    const { centre, told } = contactCentre({ load: 0 });
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    request(centre, who, forcedLogout, 7);
    expect(who.shown.state).toBe('TALKING');
    expect(told.at(-1)).toMatchObject({ kind: 'agentState', nextState: 'NOT_READY', duplicate: true });
    centre.calls.end(call);
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 50002 });
    expect(told).toContainEqual({
      kind: 'requestSettled',
      requestId: 7,
      outcome: { kind: 'became', standing: { state: 'NOT_READY', reasonCode: 50002 }, effective: true },
    });
  });

  it('during a call logs out at once under LOAD 1, although the call goes on', () => {
    const { centre } = contactCentre({ load: 1 });
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    request(centre, who, forcedLogout);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 50002 });
    expect(who.legs).toHaveLength(1);
    centre.calls.end(call);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 50002 });
  });

  it('is taken from Ready on UCCX and refused there on UCCE', () => {
    for (const mode of ['ucce', 'uccx'] as const) {
      const { centre } = contactCentre({ mode });
      const who = signedIn(centre, 'AVAILABLE');
      request(centre, who, { state: 'LOGOUT', reasonCode: 3, forcedFlag: 0 });
      expect(who.shown.state).toBe(mode === 'uccx' ? 'LOGOUT' : 'AVAILABLE');
    }
  });

  it('always logs out on UCCX, after the call when there is one', () => {
    const { centre, told } = contactCentre({ load: 0, mode: 'uccx' });
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    request(centre, who, forcedLogout);
    expect(told.at(-1)).toMatchObject({ nextState: 'LOGOUT' });
    centre.calls.end(call);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 255 });
  });
});

describe('a change during a call', () => {
  it('waits for the end of the call', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    expect(request(centre, who, { state: 'NOT_READY', reasonCode: 7 })).toMatchObject({ kind: 'pending' });
    centre.calls.end(call);
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 7 });
  });

  it('is replaced by a later one, and the first request is told so', () => {
    const { centre, told } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    request(centre, who, { state: 'NOT_READY', reasonCode: 7 }, 1);
    request(centre, who, { state: 'LOGOUT', reasonCode: 8 }, 2);
    expect(told).toContainEqual({ kind: 'requestSettled', requestId: 1, outcome: { kind: 'replaced' } });
    centre.calls.end(call);
    expect(who.shown).toEqual({ state: 'LOGOUT', reasonCode: 8 });
  });

  it.each([
    ['NOT_READY', 10104],
    ['LOGOUT', 10112],
    ['AVAILABLE', 10111],
  ] as const)('is refused when changes do not wait: %s with %d', (state, peripheralErrorCode) => {
    const { centre } = contactCentre({ onCall: 'refuse' });
    const who = signedIn(centre, 'AVAILABLE');
    started(centre.calls.start(who));
    expect(request(centre, who, { state })).toEqual(refused(22, peripheralErrorCode));
  });
});

describe('other refusals', () => {
  it('are 10108 for a transition that does not exist', () => {
    const { centre } = contactCentre();
    expect(request(centre, agent(centre), { state: 'NOT_READY' })).toEqual(refused(22, 10108));
    expect(request(centre, signedIn(centre, 'NOT_READY'), { state: 'TALKING' })).toEqual(refused(22, 10108));
    expect(request(centre, signedIn(centre, 'NOT_READY'), { state: 'WORK_READY' })).toEqual(refused(22, 10108));
  });

  it('are 10111 when a logged-out agent is to become ready', () => {
    const { centre } = contactCentre();
    expect(request(centre, agent(centre), { state: 'AVAILABLE' })).toEqual(refused(22, 10111));
  });

  it('are 281 when a reason code is required and missing', () => {
    const { centre } = contactCentre({ reasonCodeRequired: true });
    const who = agent(centre);
    centre.signIn(who);
    expect(request(centre, who, { state: 'NOT_READY' })).toEqual(refused(281, 0));
    expect(request(centre, who, { reasonCode: 1 })).toMatchObject({ kind: 'apply' });
  });

  it('are 266 when the reason code is not in the configured list', () => {
    const { centre } = contactCentre({ reasonCodes: [1, 255] });
    const who = signedIn(centre, 'NOT_READY');
    expect(request(centre, who, { reasonCode: 2 })).toEqual(refused(266, 0));
    expect(request(centre, who, forcedLogout)).toMatchObject({ kind: 'apply' });
  });

  it('are 280 while required wrap-up data is missing', () => {
    const { centre } = contactCentre({ wrapUp: 'required' });
    const who = signedIn(centre, 'AVAILABLE');
    centre.calls.end(started(centre.calls.start(who)));
    expect(who.shown.state).toBe('WORK_READY');
    expect(request(centre, who, { state: 'NOT_READY' })).toEqual(refused(280, 0));
    who.wrapUpEntered = true;
    request(centre, who, { state: 'NOT_READY' });
    expect(who.shown.state).toBe('NOT_READY');
  });
});

describe('a sign-in', () => {
  it('tells LOGIN, then NOT_READY', () => {
    const { centre, told } = contactCentre();
    centre.signIn(agent(centre));
    expect(told.map((event) => (event.kind === 'agentState' ? event.standing.state : event.kind))).toEqual([
      'LOGIN',
      'NOT_READY',
    ]);
  });

  it('that is repeated keeps the current state and is not effective', () => {
    const { centre, told } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    request(centre, who, { state: 'LOGIN' }, 5);
    expect(who.shown.state).toBe('AVAILABLE');
    expect(told.at(-1)).toMatchObject({ requestId: 5, outcome: { kind: 'became', effective: false } });
  });

  it('on an extension that has a call gives reason 51004', () => {
    const { centre } = contactCentre();
    const who = agent(centre);
    started(centre.calls.start(who, { kind: 'direct' }));
    centre.signIn(who);
    expect(who.resting).toEqual({ state: 'NOT_READY', reasonCode: 51004 });
  });

  it('at an extension where another agent is signed in is refused', () => {
    const { centre } = contactCentre();
    signedIn(centre, 'NOT_READY', '1002');
    expect(centre.signIn(agent(centre), '3002')).toMatchObject({ code: 'extensionInUse' });
    expect(centre.signIn(agent(centre), '3999')).toBeUndefined();
    expect(centre.agents.findByExtension('3999')).toBe(agent(centre));
    expect(centre.agents.findByExtension('3001')).toBeUndefined();
  });

  it('with flag 2 only authenticates', () => {
    const { centre } = contactCentre();
    request(centre, agent(centre), { state: 'LOGIN', forcedFlag: 2 });
    expect(agent(centre).shown.state).toBe('LOGOUT');
  });
});

describe('a sign-out by the agent himself', () => {
  it('goes by way of NOT_READY', () => {
    const { centre, told } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    told.length = 0;
    centre.signOut(who, 2);
    expect(told.map((event) => event.kind === 'agentState' && event.standing)).toEqual([
      { state: 'NOT_READY', reasonCode: 2 },
      { state: 'LOGOUT', reasonCode: 2 },
    ]);
  });
});
