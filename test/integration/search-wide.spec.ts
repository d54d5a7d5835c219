import { allRules, search } from '#domain/search.spec-support';

// Some 200 000 states: too many for a unit test, and the width at which rule GEN was first seen to be needed.
it('the wide search finds neither a live agent signed out nor a ghost that stays', () => {
  const verdict = search(new Set(allRules), { opens: [2, 2], crashes: 1, rollbacks: 1, obliterations: 1 });
  expect(verdict).toMatchObject({ unsafe: null, stuck: null });
  expect(verdict.states).toBeGreaterThan(100_000);
});
