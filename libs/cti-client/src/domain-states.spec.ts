import { AgentState } from '#cti-protocol/enumerations';
import { stateEvent } from './agents.spec-support';
import { DOMAINS_PER_AGENT_MAX, DomainStates } from './domain-states';
import { know, newMirror } from './mirror.spec-support';

const { AVAILABLE, LOGOUT, NOT_READY, TALKING } = AgentState;

describe('states on other media routing domains', () => {
  it('are kept and told, and decide nothing: voice does', () => {
    const { mirror, changes } = newMirror();
    const tellings: unknown[] = [];
    mirror.on('domainTold', (agentId, told) => tellings.push([agentId, told]));
    know(mirror, '1001', '3001', NOT_READY);
    changes.length = 0;
    mirror.apply(stateEvent('1001', TALKING, { mrd: 5001 }));
    mirror.apply(stateEvent('1001', NOT_READY, { mrd: 5002, reason: 12 }));
    expect(mirror.domainsOf('1001')).toEqual([
      { mrdId: 5001, state: TALKING, reasonCode: 0 },
      { mrdId: 5002, state: NOT_READY, reasonCode: 12 },
    ]);
    expect(tellings).toHaveLength(2);
    expect(changes).toEqual([]);
    expect(mirror.view('1001')).toMatchObject({ state: NOT_READY, onCall: false });
  });

  it('end with the sign-out from that domain, and with a gap', () => {
    const { mirror } = newMirror();
    mirror.apply(stateEvent('1001', AVAILABLE, { mrd: 5001 }));
    mirror.apply(stateEvent('1002', AVAILABLE, { mrd: 5001 }));
    mirror.apply(stateEvent('1001', LOGOUT, { mrd: 5001 }));
    expect(mirror.domainsOf('1001')).toEqual([]);
    expect(mirror.size.onOtherDomains).toBe(1);
    mirror.forgetAll('cut');
    expect(mirror.domainsOf('1002')).toEqual([]);
  });

  it('are bounded for each agent and in all; what is known goes on being told', () => {
    const states = new DomainStates(2);
    const put = (agentId: string, mrdId: number, state = AVAILABLE as number): void => {
      states.put(agentId, { mrdId, state, reasonCode: 0 });
    };
    for (let mrdId = 2; mrdId < 20; mrdId++) put('a', mrdId);
    expect(states.of('a')).toHaveLength(DOMAINS_PER_AGENT_MAX);
    put('a', 2, NOT_READY);
    expect(states.of('a')[0]).toMatchObject({ mrdId: 2, state: NOT_READY });
    put('b', 2);
    put('c', 2);
    expect(states.size).toBe(2);
    expect(states.of('c')).toEqual([]);
    states.remove('b', 2);
    put('c', 2);
    expect(states.of('c')).toHaveLength(1);
  });
});
