import { search } from './search.spec-support';
import { allRules, type Budget, quiet, type Rule } from './search-world.spec-support';

/** Without sign-ins past us there is nothing to compare. */
const rules = allRules.filter((rule) => rule !== 'COMPARE');
const faults = { crashes: 1, rollbacks: 1, obliterations: 1 } as const;
const budget: Budget = { ...quiet, opens: [2, 1], ...faults };
/** Fewer desktops, and promises of a new grace that a worker may not know of yet. */
const renewing: Budget = { ...quiet, opens: [1, 1], ...faults, signInsAsked: 1, sourcesReturned: 1 };
/** No desktop comes back: whatever is found here is found by a promise of a new grace. */
const asking: Budget = { ...quiet, ...faults, signInsAsked: 1 };
const returning: Budget = { ...quiet, ...faults, sourcesReturned: 1 };
/** A call begins at any moment, so that a logout may be pending when the agent comes back. */
const calling: Budget = { ...quiet, opens: [1, 1], crashes: 1, obliterations: 1, calls: 1 };
/** The same where LOAD 0 makes the agent Not Ready in place of signing out. */
const callingLoad0: Budget = { ...calling, load: 0 };
/** The agent signs out and in past us. */
const byHand: Budget = { ...quiet, opens: [1, 1], crashes: 1, handSignOuts: 1, handSignIns: 2, lateSignOuts: 1 };

describe('the exhaustive search over decide', () => {
  it('finds no history in which a live agent is signed out or a ghost stays, with all rules', () => {
    const verdict = search(new Set(rules), budget);
    expect(verdict).toMatchObject({ unsafe: null, stuck: null });
    expect(verdict.states).toBeGreaterThan(10_000);
  });

  it.each(['EPOCH', 'GATE', 'GEN', 'WAIT'] as const)('finds a live agent signed out when %s is left out', (rule) => {
    expect(search(without(rules, rule), budget).unsafe).not.toBeNull();
  });

  it('finds a ghost that stays for ever when SWEEP is left out', () => {
    expect(search(without(rules, 'SWEEP'), budget).stuck).not.toBeNull();
  });

  describe('with sign-ins that are asked for and sources that return', () => {
    it('finds no agent signed out against a promise and no ghost that stays, with all rules', () => {
      const verdict = search(new Set(rules), renewing);
      expect(verdict).toMatchObject({ unsafe: null, stuck: null });
      expect(verdict.states).toBeGreaterThan(10_000);
    });

    it.each(['EPOCH', 'GATE', 'GEN', 'WAIT'] as const)('finds a live agent signed out when %s is left out', (rule) => {
      expect(search(without(rules, rule), renewing).unsafe).not.toBeNull();
    });

    it.each(['EPOCH', 'GATE', 'WAIT'] as const)('finds who has asked to be signed in signed out without %s', (rule) => {
      expect(search(without(rules, rule), asking).unsafe).toContain('the agent asks to be signed in');
    });

    it.each(['EPOCH', 'WAIT'] as const)(
      'finds a logout within the grace that a source began anew without %s',
      (rule) => {
        const history = search(without(rules, rule), returning).unsafe;
        expect(history).toContain('the source of the loss is back and does not see the desktop');
      },
    );

    it.each([asking, returning])('finds a ghost that stays for ever when SWEEP is left out, %j', (few) => {
      expect(search(new Set(rules), few)).toMatchObject({ unsafe: null, stuck: null });
      expect(search(without(rules, 'SWEEP'), few).stuck).not.toBeNull();
    });
  });

  describe('with calls that begin at any moment, so that a logout is pending', () => {
    it('finds nobody signed out at the end of a call with a desktop open, and no ghost that stays', () => {
      const verdict = search(new Set(allRules), calling);
      expect(verdict).toMatchObject({ unsafe: null, stuck: null });
      expect(verdict.states).toBeGreaterThan(1_000);
    });

    it('finds a live agent signed out by a call that ends when nobody reads the next state (PENDING)', () => {
      expect(search(without(allRules, 'PENDING'), calling).unsafe?.at(-1)).toBe('the call ends');
    });

    it.each(['EPOCH', 'GATE'] as const)('finds a live agent signed out when %s is left out', (rule) => {
      expect(search(without(allRules, rule), calling).unsafe).not.toBeNull();
    });
  });

  describe('with such calls, where LOAD 0 makes the agent Not Ready', () => {
    it('finds nobody made Not Ready with a desktop open, and no ghost that stays', () => {
      const verdict = search(new Set(allRules), callingLoad0);
      expect(verdict).toMatchObject({ unsafe: null, stuck: null });
      expect(verdict.states).toBeGreaterThan(1_000);
    });

    it.each(['PENDING', 'REPLACE'] as const)(
      'finds a live agent made Not Ready by a call that ends when %s is left out',
      (rule) => {
        expect(search(without(allRules, rule), callingLoad0).unsafe?.at(-1)).toBe('the call ends');
      },
    );

    it.each(['EPOCH', 'GATE'] as const)('finds a live agent made Not Ready when %s is left out', (rule) => {
      expect(search(without(allRules, rule), callingLoad0).unsafe).not.toBeNull();
    });
  });

  describe('with sign-outs and sign-ins past us', () => {
    it('finds no live agent signed out and no ghost that stays', () => {
      const verdict = search(new Set(allRules), byHand);
      expect(verdict).toMatchObject({ unsafe: null, stuck: null });
      expect(verdict.states).toBeGreaterThan(1_000);
    });

    it('finds a ghost that stays for ever when the CTI stream is not compared with the records (COMPARE)', () => {
      expect(search(without(allRules, 'COMPARE'), byHand).stuck).toContain('the agent signs in by hand');
    });
  });
});

function without(all: readonly Rule[], rule: Rule): ReadonlySet<Rule> {
  return new Set(all.filter((other) => other !== rule));
}
