import { AgentState } from '#cti-protocol/enumerations';
import { stateEvent, told } from './agents.spec-support';
import { begin, call, end, know, newMirror } from './mirror.spec-support';

const { AVAILABLE, HOLD, LOGOUT, NOT_READY, RESERVED, TALKING, UNKNOWN, WORK_READY } = AgentState;

describe('an agent is known', () => {
  it('only when its calls were told too: an event tells a state, not the calls from before it', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    expect(mirror.view('1001')).toBeUndefined();
    const ticket = mirror.beginSnapshot('1001');
    mirror.completeSnapshot(ticket!, [call(7, '3001')]);
    expect(mirror.view('1001')).toEqual({
      agentId: '1001',
      state: NOT_READY,
      reasonCode: 0,
      extension: '3001',
      instrument: '3001',
      calls: ['7/0/3001'],
      signedOut: false,
      onCall: true,
    });
  });

  it('without asking for its calls when it is signed out', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', LOGOUT, { reason: 50002, device: undefined }));
    expect(mirror.view('1001')).toMatchObject({ signedOut: true, onCall: false, reasonCode: 50002 });
  });

  it('not when the CTI server itself does not know its state', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', UNKNOWN));
    expect(mirror.view('1001')).toBeUndefined();
  });

  it('no more after it moved to another device, whose calls nobody told', () => {
    const { mirror, changes } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', NOT_READY, { device: '3009' }));
    expect(mirror.view('1001')).toBeUndefined();
    expect(changes).toEqual(['? → 2', '2 → unknown']);
  });

  it('no more after it signed out and in again: its device may have a call (reason 51004)', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1001', NOT_READY));
    expect(mirror.view('1001')).toBeUndefined();
  });

  it('not by a snapshot that was asked for before it signed out and in again', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = mirror.beginSnapshot('1001');
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.completeSnapshot(ticket!, []);
    expect(mirror.view('1001')).toBeUndefined();
  });
});

describe('a gap', () => {
  it('leaves nothing known, and names those who were watched', () => {
    const { mirror } = newMirror();
    const gaps: unknown[] = [];
    mirror.on('gap', (why, watched) => gaps.push([why, watched]));
    know(mirror, '1001', '3001', TALKING, [call(7, '3001')]);
    mirror.apply(stateEvent('1002', LOGOUT, { device: '3002' }));
    mirror.forgetAll('cut');
    expect([mirror.view('1001'), mirror.view('1002')]).toEqual([undefined, undefined]);
    expect(mirror.size).toEqual({ agents: 0, known: 0, calls: 0, snapshots: 0, onOtherDomains: 0 });
    expect(gaps).toEqual([['cut', ['1001']]]);
  });

  it('forgets the snapshots that are on their way', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.beginSnapshot('1001');
    mirror.forgetAll('cut');
    expect(mirror.size.snapshots).toBe(0);
  });

  it('voids a snapshot that was asked for before it', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = mirror.beginSnapshot('1001');
    mirror.forgetAll('cut');
    mirror.apply(stateEvent('1001', NOT_READY));
    mirror.completeSnapshot(ticket!, []);
    expect(mirror.view('1001')).toBeUndefined();
  });
});

describe('states', () => {
  it('of other media routing domains do not touch the voice state', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(stateEvent('1001', LOGOUT, { mrd: 5001 }));
    expect(mirror.view('1001')?.state).toBe(AVAILABLE);
  });

  it('of other peripherals do not touch it either: agent ids repeat there', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(stateEvent('1001', LOGOUT, { peripheral: 5001 }));
    expect(mirror.view('1001')?.state).toBe(AVAILABLE);
  });

  it('told once per skill group are one change', () => {
    const { mirror, changes } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    for (const skillGroup of [1, 2, 3]) mirror.apply(stateEvent('1001', NOT_READY, { reason: 5, skillGroup }));
    expect(changes).toEqual(['? → 3', '3 → 2']);
  });

  it('told again are still told to those who wait for a proof', () => {
    const { mirror } = newMirror();
    const told: unknown[] = [];
    mirror.on('stateTold', (...what) => told.push(what));
    for (let copy = 0; copy < 2; copy++) mirror.apply(stateEvent('1001', NOT_READY, { reason: 5 }));
    expect(told).toEqual([
      ['1001', NOT_READY, 5],
      ['1001', NOT_READY, 5],
    ]);
  });

  it('without an AgentID are those of the agent with that ICMAgentID', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', AVAILABLE);
    mirror.apply(told('AGENT_STATE_EVENT', { AgentState: NOT_READY, MRDID: 1, ICMAgentID: 5015 }));
    expect(mirror.view('1001')?.state).toBe(NOT_READY);
  });

  it('other than Not Ready and signed out have no reason, whatever the field says', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    mirror.apply(stateEvent('1001', WORK_READY, { reason: 7 }));
    expect(mirror.view('1001')?.reasonCode).toBe(0);
  });

  it.each([TALKING, HOLD, RESERVED])('%i is on a call even without a call', (state) => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', state);
    expect(mirror.view('1001')?.onCall).toBe(true);
  });
});

