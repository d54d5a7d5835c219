/** What the benchmarks of the CTI codec share. */

/** Reads `--name number` pairs; a name that is not in `defaults`, or a value that is no count, is an error. */
export function parseCounts<T extends Record<string, number>>(args: readonly string[], defaults: T): T {
  const counts: Record<string, number> = { ...defaults };
  for (let index = 0; index < args.length; index += 2) {
    const name = (args[index] ?? '').replace(/^--/, '');
    const value = Number(args[index + 1]);
    if (!(name in defaults) || !Number.isSafeInteger(value) || value < 0) {
      throw new Error(
        `expected ${Object.keys(defaults)
          .map((key) => `--${key} <count>`)
          .join(', ')}`,
      );
    }
    counts[name] = value;
  }
  return counts as T;
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
