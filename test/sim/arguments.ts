export interface SeedsAsked {
  readonly kind: 'seeds';
  readonly from: number;
  readonly to: number;
  /** Processes that run seeds at the same time. */
  readonly lanes: number;
  readonly isVerbose: boolean;
}

/** `name`: one of them, or all. */
export interface MutationsAsked {
  readonly kind: 'mutations';
  readonly name: string | null;
}

export type Asked = SeedsAsked | MutationsAsked | { readonly kind: 'unreadable'; readonly sentence: string };

const lanesMax = 64;
const usage = 'expected --seed N, --seeds A..B or --mutations, and perhaps --verbose or --lanes N';

/** `--seed 7`, `--seeds 1..10000`, `--verbose`, `--lanes 2`, `--mutations`, `--mutations GEN`. */
export function parseArguments(words: readonly string[]): Asked {
  let range: readonly [number, number] | undefined;
  let lanes = 1;
  let isVerbose = false;
  if (words[0] === '--mutations') return { kind: 'mutations', name: words[1] ?? null };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '--verbose') {
      isVerbose = true;
      continue;
    }
    const value = words[++at] ?? '';
    const seeds = /^(\d+)(?:\.\.(\d+))?$/.exec(value);
    const first = Number(seeds?.[1]);
    if (seeds !== null && word === '--seed') range = [first, first];
    else if (seeds !== null && word === '--seeds') range = [first, Number(seeds[2] ?? first)];
    else if (seeds !== null && word === '--lanes') lanes = Math.min(lanesMax, Math.max(1, first));
    else return { kind: 'unreadable', sentence: `${String(word)} ${value}: ${usage}` };
  }
  if (range === undefined || range[1] < range[0]) return { kind: 'unreadable', sentence: usage };
  return { kind: 'seeds', from: range[0], to: range[1], lanes, isVerbose };
}
