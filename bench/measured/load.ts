import { z } from 'zod';
import { type Cell, defineBench, type Result } from '../bench';
import { count, countText, measured } from '../report/figure';
import { rowResult, runOnSite } from './site-run';

interface Size {
  readonly agents: number;
  readonly lost: number;
  /** Both runs beside each other: quicker, and good for no figures. */
  readonly isAtOnce: boolean;
}

const seed = 1;
const backShare = 0.95;

const found = z.object({
  run: rowResult,
  times: z.object({
    signInMs: z.number(),
    openMs: z.number(),
    redisAndWorkerReadyAt: z.number(),
    backAt: z.number().nullable(),
    protections: z.array(z.string()),
    logoutsAt: z.array(z.number()),
  }),
  readings: z.array(
    z.object({
      sinceMs: z.number(),
      redisKeys: z.number(),
      redisUsedMb: z.number(),
      processes: z.array(z.object({ name: z.string(), peakMb: z.number(), cpuMs: z.number() })),
    }),
  ),
});
type Found = z.output<typeof found>;

export const bench = defineBench<Size>({
  name: 'load',
  measures:
    'What a whole site does when many desktops of one side are lost within a second while a worker and Redis are killed with `kill -9`; Redis is away for five seconds.',
  wholeMinutes: 6,
  sizes: { small: { agents: 40, lost: 20, isAtOnce: true }, whole: { agents: 12_000, lost: 2_000, isAtOnce: false } },
  run: async (size) => {
    const args = ['--agents', String(size.agents), '--lost', String(size.lost), '--seed', String(seed)];
    const protectedRun = (): Promise<Found> => runOnSite('load', [...args, '--back', String(backShare)], found);
    const freeRun = (): Promise<Found> => runOnSite('load', [...args, '--mass-loss', 'off'], found);
    const [held, free] = size.isAtOnce
      ? await Promise.all([protectedRun(), freeRun()])
      : [await protectedRun(), await freeRun()];
    return resultOf(size, held, free);
  },
});

function resultOf({ agents, lost }: Size, held: Found, free: Found): Result {
  const row = (what: string, pick: (each: Found) => Cell): Cell[] => [what, pick(held), pick(free)];
  const seconds = (ms: number | null | undefined): Cell =>
    ms === null || ms === undefined ? '–' : measured(ms / 1_000, 's');
  return {
    rounds: 1,
    setup: `${countText(agents)} agents, a WebSocket for each, half of them on each side; ${countText(lost)} of the primary side are lost; two servers, two workers; seed ${String(seed)}`,
    tables: [
      {
        caption: 'Times count from the loss.',
        columns: ['', 'the side is protected', '`--mass-loss off`'],
        rows: [
          row('all desktops open, before the loss, within', ({ times }) => seconds(times.openMs)),
          row('Redis and a new worker are ready', ({ times }) => seconds(times.redisAndWorkerReadyAt)),
          row('agents who come back', ({ times }) =>
            times.backAt === null ? count(0) : count(Math.round(lost * backShare)),
          ),
          row('they are back and acknowledged', ({ times }) => seconds(times.backAt)),
          row('protected then', ({ times }) => times.protections.join(', ') || 'no side'),
          row('ghosts', ({ run }) => count(run.ghosts)),
          row('the first one is signed out', ({ times }) => seconds(times.logoutsAt[0])),
          row('the last one is signed out', ({ times }) => seconds(times.logoutsAt.at(-1))),
          row('the latest, after it was due', ({ run }) => seconds(run.worstLateMs)),
          row('ghosts signed out later than promised (I3)', ({ run }) => count(run.ghostsLate)),
          row('wrong logouts (I1, I2, I5)', ({ run }) => count(run.wrongLogouts)),
          row('keys in Redis at the end', ({ readings }) => count(readings.at(-1)?.redisKeys ?? Number.NaN)),
          row('memory that Redis uses at the end', ({ readings }) =>
            measured(readings.at(-1)?.redisUsedMb ?? Number.NaN, 'MB'),
          ),
        ],
      },
      {
        caption: 'What each process needed at the most, and from when all were present until all ghosts were out.',
        columns: ['the side is protected', 'memory (RSS), MB', 'CPU, s'],
        rows: processRows(held),
      },
    ],
    notes: [],
    faults: [...held.run.violations, ...free.run.violations],
  };
}

/** The readings are: before anybody is there, all present, all ghosts out, at the end. */
function processRows({ readings }: Found): Cell[][] {
  const allOut = readings.at(2)?.processes ?? [];
  return allOut.map(({ name, peakMb, cpuMs }) => [name, measured(peakMb), measured(cpuMs / 1_000)]);
}
