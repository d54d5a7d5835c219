import { parseArgs } from 'node:util';
import { type ProductName } from '../kit/site/site-options';
import { type ExperimentSize } from './experiment';

export type Asked =
  | {
      readonly kind: 'asked';
      readonly runs: number;
      /** This run alone; undefined: all. */
      readonly onlyRun: number | undefined;
      /** Empty: all of them. */
      readonly rows: readonly number[];
      readonly product: ProductName;
      readonly realTime: boolean;
      readonly size: ExperimentSize;
      readonly lanes: number;
      /** Where the logs of red runs are kept; undefined: nowhere. */
      readonly evidence: string | undefined;
      readonly seed: number;
      /** Where the results go as JSON; undefined: nowhere. */
      readonly json: string | undefined;
    }
  /** The mutations whose names begin like this; all of them when it is empty. */
  | { readonly kind: 'mutations'; readonly name: string; readonly seed: number; readonly lanes: number }
  | { readonly kind: 'unreadable'; readonly sentence: string };

export const usage = [
  'npm run faults -- [--runs N | --run NUMBER] [--rows 1,2] [--product lastcall|baseline] [--real-time] [--small]',
  '                  [--seed N] [--lanes N] [--json FILE] [--evidence FOLDER]',
  'npm run faults -- --mutations [--name NAME] [--seed N] [--lanes N]',
].join('\n');

const runsMax = 100_000;
const lanesMax = 16;

export function readArguments(args: readonly string[]): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string', default: '3' },
        run: { type: 'string' },
        small: { type: 'boolean', default: false },
        lanes: { type: 'string', default: '1' },
        evidence: { type: 'string' },
        rows: { type: 'string', default: '' },
        product: { type: 'string', default: 'lastcall' },
        'real-time': { type: 'boolean', default: false },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        json: { type: 'string' },
        mutations: { type: 'boolean', default: false },
        name: { type: 'string', default: '' },
      },
    });
    const [runs, seed, lanes] = [Number(values.runs), Number(values.seed), Number(values.lanes)];
    const onlyRun = values.run === undefined ? undefined : Number(values.run);
    const rows = values.rows === '' ? [] : values.rows.split(',').map(Number);
    const { product, evidence, json } = values;
    if (!isWhole(runs, 1, runsMax)) return unreadable(`--runs is not from 1 to ${String(runsMax)}`);
    if (onlyRun !== undefined && !isWhole(onlyRun, 0, runsMax))
      return unreadable(`--run is not from 0 to ${String(runsMax)}`);
    if (!isWhole(lanes, 1, lanesMax)) return unreadable(`--lanes is not from 1 to ${String(lanesMax)}`);
    if (!Number.isInteger(seed)) return unreadable('--seed is not a whole number');
    if (!rows.every(Number.isInteger)) return unreadable('--rows is not a list of row numbers');
    if (product !== 'lastcall' && product !== 'baseline')
      return unreadable('--product is neither lastcall nor baseline');
    if (values.mutations) return { kind: 'mutations', name: values.name, seed, lanes };
    const size = values.small ? 'small' : 'whole';
    const realTime = values['real-time'];
    return { kind: 'asked', runs, onlyRun, rows, product, seed, realTime, size, lanes, evidence, json };
  } catch (error) {
    return unreadable((error as Error).message);
  }
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function unreadable(sentence: string): Asked {
  return { kind: 'unreadable', sentence: `${sentence}\n${usage}` };
}
