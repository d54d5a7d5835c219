import { AgentState } from '#cti-protocol/enumerations';
import { type AgentDesk, type DoubtSettled } from '#cti-client/agent-desk';
import { Mirror } from '#cti-client/mirror';
import { unseenAgent } from '#domain/agent';
import { type RequestResult } from '#domain/event';
import { LinkDesk } from './link-desk';
import { type LinkKeeper } from './link-keeper';

const agent = unseenAgent({ peripheralId: 5000, agentId: '1001' });
const settings = { notReadyReasonCode: 20001, password: undefined, supervisorId: undefined };

function newDesk(settled: DoubtSettled, mayRequest = true) {
  const asked: unknown[][] = [];
  const keeper = { mayRequest: () => mayRequest, whyNot: 'Not now.' } as unknown as LinkKeeper;
  const settleDoubt = (...question: unknown[]): Promise<DoubtSettled> => {
    asked.push(question);
    return Promise.resolve(settled);
  };
  const agentDesk = { settleDoubt } as unknown as AgentDesk;
  return { asked, desk: new LinkDesk(keeper, agentDesk, new Mirror({ peripheralId: 5000 }), settings) };
}

const command = (action: 'logout' | 'notReady') => ({ type: 'settleDoubt', epoch: 1, attempts: 1, action }) as const;
const untouched = { othersActed: false };

describe('a request that was in doubt', () => {
  it.each<[DoubtSettled, RequestResult]>([
    [
      { kind: 'loggedOut', reasonCode: 255 },
      {
        kind: 'confirmed',
        became: 'loggedOut',
        evidence: 'Asked after a doubt: the CTI server says LOGOUT.',
        reasonCode: 255,
        ...untouched,
      },
    ],
    [
      { kind: 'notReady', reasonCode: 0 },
      {
        kind: 'confirmed',
        became: 'notReady',
        evidence: 'Asked after a doubt: the CTI server says NOT_READY.',
        reasonCode: 0,
        ...untouched,
      },
    ],
    [
      { kind: 'signedIn', state: AgentState.AVAILABLE },
      {
        kind: 'rejected',
        evidence: 'Asked after a doubt: still signed in, AVAILABLE.',
        onCall: false,
        notReadyCode: null,
      },
    ],
    [
      { kind: 'pending', state: 'loggedOut', isTold: true },
      { kind: 'pending', state: 'logout', notReadyCode: null, evidence: 'The next state is LOGOUT.' },
    ],
    [
      { kind: 'pending', state: 'notReady', isTold: false },
      {
        kind: 'pending',
        state: 'notReady',
        notReadyCode: null,
        evidence: 'NOT_READY may be pending: the agent is on a call.',
      },
    ],
    [
      { kind: 'unknownAgent' },
      { kind: 'unknownAgent', evidence: 'Asked after a doubt: the CTI server does not know the agent.' },
    ],
    [
      { kind: 'unavailable', why: 'no answer in time' },
      { kind: 'inDoubt', evidence: 'no answer in time', notReadyCode: null },
    ],
  ])('is what the CTI server says: %j', async (settled, result) => {
    expect(await newDesk(settled).desk.settleDoubt(agent, command('logout'))).toEqual(result);
  });

  it('is settled by the one rule of the desk, for what was wanted', async () => {
    const { desk, asked } = newDesk({ kind: 'unknownAgent' });
    await desk.settleDoubt(agent, command('logout'));
    await desk.settleDoubt(agent, command('notReady'));
    expect(asked).toEqual([
      ['1001', 'loggedOut'],
      ['1001', 'notReady'],
    ]);
  });

  it('stays in doubt while this worker may not ask', async () => {
    const { desk, asked } = newDesk({ kind: 'unknownAgent' }, false);
    expect(await desk.settleDoubt(agent, command('logout'))).toEqual({
      kind: 'inDoubt',
      evidence: 'Not now.',
      notReadyCode: null,
    });
    expect(asked).toEqual([]);
  });
});
