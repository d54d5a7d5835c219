import { parseArgs } from 'node:util';

export type Asked =
  | {
      readonly kind: 'crowd';
      readonly agents: number;
      readonly lost: number;
      /** The share of those lost who come back. */
      readonly back: number;
      readonly massLoss: boolean;
      readonly seed: number;
      /** The file that gets what was found as JSON; undefined: none. */
      readonly json: string | undefined;
    }
  | {
      readonly kind: 'flap' | 'soak';
      readonly agents: number;
      readonly minutes: number;
      readonly seed: number;
      /** The file that gets what was found, samples included, as JSON; undefined: none. */
      readonly json: string | undefined;
    }
  | { readonly kind: 'unreadable'; readonly sentence: string };

export const usage = [
  'npm run load -- [--agents 12000] [--lost 2000] [--back 0.95] [--mass-loss on|off] [--seed N] [--json FILE]',
  'npm run load -- flap [--agents 50] [--minutes 5] [--seed N] [--json FILE]',
  'npm run soak -- [--agents 200] [--minutes 30] [--seed N] [--json FILE]',
].join('\n');

const agentsMax = 14_000;
const minutesMax = 24 * 60;
const agentsOf = { crowd: 12_000, flap: 50, soak: 200 };
const minutesOf = { flap: 5, soak: 30 };

export function readArguments(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        agents: { type: 'string' },
        lost: { type: 'string', default: '2000' },
        back: { type: 'string' },
        'mass-loss': { type: 'string', default: 'on' },
        minutes: { type: 'string' },
        json: { type: 'string' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      },
    });
    const [kind = 'crowd'] = positionals;
    if (kind !== 'crowd' && kind !== 'flap' && kind !== 'soak') return unreadable(`${kind} is nothing to run`);
    const [agents, lost, seed] = [Number(values.agents ?? agentsOf[kind]), Number(values.lost), Number(values.seed)];
    if (!Number.isInteger(agents) || agents < 1 || agents > agentsMax)
      return unreadable(`--agents is not from 1 to ${String(agentsMax)}`);
    if (!Number.isInteger(seed)) return unreadable('--seed is not a whole number');
    if (kind !== 'crowd') {
      const minutes = Number(values.minutes ?? minutesOf[kind]);
      if (!(minutes > 0 && minutes <= minutesMax))
        return unreadable(`--minutes is not from 0 to ${String(minutesMax)}`);
      return { kind, agents, minutes, seed, json: values.json };
    }
    const massLoss = values['mass-loss'];
    if (massLoss !== 'on' && massLoss !== 'off') return unreadable('--mass-loss is neither on nor off');
    const back = Number(values.back ?? (massLoss === 'on' ? '0.95' : '0'));
    if (!(back >= 0 && back <= 1)) return unreadable('--back is not a share from 0 to 1');
    if (!Number.isInteger(lost) || lost < 1 || lost > agents / 2)
      return unreadable('--lost is not from 1 to half of the agents, who are on one side');
    return { kind, agents, lost, back, massLoss: massLoss === 'on', seed, json: values.json };
  } catch (error) {
    return unreadable((error as Error).message);
  }
}

function unreadable(sentence: string): Asked {
  return { kind: 'unreadable', sentence: `${sentence}\n${usage}` };
}
