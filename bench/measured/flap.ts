import { z } from 'zod';
import { defineBench, type Result } from '../bench';
import { count, countText } from '../report/figure';
import { levelFaults, levelTable, rowResult, runOnSite, verdict } from './site-run';

interface Size {
  readonly agents: number;
  readonly minutes: number;
  readonly isLevelJudged: boolean;
}

const seed = 6;

const found = z.object({
  run: rowResult,
  verdicts: z.array(verdict),
  counts: z.object({
    flaps: z.number(),
    samples: z.number(),
    liveJobsMost: z.number(),
    liveJobsMostOfOne: z.number(),
  }),
});

export const bench = defineBench<Size>({
  name: 'flap',
  measures:
    'Whether agents who lose their desktop and open it again once a second, one time in ten on the other side, stay signed in, and whether anything grows.',
  wholeMinutes: 5.5,
  sizes: {
    small: { agents: 10, minutes: 0.1, isLevelJudged: false },
    whole: { agents: 50, minutes: 5, isLevelJudged: true },
  },
  run: async (size) => {
    const args = ['flap', '--agents', String(size.agents), '--minutes', String(size.minutes), '--seed', String(seed)];
    return resultOf(size, await runOnSite('load', args, found));
  },
});

function resultOf(size: Size, { run, verdicts, counts }: z.output<typeof found>): Result {
  return {
    rounds: 1,
    setup: `${countText(size.agents)} agents for ${String(size.minutes)} min, seed ${String(seed)}`,
    tables: [
      {
        caption: '',
        columns: ['flapping', ''],
        rows: [
          ['losses, each with a return', count(counts.flaps)],
          ['agents signed out or late, or with more than one wake-up', count(run.violations.length)],
          ['looks at the queue', count(counts.samples)],
          ['live wake-ups, at the most', count(counts.liveJobsMost)],
          ['live wake-ups of one agent, at the most', count(counts.liveJobsMostOfOne)],
        ],
      },
      levelTable('Figures that must not grow:', verdicts),
    ],
    notes: [],
    faults: [
      ...run.violations,
      ...levelFaults(verdicts, size.isLevelJudged),
      ...(counts.flaps > 0 ? [] : ['nobody lost a desktop']),
    ],
  };
}
