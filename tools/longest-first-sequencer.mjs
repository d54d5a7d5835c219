import TestSequencer from '@jest/test-sequencer';

/** Test files that take minutes by themselves. What starts last ends last, and everything else has been waited for by then. */
const longest = ['test/faults/fault-table.spec.ts'];

/** jest's own order, which knows how long a file took only where it ran before, with these first. */
export default class LongestFirstSequencer extends TestSequencer {
  sort(tests) {
    const isLongest = ({ path }) => longest.some((name) => path.endsWith(name));
    const sorted = super.sort(tests);
    return [...sorted.filter(isLongest), ...sorted.filter((test) => !isLongest(test))];
  }
}
