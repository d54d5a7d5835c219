import { mutations, type Mutation, titleOfMutation } from '../faults/mutations';
import { skipByName } from '../kit/privileges';
import { type MutationResult, playMutation } from '../faults/play-mutation';
import { lackOfRow } from '../faults/row';

/**
 * Each rule and each gate is taken out of the real processes, and its row of the fault table turns red; with it in force,
 * in the same setting, the row is green. So a row that became too weak to see what it is for does not stay green in silence.
 */
/** More would take the processor from each other. */
const lanes = 2;
const msMax = 30 * 60_000;
const seed = Date.now() % 1_000_000;
const playable = mutations.filter(({ row }) => lackOfRow(row) === undefined);

describe(`rules and gates taken out of real processes, seed ${String(seed)}`, () => {
  const results = new Map<Mutation, PromiseWithResolvers<MutationResult>>();
  for (const mutation of playable) {
    const result = Promise.withResolvers<MutationResult>();
    // A row that could not be played fails its own test, whenever that has its turn.
    result.promise.catch(() => undefined);
    results.set(mutation, result);
  }

  const work: Promise<void>[] = [];
  beforeAll(() => {
    const waiting = [...playable];
    for (let n = 0; n < lanes; n++) work.push(playAll(waiting, results));
  });
  afterAll(() => Promise.all(work), msMax);

  for (const mutation of mutations) {
    const lack = lackOfRow(mutation.row);
    if (lack !== undefined) skipByName(titleOfMutation(mutation), lack);
  }

  it.each(playable.map((mutation): [string, Mutation] => [titleOfMutation(mutation), mutation]))(
    '%s',
    async (_name, mutation) => {
      const result = await results.get(mutation)?.promise;
      expect(result).toMatchObject({ foundIn: expect.any(Number) as number, brokenWhole: [] });
    },
    msMax,
  );
});

/** Takes the next mutation until none is left. */
async function playAll(
  waiting: Mutation[],
  results: ReadonlyMap<Mutation, PromiseWithResolvers<MutationResult>>,
): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const result = results.get(next);
    await playMutation(next, seed).then(result?.resolve, result?.reject);
  }
}
