import { type CloseCode, closeCodes } from '#presence/close-codes';
import { verdictOf } from './verdict';

/** What the protocol's table tells a desktop to do, as the verdict that does it. */
const asTold: readonly (readonly [RegExp, string])[] = [
  [/^Correct the desktop/, 'never'],
  [/^Open on the other side/, 'otherSide'],
  [/^Close some|^Open again (on the same side )?after 5 s/, 'slowly'],
  [/./, 'sameSide'],
];

describe('what follows from a close code', () => {
  it.each(Object.values<CloseCode>(closeCodes).map(({ code, again }) => [code, again] as const))(
    'is what the protocol says: %d, %s',
    (code, again) => {
      const [, verdict] = asTold.find(([pattern]) => pattern.test(again))!;
      expect(verdictOf(code)).toBe(verdict);
    },
  );

  it('is another attempt for a code that nobody knows', () => {
    expect(verdictOf(4999)).toBe('sameSide');
  });
});