describe('a snapshot', () => {
  const asked = () => {
    const made = newMirror();
    made.mirror.apply(stateEvent('1001', NOT_READY));
    const ticket = made.mirror.beginSnapshot('1001');
    return { ...made, ticket: ticket! };
  };

  it('does not hide a call that began after it was asked for', () => {
    const { mirror, ticket } = asked();
    mirror.apply(begin(7, '3001'));
    mirror.completeSnapshot(ticket, []);
    expect(mirror.view('1001')?.calls).toEqual(['7/0/3001']);
  });

  it('does not bring back a call that ended after it was asked for', () => {
    const { mirror, ticket } = asked();
    mirror.apply(end(7, '3001'));
    mirror.completeSnapshot(ticket, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });

  it('heals a call whose end was never told', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY, [call(7, '3001')]);
    expect(mirror.agentsInDoubt()).toEqual(['1001']);
    know(mirror, '1001', '3001', NOT_READY, []);
    expect(mirror.view('1001')?.onCall).toBe(false);
    expect(mirror.agentsInDoubt()).toEqual([]);
  });

  it('is not taken twice', () => {
    const { mirror, ticket } = asked();
    mirror.completeSnapshot(ticket, []);
    mirror.completeSnapshot(ticket, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });

  it('that is never answered leaves what was known', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', NOT_READY);
    const ticket = mirror.beginSnapshot('1001');
    mirror.abandonSnapshot(ticket!);
    mirror.completeSnapshot(ticket!, [call(7, '3001')]);
    expect(mirror.view('1001')?.calls).toEqual([]);
  });
});

describe('limits', () => {
  it('an agent too many stays unknown', () => {
    const { mirror } = newMirror({ agentsMax: 1 });
    mirror.apply(stateEvent('1001', LOGOUT));
    mirror.apply(stateEvent('1002', LOGOUT));
    expect(mirror.view('1002')).toBeUndefined();
    expect(mirror.size.agents).toBe(1);
  });

  it('a call too many makes its agent unknown, never free', () => {
    const { mirror, changes } = newMirror({ callsMax: 1 });
    know(mirror, '1001', '3001', NOT_READY);
    know(mirror, '1002', '3002', NOT_READY);
    mirror.apply(begin(7, '3001'));
    mirror.apply(begin(8, '3002'));
    expect(mirror.view('1002')).toBeUndefined();
    expect(mirror.view('1001')?.onCall).toBe(true);
    expect(changes.at(-1)).toBe('2 → unknown');
  });
});

describe('what an agent becomes after its call', () => {
  const conf = (state: number) => {
    const message = told('QUERY_AGENT_STATE_CONF', { AgentState: state, AgentExtension: '3001' });
    if (message.name !== 'QUERY_AGENT_STATE_CONF') throw new Error('unreachable');
    return message;
  };

  it('is told by events, kept by a query that tells the same state, and gone with the state', () => {
    const { mirror, changes } = newMirror();
    know(mirror, '1001', '3001', TALKING);
    changes.length = 0;
    mirror.apply(stateEvent('1001', TALKING, { next: NOT_READY }));
    expect(mirror.view('1001')).toMatchObject({ state: TALKING, nextState: NOT_READY });
    expect(changes).toHaveLength(1);
    mirror.applyQuery('1001', conf(TALKING));
    expect(mirror.view('1001')?.nextState).toBe(NOT_READY);
    mirror.applyQuery('1001', conf(HOLD));
    expect(mirror.view('1001')).toMatchObject({ state: HOLD, nextState: undefined });
  });

  it('is nothing where the field is filled with the null value', () => {
    const { mirror } = newMirror();
    know(mirror, '1001', '3001', TALKING);
    mirror.apply(stateEvent('1001', TALKING, { next: 0xffff }));
    expect(mirror.view('1001')?.nextState).toBeUndefined();
  });
});
