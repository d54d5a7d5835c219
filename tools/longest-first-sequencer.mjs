import TestSequencer from '@jest/test-sequencer';

/**
 * Test files that take minutes by themselves. What starts last ends last, and everything else has been waited for by then:
 * so one starts first, and two when about half is done, by when that one is over: together they would starve each other.
 */
const first = ['test/faults/fault-table.spec.ts'];
const halfway = ['test/integration/simulation.spec.ts', 'test/faults/mutations.spec.ts'];

/** jest's own order, which knows how long a file took only where it ran before, with these in their places. */
export default class LongestFirstSequencer extends TestSequencer {
  sort(tests) {
    const isOneOf = (names) => (test) => names.some((name) => test.path.endsWith(name));
    const sorted = super.sort(tests);
    const others = sorted.filter((test) => !isOneOf([...first, ...halfway])(test));
    const half = Math.ceil(others.length / 2);
    return [
      ...sorted.filter(isOneOf(first)),
      ...others.slice(0, half),
      ...sorted.filter(isOneOf(halfway)),
      ...others.slice(half),
    ];
  }
}
