import { encodeMessage } from '#cti-protocol/encode';
import { type Agent } from '../model/agents';
import { type Call } from '../model/calls';
import { type ContactCentre } from '../model/contact-centre';
import { type CallStep } from '../model/events';
import { agent, contactCentre, signedIn, started } from '../model/model.spec-support';
import { draftOfAgentState, draftOfCall } from './event-drafts';
import { agentStateBit, callBits } from './wire-values';

const source = { peripheralId: 5000, peripheralType: 17, skillGroupEvents: 1 };

describe('AGENT_STATE_EVENT', () => {
  it('is byte for byte the worked example: Not Ready 50002', () => {
    const { centre } = contactCentre();
    const draft = draftOfAgentState(
      {
        kind: 'agentState',
        agent: agent(centre),
        standing: { state: 'NOT_READY', reasonCode: 50002 },
        previousState: 'AVAILABLE',
        nextState: undefined,
        duplicate: false,
        requestId: undefined,
      },
      source,
      0,
    );
    expect(encodeMessage(draft, 24).toString('hex')).toBe(
      '000000590000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c35200000001000000000001000000010000139700000000000000000000000500053130303100000400053330303100000600053330303100',
    );
    expect(encodeMessage(draft, 15).toString('hex')).toBe(
      '0000004f0000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c352000000010000000000010000000100001397000000000000050531303031000405333030310006053330303100',
    );
  });
});

describe('call events', () => {
  it('can be encoded for every step, in the oldest and the newest version', () => {
    const { centre, told } = contactCentre();
    const first = signedIn(centre, 'AVAILABLE');
    const other = signedIn(centre, 'AVAILABLE', '1002');
    const call = started(centre.calls.start(first));
    centre.calls.changeData(call, { variables: new Map([[1, 'x']]), namedVariables: new Map([['user.a', 'b']]) }, true);
    centre.calls.hold(call, call.legs[0]!);
    centre.calls.retrieve(call, call.legs[0]!);
    centre.calls.conference(call, other);
    centre.calls.end(call);
    const second = started(centre.calls.start(first, { kind: 'outbound' }));
    centre.calls.transfer(second, other);
    centre.calls.end(second);
    const steps = new Set<CallStep>();
    for (const event of told) {
      if (event.kind !== 'call') continue;
      steps.add(event.step);
      const draft = draftOfCall(event, source);
      expect(encodeMessage(draft, 13).length).toBeGreaterThan(8);
      expect(encodeMessage(draft, 25).length).toBeGreaterThan(8);
    }
    expect([...steps].sort()).toEqual(Object.keys(callBits).sort());
  });
});

describe('the connected parties', () => {
  /** As they are told, which is before the transferring leg is cleared. */
  function partiesTold(act: (centre: ContactCentre, call: Call, other: Agent) => void): unknown[] {
    const drafts: unknown[] = [];
    const { centre } = contactCentre({}, (event) => {
      if (event.kind === 'call') drafts.push(draftOfCall(event, source));
    });
    const call = started(centre.calls.start(signedIn(centre, 'AVAILABLE')));
    act(centre, call, signedIn(centre, 'AVAILABLE', '1002'));
    return drafts.flatMap((draft) => {
      const parties = (draft as { ConnectedParties?: { ConnectedPartyDeviceID: string }[] }).ConnectedParties;
      return parties === undefined ? [] : [parties.map((party) => party.ConnectedPartyDeviceID)];
    });
  }

  it('of a transfer are those that remain: the other agent and the customer', () => {
    expect(partiesTold((centre, call, other) => centre.calls.transfer(call, other))).toEqual([['3002', '5551234']]);
  });

  it('of a conference are both agents and the customer', () => {
    expect(partiesTold((centre, call, other) => centre.calls.conference(call, other))).toEqual([
      ['3001', '3002', '5551234'],
    ]);
  });
});

describe('AgentStateMask', () => {
  it('has the bit of the state number, none for UNKNOWN, and HOLD at 0x200', () => {
    expect(agentStateBit('LOGIN')).toBe(0x1);
    expect(agentStateBit('TALKING')).toBe(0x10);
    expect(agentStateBit('RESERVED')).toBe(0x100);
    expect(agentStateBit('UNKNOWN')).toBe(0);
    expect(agentStateBit('HOLD')).toBe(0x200);
    expect(agentStateBit('NOT_ACTIVE')).toBe(0x2000);
  });
});
