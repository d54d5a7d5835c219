/** An exhaustive search over a model whose states are plain data. */

/** One step from a state to another. */
export interface Move<World> {
  readonly label: string;
  readonly world: World;
  /** A move of the system itself; the others are the world's, which need never happen. */
  readonly system: boolean;
  readonly unsafe: boolean;
}

export interface Verdict {
  readonly states: number;
  /** The shortest history that breaks a promise, or null. */
  readonly unsafe: readonly string[] | null;
  /** A state out of which the system by itself never gets to a fine one: the shortest history that leads there, or null. */
  readonly stuck: readonly string[] | null;
}

const defaultStatesMax = 3_000_000;

/**
 * Searches every history that begins at `start`, breadth first.
 *
 * @param isFine a state in which nothing is left for the system to do
 */
export function explore<World>(
  start: World,
  movesOf: (world: World) => Move<World>[],
  isFine: (world: World) => boolean,
  statesMax = defaultStatesMax,
): Verdict {
  const numbers = new Map<string, number>([[JSON.stringify(start), 0]]);
  const worlds: World[] = [start];
  const cameFrom: [number, string][] = [[-1, '']];
  const reverse: number[][] = [[]];
  const story = (at: number): string[] => (at <= 0 ? [] : [...story(cameFrom[at]?.[0] ?? -1), cameFrom[at]?.[1] ?? '']);
  for (let at = 0; at < worlds.length; at++) {
    for (const move of movesOf(worlds[at] as World)) {
      if (move.unsafe) return { states: worlds.length, unsafe: [...story(at), move.label], stuck: null };
      const key = JSON.stringify(move.world);
      let to = numbers.get(key);
      if (to === undefined) {
        to = worlds.length;
        if (to >= statesMax)
          throw new Error(`More than ${String(statesMax)} states: the budget is too large to search.`);
        numbers.set(key, to);
        worlds.push(move.world);
        cameFrom.push([at, move.label]);
        reverse.push([]);
      }
      if (move.system) reverse[to]?.push(at);
    }
  }
  const stuckAt = firstStuck(worlds.map(isFine), reverse);
  return { states: worlds.length, unsafe: null, stuck: stuckAt === -1 ? null : story(stuckAt) };
}

/** Marks all states from which the system by itself can get to a fine one; answers the first of the others, or -1. */
function firstStuck(fine: boolean[], reverse: readonly (readonly number[])[]): number {
  const queue = fine.flatMap((isFine, at) => (isFine ? [at] : []));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const before of reverse[next] ?? []) {
      if (fine[before] === true) continue;
      fine[before] = true;
      queue.push(before);
    }
  }
  return fine.indexOf(false);
}
