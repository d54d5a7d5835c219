import { AgentState } from '#cti-protocol/enumerations';
import { makeView } from '#cti-client/agent-view';
import { agentFields, agentWords } from './agent-words';

const facts = { agentId: '1001', reasonCode: 0, nextState: undefined, extension: '3001', instrument: '3001' };

describe('an agent in words', () => {
  it.each([
    [makeView({ ...facts, state: AgentState.AVAILABLE }, []), '1001  AVAILABLE  extension 3001  no call'],
    [
      makeView({ ...facts, state: AgentState.NOT_READY, reasonCode: 50002 }, []),
      '1001  NOT_READY 50002 (a CTI component or the desktop failed)  extension 3001  no call',
    ],
    [
      makeView({ ...facts, state: AgentState.NOT_READY, reasonCode: 7 }, ['2/0/3001', '1/0/3001']),
      '1001  NOT_READY 7  extension 3001  calls 1/0/3001 2/0/3001',
    ],
    [makeView({ ...facts, state: AgentState.TALKING }, []), '1001  TALKING  extension 3001  on a call by its state'],
    [
      makeView({ ...facts, state: 99, instrument: 'line 1' }, []),
      '1001  99  extension 3001  instrument line 1  no call',
    ],
    [
      makeView({ ...facts, state: AgentState.LOGOUT, reasonCode: 255 }, []),
      '1001  LOGOUT 255 (the desktop was lost and the agent was signed out)',
    ],
  ])('reads as it should', (view, words) => {
    expect(agentWords(view)).toBe(words);
  });

  it('has every field for programs, null where there is nothing', () => {
    const view = makeView({ ...facts, extension: undefined, instrument: undefined, state: AgentState.AVAILABLE }, []);
    expect(agentFields(view)).toEqual({
      agentId: '1001',
      state: 3,
      stateName: 'AVAILABLE',
      reasonCode: 0,
      reason: null,
      extension: null,
      instrument: null,
      calls: [],
      onCall: false,
      signedOut: false,
    });
  });
});
