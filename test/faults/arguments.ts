import { parseArgs } from 'node:util';
import { type ProductName } from './product';

export type Asked =
  | {
      readonly kind: 'asked';
      readonly runs: number;
      /** Empty: all of them. */
      readonly rows: readonly number[];
      readonly product: ProductName;
      readonly realTime: boolean;
      readonly seed: number;
      /** Where the results go as JSON; undefined: nowhere. */
      readonly json: string | undefined;
    }
  | { readonly kind: 'unreadable'; readonly sentence: string };

export const usage =
  'npm run faults -- [--runs N] [--rows 1,2] [--product lastcall|baseline] [--real-time] [--seed N] [--json FILE]';

const runsMax = 100_000;

export function readArguments(args: readonly string[]): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string', default: '3' },
        rows: { type: 'string', default: '' },
        product: { type: 'string', default: 'lastcall' },
        'real-time': { type: 'boolean', default: false },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        json: { type: 'string' },
      },
    });
    const [runs, seed] = [Number(values.runs), Number(values.seed)];
    const rows = values.rows === '' ? [] : values.rows.split(',').map(Number);
    const { product } = values;
    if (!Number.isInteger(runs) || runs < 1 || runs > runsMax)
      return unreadable(`--runs is not from 1 to ${String(runsMax)}`);
    if (!Number.isInteger(seed)) return unreadable('--seed is not a whole number');
    if (!rows.every(Number.isInteger)) return unreadable('--rows is not a list of row numbers');
    if (product !== 'lastcall' && product !== 'baseline')
      return unreadable('--product is neither lastcall nor baseline');
    return { kind: 'asked', runs, rows, product, seed, realTime: values['real-time'], json: values.json };
  } catch (error) {
    return unreadable((error as Error).message);
  }
}

function unreadable(sentence: string): Asked {
  return { kind: 'unreadable', sentence: `${sentence}\n${usage}` };
}
