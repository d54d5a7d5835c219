import { allRules, type Budget, search } from '#domain/search.spec-support';

const faults = { crashes: 1, rollbacks: 1, obliterations: 1 } as const;

// Some 200 000 states: too many for a unit test, and the width at which rule GEN was first seen to be needed.
it('the wide search finds neither a live agent signed out nor a ghost that stays', () => {
  expectNothing({ opens: [2, 2], ...faults, signInsAsked: 0, sourcesReturned: 0 });
});

// Some 300 000 states.
it('nor does the one in which a sign-in is asked for and a source of presence returns', () => {
  expectNothing({ opens: [2, 1], ...faults, signInsAsked: 1, sourcesReturned: 1 });
});

function expectNothing(budget: Budget): void {
  const verdict = search(new Set(allRules), budget);
  expect(verdict).toMatchObject({ unsafe: null, stuck: null });
  expect(verdict.states).toBeGreaterThan(100_000);
}
