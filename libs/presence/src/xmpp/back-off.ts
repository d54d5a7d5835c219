/** The waits between attempts to open a stream. */
const firstMs = 250;
const backOffMsMax = 10_000;

/** The wait before the attempt after so many that failed in a row: it doubles, and up to half of it is left to chance. */
export function backOffMs(failures: number, random: () => number): number {
  const wholeMs = Math.min(backOffMsMax, firstMs * 2 ** Math.min(failures, doublingsMax));
  return wholeMs * (1 - random() / 2);
}

const doublingsMax = 10;
