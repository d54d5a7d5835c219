import { parseArgs } from 'node:util';

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
const usage = 'expected --seed N, --seeds A..B, --fresh N or --mutations, and perhaps --verbose or --lanes N';

/** Fresh seeds begin above the ones that CI runs, and leave room for as many as are asked for. */
const freshSeedMin = 1_000_000;
const freshSeedMax = 4_000_000_000;

/**
 * `--seed 7`, `--seeds 1..10000`, `--fresh 2000`, `--verbose`, `--lanes 2`, `--mutations`, `--mutations GEN`.
 *
 * @param random where fresh seeds begin
 */
export function parseArguments(words: readonly string[], random: () => number = Math.random): Asked {
  if (words[0] === '--mutations') return { kind: 'mutations', name: words[1] ?? null };
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        fresh: { type: 'string' },
        lanes: { type: 'string', default: '1' },
        verbose: { type: 'boolean', default: false },
      },
    });
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(values.seeds ?? values.seed ?? freshRange(values.fresh, random));
    const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (range === null || to < from || !/^\d+$/.test(values.lanes)) return { kind: 'unreadable', sentence: usage };
    const lanes = Math.min(lanesMax, Math.max(1, Number(values.lanes)));
    return { kind: 'seeds', from, to, lanes, isVerbose: values.verbose };
  } catch (error) {
    return { kind: 'unreadable', sentence: `${(error as Error).message}: ${usage}` };
  }
}

/** So many seeds that perhaps nobody has run before: a range somewhere. */
function freshRange(count: string | undefined, random: () => number): string {
  if (count === undefined || !/^[1-9]\d*$/.test(count)) return '';
  const from = freshSeedMin + Math.floor(random() * (freshSeedMax - freshSeedMin - Number(count)));
  return `${String(from)}..${String(from + Number(count) - 1)}`;
}
