/** Numbers from 0 (included) to 1 (not included). */
export type Random = () => number;

const range32 = 0x1_0000_0000;

/**
 * A random sequence of its own for each agent of a scenario (mulberry32), so that what one agent does never depends on
 * how many others there are or in which order they came to turn. Not the generator of test/kit: an app imports nothing from
 * the tests, and a scenario that somebody keeps with its seed must not change when the tests do.
 */
export function seededRandom(seed: number, index: number): Random {
  let state = scramble(scramble(seed >>> 0) + index);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scramble(state) / range32;
  };
}

/** A length of time with this mean, as the time between independent events has it (exponential). */
export function drawAround(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

export function drawBetween(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
