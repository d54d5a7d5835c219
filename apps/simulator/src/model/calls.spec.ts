import { agent, contactCentre, inWords, signedIn, started } from './model.spec-support';

describe('a routed call', () => {
  it('is told in the order RESERVED, BEGIN_CALL, DELIVERED, ESTABLISHED, TALKING, … state after the call, END_CALL', () => {
    const { centre, told } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    told.length = 0;
    centre.calls.end(started(centre.calls.start(who)));
    expect(inWords(told)).toEqual([
      'preCall 3001',
      '1001 RESERVED',
      'begun 3001',
      'delivered 3001',
      'established 3001',
      '1001 TALKING',
      'connectionCleared 3001',
      'cleared 3001',
      '1001 AVAILABLE',
      'ended 3001',
    ]);
  });

  it('rings until it is answered', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who, { answered: false }));
    expect(who.shown.state).toBe('RESERVED');
    expect(who.legs[0]?.state).toBe('alerting');
    centre.calls.answer(call);
    expect(who.shown.state).toBe('TALKING');
    expect(centre.calls.answer(call)).toMatchObject({ code: 'notRinging' });
  });

  it('that is redirected unanswered leaves the agent Not Ready 32767', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    centre.calls.redirect(started(centre.calls.start(who, { answered: false })));
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 32767 });
    expect([...centre.calls.all]).toEqual([]);
  });

  it('goes to an AVAILABLE agent only, and not to one who has a call', () => {
    const { centre } = contactCentre();
    expect(centre.calls.start(agent(centre))).toMatchObject({ code: 'loggedOut' });
    const who = signedIn(centre, 'NOT_READY');
    expect(centre.calls.start(who, { kind: 'acd' })).toMatchObject({ code: 'notAvailable' });
    centre.ask(who, 'AVAILABLE', 0);
    started(centre.calls.start(who));
    expect(centre.calls.start(who)).toMatchObject({ code: 'busy' });
  });

  it('is followed by wrap-up when that is set', () => {
    const { centre } = contactCentre({ wrapUp: 'optional' });
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who));
    centre.ask(who, 'NOT_READY', 1);
    centre.calls.end(call);
    expect(who.shown.state).toBe('WORK_NOT_READY');
  });
});

describe('a held call', () => {
  it('shows HOLD on UCCE and TALKING on UCCX', () => {
    for (const [mode, shown] of [
      ['ucce', 'HOLD'],
      ['uccx', 'TALKING'],
    ] as const) {
      const { centre } = contactCentre({ mode });
      const who = signedIn(centre, 'AVAILABLE');
      const call = started(centre.calls.start(who));
      const leg = call.legs[0]!;
      centre.calls.hold(call, leg);
      expect(who.shown.state).toBe(shown);
      expect(centre.calls.hold(call, leg)).toMatchObject({ code: 'notConnected' });
      centre.calls.retrieve(call, leg);
      expect(who.shown.state).toBe('TALKING');
    }
  });

  it('leaves room for another call, and is not retrieved during that', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    const first = started(centre.calls.start(who));
    centre.calls.hold(first, first.legs[0]!);
    const second = started(centre.calls.start(who, { kind: 'outbound' }));
    expect(who.shown.state).toBe('TALKING');
    expect(centre.calls.retrieve(first, first.legs[0]!)).toMatchObject({ code: 'busy' });
    centre.calls.end(second);
    expect(who.shown.state).toBe('HOLD');
  });
});

describe('a call that was not routed', () => {
  it('shows TALKING on UCCE and NOT_READY on UCCX, and the agent is on a call either way', () => {
    for (const [mode, shown] of [
      ['ucce', 'TALKING'],
      ['uccx', 'NOT_READY'],
    ] as const) {
      const { centre } = contactCentre({ mode });
      const who = signedIn(centre, 'NOT_READY');
      const call = started(centre.calls.start(who));
      expect(call.kind).toBe('direct');
      expect(who.shown.state).toBe(shown);
      expect(who.legs).toHaveLength(1);
      centre.calls.end(call);
      expect(who.shown.state).toBe('NOT_READY');
    }
  });

  it('on a non-ACD line shows Not Ready 50005, and the former state afterwards', () => {
    const { centre } = contactCentre();
    const who = signedIn(centre, 'AVAILABLE');
    const call = started(centre.calls.start(who, { kind: 'nonAcd' }));
    expect(who.shown).toEqual({ state: 'NOT_READY', reasonCode: 50005 });
    centre.calls.end(call);
    expect(who.shown.state).toBe('AVAILABLE');
  });

  it('that the agent makes is told as initiated, originated, delivered, established', () => {
    const { centre, told } = contactCentre();
    const who = signedIn(centre, 'NOT_READY');
    told.length = 0;
    centre.calls.start(who, { kind: 'outbound' });
    expect(inWords(told)).toEqual([
      'begun 3001',
      'serviceInitiated 3001',
      '1001 TALKING',
      'originated 3001',
      'delivered 3001',
      'established 3001',
    ]);
  });

  it('at a telephone whose agent is logged out needs to be asked for', () => {
    const { centre } = contactCentre();
    started(centre.calls.start(agent(centre), { kind: 'direct' }));
    expect(agent(centre).shown.state).toBe('LOGOUT');
    expect(agent(centre).legs).toHaveLength(1);
  });
});

describe('a call with two agents', () => {
  it('is transferred: the other agent talks, the first is free', () => {
    const { centre, told } = contactCentre();
    const first = signedIn(centre, 'AVAILABLE');
    const other = signedIn(centre, 'AVAILABLE', '1002');
    const call = started(centre.calls.start(first));
    told.length = 0;
    centre.calls.transfer(call, other);
    expect([first.shown.state, other.shown.state]).toEqual(['AVAILABLE', 'TALKING']);
    expect(inWords(told)).toEqual([
      'begun 3002',
      'delivered 3002',
      'established 3002',
      '1002 TALKING',
      'transferred 3001',
      'connectionCleared 3001',
      '1001 AVAILABLE',
      'ended 3001',
    ]);
    centre.calls.end(call);
    expect(other.shown.state).toBe('AVAILABLE');
  });

  it('goes on when one of them leaves a conference, and ends with the last', () => {
    const { centre } = contactCentre();
    const first = signedIn(centre, 'AVAILABLE');
    const other = signedIn(centre, 'NOT_READY', '1002');
    const call = started(centre.calls.start(first));
    centre.calls.conference(call, other);
    expect(centre.calls.conference(call, other)).toMatchObject({ code: 'busy' });
    centre.calls.release(call, call.legs[0]!);
    expect([first.shown.state, other.shown.state]).toEqual(['AVAILABLE', 'TALKING']);
    centre.calls.release(call, call.legs[0]!);
    expect(centre.calls.find(call.callId)).toBeUndefined();
  });
});
