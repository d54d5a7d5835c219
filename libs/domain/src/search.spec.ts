import { allRules, type Budget, type Rule, search } from './search.spec-support';

/**
 * Every order of events within the budget: two sides, desktops that open, vanish and come back, a worker that dies at
 * any step, wake-ups that are lost, a store that fails over once and loses writes. The integration tests search a budget
 * with two desktops on either side.
 */
const budget: Budget = { opens: [2, 1], crashes: 1, rollbacks: 1, obliterations: 1 };

describe('the exhaustive search over decide', () => {
  it('finds no history in which a live agent is signed out or a ghost stays, with all five rules', () => {
    const verdict = search(new Set(allRules), budget);
    expect(verdict).toMatchObject({ unsafe: null, stuck: null });
    expect(verdict.states).toBeGreaterThan(10_000);
  });

  it.each(['EPOCH', 'GATE', 'GEN', 'WAIT'] as const)('finds a live agent signed out when %s is left out', (rule) => {
    expect(search(without(rule), budget).unsafe).not.toBeNull();
  });

  it('finds a ghost that stays for ever when SWEEP is left out', () => {
    expect(search(without('SWEEP'), budget).stuck).not.toBeNull();
  });
});

function without(rule: Rule): ReadonlySet<Rule> {
  return new Set(allRules.filter((other) => other !== rule));
}
