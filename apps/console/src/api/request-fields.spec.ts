import { ApiError } from './api-error';
import { agentPath, agentsQuery, check, lossesQuery, lossPath, sidePath } from './request-fields';

function faultOf(act: () => unknown): { field: string | undefined; sentence: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return { field: error.detail.field, sentence: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the fields of a request', () => {
  it('have a limit even when none is asked for', () => {
    expect(check(agentsQuery, {})).toEqual({ limit: 100 });
    expect(check(lossesQuery, {})).toEqual({ limit: 100 });
  });

  it('are read as what they mean', () => {
    expect(check(agentsQuery, { phase: 'held', limit: '7' })).toEqual({ phase: 'held', limit: 7 });
    const query = { agent: '1001', outcome: 'loggedOut', since: '2026-11-23T03:00:00Z', before: '1764000000000-3' };
    expect(check(lossesQuery, query)).toEqual({ ...query, since: Date.UTC(2026, 10, 23, 3), limit: 100 });
    expect(check(lossesQuery, { since: '1764000000000' }).since).toBe(1_764_000_000_000);
    expect(check(lossPath, { loss: 'a.b-c_1@12' })).toEqual({ loss: { agentId: 'a.b-c_1', epoch: 12 } });
  });

  it.each<[string, () => unknown]>([
    ['phase', () => check(agentsQuery, { phase: 'asleep' })],
    ['phase', () => check(agentsQuery, { phase: ['held', 'grace'] })],
    ['limit', () => check(agentsQuery, { limit: '0' })],
    ['limit', () => check(agentsQuery, { limit: '1001' })],
    ['limit', () => check(lossesQuery, { limit: '-1' })],
    ['agent', () => check(lossesQuery, { agent: '{5000}:x' })],
    ['outcome', () => check(lossesQuery, { outcome: 'gone' })],
    ['since', () => check(lossesQuery, { since: 'yesterday' })],
    ['before', () => check(lossesQuery, { before: '+' })],
    ['size', () => check(lossesQuery, { size: '1' })],
    ['agentId', () => check(agentPath, { agentId: 'x'.repeat(51) })],
    ['side', () => check(sidePath, { side: 'left' })],
    ['loss', () => check(lossPath, { loss: '1001' })],
  ])('are refused by name: %s', (field, act) => {
    const fault = faultOf(act);
    expect(fault.field).toBe(field);
    expect(fault.sentence).toMatch(new RegExp(`^${field} is n.*\\.$`));
  });
});
