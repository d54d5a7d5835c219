import { parseArgs } from 'node:util';
import { type Bench, type Form } from './bench';

export interface Asked {
  readonly form: Form;
  readonly benches: readonly Bench[];
  /** Left out because they take long. */
  readonly leftOut: readonly Bench[];
  /** The file that gets all runs as JSON; undefined: none. */
  readonly json: string | undefined;
}

export const usage = [
  'npm run bench                         every measurement, whole; writes the tables of docs/performance.md',
  'npm run bench -- --short              only those that take less than five minutes each',
  'npm run bench -- --only NAME[,NAME]   only these',
  'npm run bench -- --small              all in a small form that shows that they work; writes nothing',
  'npm run bench -- --json FILE          what was found, as JSON too',
].join('\n');

const shortMinutesMax = 5;

/** Throws an Error with a sentence for the user when the arguments cannot be read. */
export function readArguments(args: readonly string[], all: readonly Bench[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      small: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !all.some((bench) => bench.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`There is no bench ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}.`);
  const chosen = all.filter(({ name }) => names?.includes(name) ?? true);
  const isLong = ({ wholeMinutes }: Bench): boolean => values.short && wholeMinutes > shortMinutesMax;
  return {
    form: values.small ? 'small' : 'whole',
    benches: chosen.filter((bench) => !isLong(bench)),
    leftOut: chosen.filter(isLong),
    json: values.json,
  };
}
