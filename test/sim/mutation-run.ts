import { type Mutation, mutations } from './mutations';
import { type Violation } from './oracle-rules';
import { simulate } from './simulation';
import { type Switch } from './switches';

/** Seeds in which the rule, put back, must keep every invariant: at least so many. */
const wholeSeedsMin = 25;

export interface MutationResult {
  readonly mutation: Mutation;
  /** The first seed in which the oracle found what the rule is for; null: in none. */
  readonly foundIn: number | null;
  readonly violation: Violation | null;
  /** Seeds in which something was broken although the rule was in force. */
  readonly brokenWhole: readonly { readonly seed: number; readonly violation: Violation }[];
  readonly wholeSeeds: number;
}

export async function runMutation(mutation: Mutation): Promise<MutationResult> {
  const { adapt } = mutation;
  let foundIn: number | null = null;
  let violation: Violation | null = null;
  const first = async (seed: number, switches: readonly Switch[]): Promise<readonly Violation[]> =>
    (await simulate(seed, { switches: new Set(switches), adapt })).violations;
  for (let seed = 1; seed <= mutation.seedsMax && foundIn === null; seed++) {
    const found = await first(seed, mutation.without);
    violation = found.find(({ invariant }) => mutation.breaks.includes(invariant)) ?? null;
    if (violation !== null) foundIn = seed;
  }
  const wholeSeeds = Math.max(wholeSeedsMin, foundIn ?? 0);
  const brokenWhole: { seed: number; violation: Violation }[] = [];
  for (let seed = 1; seed <= wholeSeeds; seed++) {
    const found = await first(seed, mutation.beside);
    const broken = found.find(({ invariant }) => mutation.besideBreaks?.includes(invariant) !== true);
    if (broken !== undefined) brokenWhole.push({ seed, violation: broken });
  }
  return { mutation, foundIn, violation, brokenWhole, wholeSeeds };
}

/** Runs all of them, or one; exit code 0 when the oracle found each one out and nothing was broken with the rule in force. */
export async function tellMutations(name: string | null): Promise<number> {
  let exitCode = 0;
  for (const mutation of mutations) {
    if (name !== null && mutation.name !== name) continue;
    const result = await runMutation(mutation);
    process.stdout.write(`${describeResult(result).join('\n')}\n`);
    if (result.foundIn === null || result.brokenWhole.length > 0) exitCode = 1;
  }
  return exitCode;
}

function describeResult({ mutation, foundIn, violation, brokenWhole, wholeSeeds }: MutationResult): string[] {
  const { name, without, beside, seedsMax } = mutation;
  const taken = `without ${without.join(' and ')}`;
  const found =
    foundIn === null || violation === null
      ? `${name}: NOT FOUND in ${String(seedsMax)} seeds ${taken}`
      : `${name}: found in seed ${String(foundIn)}, ${taken}: ${violation.invariant}, agent ${violation.agentId}: ${violation.sentence}`;
  const kept = beside.length === 0 ? 'with it' : `with it, still without ${beside.join(' and ')}`;
  const whole =
    brokenWhole.length === 0
      ? `  ${kept}: ${String(wholeSeeds)} seeds, none broken`
      : `  ${kept}: BROKEN in ${brokenWhole.map(({ seed, violation: { invariant, sentence } }) => `seed ${String(seed)} (${invariant}: ${sentence})`).join('; ')}`;
  return [found, whole];
}
