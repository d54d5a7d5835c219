/** Runs `operation` for 0…count-1 with so many under way at once; answers operations per second. */
export async function perSecond(
  count: number,
  inFlight: number,
  operation: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const oneAfterTheOther = async (): Promise<void> => {
    while (next < count) await operation(next++);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, oneAfterTheOther));
  return (count * 1_000) / (performance.now() - startedAt);
}

/**
 * What each candidate found in each round. All of them take their turn in every round, in the order given, so that a
 * slow moment of the machine slows all of them; the first `warmUps` rounds do not count.
 */
export async function interleaved<Name extends string, Found>(
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
  candidates: Readonly<Record<Name, (round: number) => Found | Promise<Found>>>,
): Promise<Record<Name, Found[]>> {
  const names = Object.keys(candidates) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, [] as Found[]])) as Record<Name, Found[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const name of names) {
      const figure = await candidates[name](round);
      if (round >= warmUps) found[name].push(figure);
    }
  }
  return found;
}

/** Round by round, one figure divided by the other. */
export function ratios(figures: readonly number[], of: readonly number[]): number[] {
  return figures.map((figure, round) => figure / (of[round] ?? Number.NaN));
}
