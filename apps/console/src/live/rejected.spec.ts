import { type Agent, type HoldReason, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { rejectedOf } from './rejected';

function held(agentId: string, heldSince: number | null, ...reasons: HoldReason[]): Agent {
  const loss = { ...aLoss({ epoch: 4, lostAt: 100, desktop: null }), heldSince, attempts: 3 };
  return { ...unseenAgent({ peripheralId: 1, agentId }), phase: { name: 'held', loss, dueAt: 200, reasons } };
}

describe('ghosts whose sign-out was rejected', () => {
  it('are those that are held for it, the longest first', () => {
    const all = [held('3', 900, 'rejected'), held('1', 700, 'call'), held('2', null, 'rejected')];
    expect(rejectedOf(all)).toEqual([
      { agentId: '2', epoch: 4, since: 200, attempts: 3, sentence: null },
      { agentId: '3', epoch: 4, since: 900, attempts: 3, sentence: null },
    ]);
  });
});
