import { z } from 'zod';
import { defineBench, type Result } from '../bench';
import { count, countText, measured } from '../report/figure';
import { levelFaults, levelTable, runOnSite, verdict } from './site-run';

interface Size {
  readonly agents: number;
  readonly minutes: number;
  readonly isLevelJudged: boolean;
}

const seed = 7;

const found = z.object({
  verdicts: z.array(verdict),
  violations: z.array(z.string()),
  happenings: z.record(z.string(), z.number()),
  logouts: z.number(),
  worstLateMs: z.number(),
});

export const bench = defineBench<Size>({
  name: 'soak',
  measures:
    'Whether the invariants hold, and whether anything grows, while every agent goes through everything that can happen to a desktop, again and again.',
  wholeMinutes: 31,
  sizes: {
    small: { agents: 10, minutes: 0.1, isLevelJudged: false },
    whole: { agents: 200, minutes: 30, isLevelJudged: true },
  },
  run: async (size) => {
    const args = ['--agents', String(size.agents), '--minutes', String(size.minutes), '--seed', String(seed)];
    return resultOf(size, await runOnSite('soak', args, found));
  },
});

function resultOf(
  size: Size,
  { verdicts, violations, happenings, logouts, worstLateMs }: z.output<typeof found>,
): Result {
  const happened = Object.values(happenings).reduce((sum, times) => sum + times, 0);
  return {
    rounds: 1,
    setup: `${countText(size.agents)} agents for ${String(size.minutes)} min, seed ${String(seed)}`,
    tables: [
      {
        caption: '',
        columns: ['the whole run', ''],
        rows: [
          ['reloads, fail-overs, byes, calls, crashes, sign-outs and so on', count(happened)],
          ['forced logouts', count(logouts)],
          ['the latest, after it was due', measured(worstLateMs / 1_000, 's')],
          ['violations of I1 to I7', count(violations.length)],
        ],
      },
      levelTable('Figures that must not grow:', verdicts),
    ],
    notes: [],
    faults: [
      ...violations,
      ...levelFaults(verdicts, size.isLevelJudged),
      ...(happened > 0 ? [] : ['nothing happened to anybody']),
    ],
  };
}
