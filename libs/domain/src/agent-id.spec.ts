import { findAgentId, nearIdsMax, notFoundInWords } from './agent-id';

const known = ['A001', 'A002', '0012', '12', 'Bob', 'bob', 'A0011'];

describe('an id that somebody typed', () => {
  it.each([
    ['A001', { found: 'one', agentId: 'A001' }],
    ['a001', { found: 'one', agentId: 'A001' }],
    ['12', { found: 'one', agentId: '12' }],
    ['bob', { found: 'one', agentId: 'bob' }],
    ['BOB', { found: 'several', agentIds: ['Bob', 'bob'] }],
    ['012', { found: 'none', near: ['0012', '12'] }],
    ['a010', { found: 'none', near: ['A001'] }],
    ['a00', { found: 'none', near: ['A001', 'A002', 'A0011'] }],
    ['carol', { found: 'none', near: [] }],
  ])('%s is found among those that are known, in any case, and by nothing else', (asked, result) => {
    expect(findAgentId(asked, known)).toEqual(result);
  });

  it('is compared with each known id once, and few near ones are named', () => {
    const many = Array.from({ length: 20 }, (_, n) => `7${String(100 + n)}`);
    expect(findAgentId('71', [...many, ...many])).toEqual({ found: 'none', near: many.slice(0, nearIdsMax) });
    expect(findAgentId('A1', ['a1', 'a1'])).toEqual({ found: 'one', agentId: 'a1' });
  });

  it('is near where two neighbours are swapped, one is missing or one is too many, at either end', () => {
    for (const typo of ['1032', '0123', '123', '10232', '11023', '2023', '1024']) {
      expect(findAgentId(typo, ['1023'])).toEqual(
        typo === '1023' ? { found: 'one', agentId: '1023' } : { found: 'none', near: ['1023'] },
      );
    }
    expect(findAgentId('1111', ['1023'])).toEqual({ found: 'none', near: [] });
  });

  it('says in words that nobody is meant, and who may be', () => {
    const say = (asked: string): string => {
      const result = findAgentId(asked, known);
      return result.found === 'one' ? 'found' : notFoundInWords(asked, result);
    };
    expect(say('carol')).toBe('There is no agent with the id carol.');
    expect(say('a010')).toBe('There is no agent with the id a010. A near one is A001.');
    expect(say('012')).toBe('There is no agent with the id 012. Near ones are 0012, 12.');
    expect(say('BOB')).toContain('differs from BOB in case alone: Bob, bob.');
  });
});
