/** One figure that must stay level, as it was sampled. */
export interface Series {
  readonly name: string;
  /** What it is counted in: `MB`, `handles`. */
  readonly unit: string;
  readonly bound: Bound;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Any clock, ms. */
  readonly at: number;
  readonly value: number;
}

/** By how much a figure may have grown over the judged time: the larger one of a share of itself and a number. */
export interface Bound {
  readonly share: number;
  readonly least: number;
  /** How long the figure may take to go up and come down again; 0 by default. */
  readonly turnMs?: number;
}

export interface Verdict {
  readonly name: string;
  readonly unit: string;
  readonly first: number;
  readonly last: number;
  /** By the slope, over the judged time. */
  readonly growth: number;
  readonly allowed: number;
  readonly perMinute: number;
  readonly isLevel: boolean;
}

/** The first third is for warming up. */
const judgedShare = 2 / 3;
/** Memory goes up and down with collections, and queues with the load: what counts is what a figure never falls below. */
const blocks = 10;

/**
 * Judges the last two thirds: the slope is the median of the slopes between the lowest samples of ten blocks. Where those hold
 * too few turns for that, it is the difference between the highest samples of their two halves.
 */
export function judgeLevel({ name, unit, bound, samples }: Series): Verdict {
  const firstAt = samples[0]?.at ?? 0;
  const lastAt = samples.at(-1)?.at ?? 0;
  const judgedMs = (lastAt - firstAt) * judgedShare;
  const judged = samples.filter(({ at }) => at >= lastAt - judgedMs);
  const lowest = lowestOfBlocks(judged);
  const isShort = judgedMs < blocks * (bound.turnMs ?? 0);
  const growth = isShort ? growthOfPeaks(judged) : medianSlope(lowest) * judgedMs;
  const slope = judgedMs === 0 ? 0 : growth / judgedMs;
  const middle = median(lowest.map(({ value }) => value));
  const allowed = Math.max(bound.share * middle, bound.least);
  const ends = { first: lowest[0]?.value ?? 0, last: lowest.at(-1)?.value ?? 0 };
  return { name, unit, ...ends, growth, allowed, perMinute: slope * 60_000, isLevel: growth <= allowed };
}

/** One line for the report; for a figure that is not level it says what grows. */
export function sentenceOf({ name, unit, first, last, growth, allowed, perMinute, isLevel }: Verdict): string {
  const ends = `${figure(first)} to ${figure(last)} ${unit}`;
  const grown = `${growth < 0 ? '' : '+'}${figure(growth)}`;
  const slope = `slope ${figure(perMinute)} ${unit} a minute, ${grown} of at most +${figure(allowed)}`;
  return isLevel ? `${name}: level, ${ends}; ${slope}` : `${name} GROWS: ${ends}; ${slope}`;
}

function figure(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0);
}

function lowestOfBlocks(samples: readonly Sample[]): Sample[] {
  const size = Math.max(1, Math.ceil(samples.length / blocks));
  const found: Sample[] = [];
  for (let first = 0; first < samples.length; first += size) {
    const block = samples.slice(first, first + size);
    found.push(block.reduce((lowest, sample) => (sample.value < lowest.value ? sample : lowest)));
  }
  return found;
}

function growthOfPeaks(samples: readonly Sample[]): number {
  const half = Math.ceil(samples.length / 2);
  const [before, after] = [samples.slice(0, half), samples.slice(half)].map((part) => part.map(({ value }) => value));
  return Math.max(...(after ?? []), 0) - Math.max(...(before ?? []), 0);
}

/** Per millisecond; 0 for fewer than two samples. */
function medianSlope(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((one, place) =>
    samples
      .slice(place + 1)
      .flatMap((other) => (other.at > one.at ? [(other.value - one.value) / (other.at - one.at)] : [])),
  );
  return median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
