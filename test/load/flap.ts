import { logoutQueueName, queuePrefix } from '#queue/logout-queue';
import { type RedisConnection } from '#store/connection';
import { plainNeeds, type Experiment } from '../faults/experiment';
import { type Row } from '../faults/row';
import { runRow, type RunResult } from '../faults/run-row';
import { startExperiment } from '../faults/start-experiment';
import { peripheralId } from '../kit/site/site';
import { pause } from '../kit/wait';
import { judgeLevel, sentenceOf, type Series, type Verdict } from './level';
import { soakTimes } from './load-times';
import { SiteFigures } from './site-figures';

export interface FlapOptions {
  readonly agents: number;
  readonly minutes: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface FlapResult {
  readonly run: RunResult;
  readonly series: readonly Series[];
  readonly verdicts: readonly Verdict[];
  readonly counts: FlapCounts;
}

export interface FlapCounts {
  /** Losses, each with a return. */
  flaps: number;
  /** How often the queue was looked at, and the most live wake-ups seen: in all, and of one agent. */
  samples: number;
  liveJobsMost: number;
  liveJobsMostOfOne: number;
}

const flapEveryMs = 1_000;
/** Lost at a time of its own within each second, and back after a while that is well within the grace. */
const leaveWithinMs = 500;
const awayMsMax = 350;
const jobsEveryMs = 200;
const figuresPerRun = 60;
const figuresEveryMsMax = 10_000;
const journalEntriesMax = 5_000;
const arrivalsAtOnce = 50;

/**
 * Agents who lose their desktop and open it again once a second, for minutes. Nobody may be signed out, each may have one
 * live wake-up at the most at any time, and the memory of everybody must be level.
 */
export async function flap({ agents, minutes, seed, say }: FlapOptions): Promise<FlapResult> {
  const env = { JOURNAL_ENTRIES_MAX: String(journalEntriesMax), LOG_LEVEL: 'warn' };
  const experiment = await startExperiment('lastcall', soakTimes, 'whole', { ...plainNeeds, env });
  try {
    const figures = new SiteFigures(experiment);
    const counts: FlapCounts = { flaps: 0, samples: 0, liveJobsMost: 0, liveJobsMostOfOne: 0 };
    const run = await runRow(rowOf(agents, minutes * 60_000, figures, counts), experiment, seed, 0);
    say(`${String(counts.flaps)} losses and returns; ${jobsSentence(counts)}`);
    return { run, series: figures.all, verdicts: figures.all.map(judgeLevel), counts };
  } finally {
    await experiment.stop();
  }
}

/** The row counts in `counts` what happened. */
function rowOf(agents: number, forMs: number, figures: SiteFigures, counts: FlapCounts): Row {
  return {
    number: 25,
    fault: 'flapping once a second',
    how: 'desktops cut and opened again every second on the same side, or now and then on the other one',
    needs: plainNeeds,
    agents,
    baseline: 'it is for the product',
    async play(experiment, random) {
      const desktops = await experiment.agents(agents);
      for (let first = 0; first < agents; first += arrivalsAtOnce)
        await experiment.open(desktops.slice(first, first + arrivalsAtOnce), (place) =>
          place % 2 === 0 ? 'primary' : 'secondary',
        );
      const endsAt = Date.now() + forMs;
      const jobs = new LiveJobs(experiment.site.redisConnection, counts);
      const flapping = desktops.map(async (desktop) => {
        await pause(random.between(0, leaveWithinMs));
        for (let next = Date.now(); next < endsAt; next += flapEveryMs) {
          const side = desktop.side ?? 'primary';
          desktop.leave('crash');
          await pause(random.between(0, awayMsMax));
          desktop.arrive(random.chance(0.1) ? otherOf(side) : side);
          counts.flaps += 1;
          await pause(Math.max(0, next + flapEveryMs - Date.now()));
        }
      });
      const figuresEveryMs = Math.min(figuresEveryMsMax, forMs / figuresPerRun);
      await Promise.all([
        ...flapping,
        every(jobsEveryMs, endsAt, () => jobs.sample()),
        every(figuresEveryMs, endsAt, () => figures.sample()),
      ]);
      await experiment.untilAcknowledged(desktops);
      return [...jobs.wrong, ...(await signedOut(experiment))];
    },
  };
}

function otherOf(side: 'primary' | 'secondary'): 'primary' | 'secondary' {
  return side === 'primary' ? 'secondary' : 'primary';
}

async function signedOut(experiment: Experiment): Promise<string[]> {
  const requests = await experiment.site.requestsSince(0);
  return requests.map(({ agentId, stateName }) => `agent ${agentId} was asked to become ${stateName}`);
}

async function every(ms: number, endsAt: number, act: () => Promise<void>): Promise<void> {
  while (Date.now() < endsAt) {
    const startedAt = Date.now();
    await act();
    await pause(Math.max(0, startedAt + ms - Date.now()));
  }
}

/** Ids of all jobs that are not over, read at one moment. */
const liveJobIds = `
local ids = {}
for place, key in ipairs(KEYS) do
  local found = place <= 2 and redis.call('ZRANGE', key, 0, -1) or redis.call('LRANGE', key, 0, -1)
  for _, id in ipairs(found) do ids[#ids + 1] = id end
end
return ids
`;

/** Counts the live wake-ups of each agent, again and again. */
class LiveJobs {
  readonly wrong: string[] = [];

  constructor(
    private readonly redis: RedisConnection,
    private readonly counts: FlapCounts,
  ) {}

  async sample(): Promise<void> {
    const keys = ['delayed', 'prioritized', 'wait', 'active', 'paused'].map(
      (part) => `${queuePrefix(peripheralId)}:${logoutQueueName}:${part}`,
    );
    const ids = (await this.redis.eval(liveJobIds, keys.length, ...keys)) as string[];
    const ofAgents = Map.groupBy(ids, (id) => id.split('-')[1] ?? id);
    const { counts } = this;
    counts.samples += 1;
    counts.liveJobsMost = Math.max(counts.liveJobsMost, ids.length);
    for (const [agentId, own] of ofAgents) {
      counts.liveJobsMostOfOne = Math.max(counts.liveJobsMostOfOne, own.length);
      if (own.length > 1) this.wrong.push(`agent ${agentId} has ${String(own.length)} live jobs: ${own.join(', ')}`);
    }
  }
}

function jobsSentence({ samples, liveJobsMost, liveJobsMostOfOne }: FlapCounts): string {
  return `live jobs in ${String(samples)} samples: at most ${String(liveJobsMost)} in all, ${String(liveJobsMostOfOne)} of one agent`;
}

export function flapReport({ run, verdicts }: FlapResult): { lines: string[]; isGood: boolean } {
  const growing = verdicts.filter(({ isLevel }) => !isLevel);
  const isGood = growing.length === 0 && run.violations.length === 0;
  return {
    isGood,
    lines: [
      ...verdicts.map(sentenceOf),
      ...run.violations,
      ...growing.map((verdict) => `NOT LEVEL: ${sentenceOf(verdict)}`),
      isGood ? 'level, nobody signed out, and nothing was broken' : 'RED',
    ],
  };
}
