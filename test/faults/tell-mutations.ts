import { type Mutation, mutations } from './mutations';
import { describeMutation, playMutation } from './play-mutation';
import { lackOfRow } from './row';

/**
 * `npm run faults -- --mutations`: exit code 0 when each row was red without its rule and green with it, 1 when one was not
 * or could not be played, 2 when there is no such mutation.
 */
export async function tellMutations(name: string, seed: number, lanes: number): Promise<number> {
  const chosen = mutations.filter((mutation) => mutation.name.startsWith(name));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (chosen.length === 0) {
    say(`no mutation is named ${name}; there are: ${mutations.map((mutation) => mutation.name).join('; ')}`);
    return 2;
  }
  say(`seed ${String(seed)}, ${String(chosen.length)} mutations of real processes, scaled times`);
  const waiting = chosen.filter(({ row }) => lackOfRow(row) === undefined);
  for (const { name, row } of chosen) {
    const lack = lackOfRow(row);
    if (lack !== undefined) say(`skipped: ${name}: ${lack}`);
  }
  let exitCode = 0;
  const playAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { lines, isShown } = await tellOne(next, seed);
      for (const line of lines) say(line);
      if (!isShown) exitCode = 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, playAll));
  return exitCode;
}

async function tellOne(mutation: Mutation, seed: number): Promise<{ lines: readonly string[]; isShown: boolean }> {
  try {
    const result = await playMutation(mutation, seed);
    const isShown = result.foundIn !== null && result.brokenWhole.length === 0;
    return { lines: describeMutation(result), isShown };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return { lines: [`${mutation.name}: could not be played: ${why}`], isShown: false };
  }
}
