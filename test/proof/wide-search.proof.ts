import { search } from '#domain/search.spec-support';
import { say } from './say';
import { allRules, type Budget, quiet, type Rule } from '#domain/search-world.spec-support';

/** The searches of libs/domain/src/search.spec.ts with room for more to happen: too many states for a unit test. */

const faults = { crashes: 1, rollbacks: 1, obliterations: 1 } as const;
/** Without sign-ins past us there is nothing to compare. */
const rules = allRules.filter((rule) => rule !== 'COMPARE');

// The width at which rule GEN was first seen to be needed.
it('finds neither a live agent signed out nor a ghost that stays', () => {
  expectNothing(rules, { ...quiet, opens: [2, 2], ...faults });
});

it('finds none when a sign-in is asked for and a source of presence returns', () => {
  expectNothing(rules, { ...quiet, opens: [2, 1], ...faults, signInsAsked: 1, sourcesReturned: 1 });
});

it('finds none when a call begins at any moment, so that a logout stays pending', () => {
  expectNothing(rules, { ...quiet, opens: [2, 1], ...faults, calls: 1 });
});

it('finds none when the agent signs out and in past us', () => {
  expectNothing(allRules, { ...quiet, opens: [1, 1], ...faults, handSignOuts: 1, handSignIns: 2, lateSignOuts: 1 });
});

function expectNothing(inForce: readonly Rule[], budget: Budget): void {
  const verdict = search(new Set(inForce), budget);
  say(`  ${String(verdict.states)} states`);
  expect(verdict).toMatchObject({ unsafe: null, stuck: null });
  expect(verdict.states).toBeGreaterThan(100_000);
}
