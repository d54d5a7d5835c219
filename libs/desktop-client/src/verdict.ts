/** What the end of a connection means for the next one. docs/desktop-protocol.md has the codes; a test compares. */
export type Verdict =
  /** The same side first: it may have been the line. */
  | 'sameSide'
  /** The other side first. */
  | 'otherSide'
  /** The same side, and not so soon. */
  | 'slowly'
  /** It would only happen again: this desktop is wrong. */
  | 'never';

/** The token cannot be judged now, on any side. */
export const unjudgedCode = 4424;

const verdicts: Readonly<Record<number, Verdict>> = {
  1002: 'never',
  1007: 'never',
  1009: 'never',
  1012: 'otherSide',
  1013: 'otherSide',
  4400: 'never',
  4404: 'slowly',
  4409: 'never',
  4413: 'slowly',
  [unjudgedCode]: 'slowly',
  4429: 'slowly',
};

/** 1000 is here too: nobody of this page said bye, so the desktop is still there and says so. */
export function verdictOf(code: number): Verdict {
  return verdicts[code] ?? 'sameSide';
}
