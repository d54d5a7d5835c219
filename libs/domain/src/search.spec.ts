import { allRules, type Budget, type Rule, search } from './search.spec-support';

/**
 * Every order of events within the budget: two sides, desktops that open, vanish and come back, a worker that dies at
 * any step, wake-ups that are lost, a store that fails over once and loses writes. The integration tests search a budget
 * with two desktops on either side.
 */
const faults = { crashes: 1, rollbacks: 1, obliterations: 1 } as const;
const budget: Budget = { opens: [2, 1], ...faults, signInsAsked: 0, sourcesReturned: 0 };
/** Fewer desktops, and promises of a new grace that a worker may not know of yet. */
const renewing: Budget = { opens: [1, 1], ...faults, signInsAsked: 1, sourcesReturned: 1 };
/** No desktop comes back: whatever is found here is found by a promise of a new grace. */
const asking: Budget = { opens: [1, 0], ...faults, signInsAsked: 1, sourcesReturned: 0 };
const returning: Budget = { opens: [1, 0], ...faults, signInsAsked: 0, sourcesReturned: 1 };

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

  describe('with sign-ins that are asked for and sources that return', () => {
    it('finds no agent signed out against a promise and no ghost that stays, with all five rules', () => {
      const verdict = search(new Set(allRules), renewing);
      expect(verdict).toMatchObject({ unsafe: null, stuck: null });
      expect(verdict.states).toBeGreaterThan(10_000);
    });

    it.each(['EPOCH', 'GATE', 'GEN', 'WAIT'] as const)('finds a live agent signed out when %s is left out', (rule) => {
      expect(search(without(rule), renewing).unsafe).not.toBeNull();
    });

    it.each(['EPOCH', 'GATE', 'WAIT'] as const)('finds who has asked to be signed in signed out without %s', (rule) => {
      expect(search(without(rule), asking).unsafe).toContain('the agent asks to be signed in');
    });

    it.each(['EPOCH', 'WAIT'] as const)(
      'finds a logout within the grace that a source began anew without %s',
      (rule) => {
        const history = search(without(rule), returning).unsafe;
        expect(history).toContain('the source of the loss is back and does not see the desktop');
      },
    );

    it.each([asking, returning])('finds a ghost that stays for ever when SWEEP is left out, %j', (few) => {
      expect(search(new Set(allRules), few)).toMatchObject({ unsafe: null, stuck: null });
      expect(search(without('SWEEP'), few).stuck).not.toBeNull();
    });
  });
});

function without(rule: Rule): ReadonlySet<Rule> {
  return new Set(allRules.filter((other) => other !== rule));
}
