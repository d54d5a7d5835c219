import { max, min, quantile } from 'simple-statistics';
import { table } from '#config/table';
import { paceOf } from '#domain/mass-loss';
import { defaultPolicy } from '#domain/policy';
import { type Cell, defineBench } from '../bench';
import { countText, figureText, measured } from '../report/figure';
import { LatenessSite, type Losses, type SiteOptions } from './lateness-site';

interface Size {
  readonly agents: number;
  readonly graceMs: number;
  readonly leaseMs: number;
  /** Losses that come more slowly than the limits allow logouts… */
  readonly slow: Spread;
  /** …and faster, but too few for a mass loss; both with the limits as by default. */
  readonly burst: Spread;
  /** How long everybody takes to be lost with the limits lifted. */
  readonly everybodyOverMs: number;
}

type Spread = Pick<Losses, 'count' | 'overMs'>;

/** Lateness of some losses, ms, and what the limits alone would make it. */
interface Found {
  readonly lateMs: readonly number[];
  readonly byLimitsMs: readonly number[];
}

/** At most so many requests in any span of that length. */
interface Limit {
  readonly max: number;
  readonly windowMs: number;
}

const waitMsMax = 180_000;
const secondMs = 1_000;
const minuteMs = 60_000;
const requestsPerSecondMax = Number(table.ctiRequestsPerSecondMax.whenAbsent.text);
/** The most that the keys of the configuration accept. */
const lifted = '10000';
const shares = [0.5, 0.9, 0.99, 1] as const;

export const bench = defineBench<Size>({
  name: 'lateness',
  measures: 'How long after its due time the CTI server gets the request of a forced logout.',
  wholeMinutes: 4.5,
  sizes: {
    small: {
      ...{ agents: 200, graceMs: 3_000, leaseMs: 6_000, everybodyOverMs: 1_000 },
      ...{ slow: { count: 10, overMs: 2_000 }, burst: { count: 15, overMs: 500 } },
    },
    whole: {
      ...{ agents: 10_000, graceMs: 30_000, leaseMs: 15_000, everybodyOverMs: 10_000 },
      ...{ slow: { count: 150, overMs: 30_000 }, burst: { count: 1_000, overMs: 10_000 } },
    },
  },
  run: async (size) => {
    const limits = defaultLimits(size.agents);
    const { agents, slow, burst, everybodyOverMs } = size;
    const [slowly, atOnce] = await measure({ ...optionsOf(size), massLoss: {}, workerEnv: {} }, limits, [
      { first: 0, ...slow },
      { first: slow.count, ...burst },
    ]);
    const withoutLimits = {
      ...optionsOf(size),
      massLoss: { logoutShare: 1, lossesMin: 1_000_000 },
      workerEnv: { CTI_REQUESTS_PER_SECOND_MAX: lifted, CTI_MESSAGES_PER_SECOND_MAX: lifted },
    };
    const everybody = { count: agents, overMs: everybodyOverMs };
    const [all] = await measure(withoutLimits, [], [{ first: 0, ...everybody }]);
    const found = [slowly, atOnce, all].filter((each) => each !== undefined);
    return {
      rounds: 1,
      setup: `${countText(agents)} agents signed in and present on one side; a worker, a simulated pair of CTI servers and Redis on the same machine`,
      tables: [
        {
          caption: '',
          columns: ['lateness in ms', 'p50', 'p90', 'p99', 'max'],
          rows: [
            row(`${spreadText(slow)}, default limits`, slowly?.lateMs),
            row(`${spreadText(burst)}, default limits`, atOnce?.lateMs),
            row('the same, by the limits alone', atOnce?.byLimitsMs),
            row(`${spreadText(everybody)}, limits lifted`, all?.lateMs),
          ],
        },
      ],
      notes: [limitsNote(agents, burst, atOnce)],
      faults: found.flatMap(faultsOf),
    };
  },
});

function optionsOf({ agents, graceMs, leaseMs }: Size): Pick<SiteOptions, 'agents' | 'graceMs' | 'leaseMs'> {
  return { agents, graceMs, leaseMs };
}

/** Rule M4 and the limit of the CTI server, as they are by default. */
function defaultLimits(agents: number): Limit[] {
  const { perMinuteMax } = paceOf(null, agents, defaultPolicy.massLoss);
  return [
    { max: requestsPerSecondMax, windowMs: secondMs },
    { max: perMinuteMax, windowMs: minuteMs },
  ];
}

/** Loses all of them, one group after the other, on one site; answers what was found of each group. */
async function measure(options: SiteOptions, limits: readonly Limit[], groups: readonly Losses[]): Promise<Found[]> {
  const site = await LatenessSite.start(options);
  try {
    const dueOfGroups: Map<string, number>[] = [];
    for (const losses of groups) dueOfGroups.push(await site.lose(losses));
    const dueAt = new Map(dueOfGroups.flatMap((group) => [...group]).sort(([, one], [, other]) => one - other));
    const earliest = earliestTimes([...dueAt.values()], limits);
    const earliestAt = new Map([...dueAt.keys()].map((agentId, place) => [agentId, earliest[place]!]));
    const receivedAt = await site.logouts(dueAt, max(earliest), waitMsMax);
    const lateMs = (times: ReadonlyMap<string, number>, group: ReadonlyMap<string, number>): number[] =>
      [...group].map(([agentId, due]) => (times.get(agentId) ?? Number.NaN) - due);
    return dueOfGroups.map((group) => ({ lateMs: lateMs(receivedAt, group), byLimitsMs: lateMs(earliestAt, group) }));
  } finally {
    await site.stop();
  }
}

/**
 * When each request can leave at the earliest, by the limits alone: with workers, Redis and a CTI server that take no
 * time. `dueAt`: ascending, ms; so is the answer.
 */
export function earliestTimes(dueAt: readonly number[], limits: readonly Limit[]): number[] {
  const times: number[] = [];
  for (const due of dueAt) {
    const place = times.length;
    const freeAt = limits.map(({ max, windowMs }) => (times[place - max] ?? Number.NEGATIVE_INFINITY) + windowMs);
    times.push(Math.max(due, ...freeAt));
  }
  return times;
}

function row(what: string, lateMs: readonly number[] = []): Cell[] {
  return [what, ...shares.map((share) => measured(quantile([...lateMs], share)))];
}

function spreadText({ count, overMs }: Spread): string {
  return `${countText(count)} losses over ${figureText(measured(overMs / secondMs))} s`;
}

function limitsNote(agents: number, { count }: Spread, found: Found | undefined): string {
  const { logoutShare } = defaultPolicy.massLoss;
  const { perMinuteMax } = paceOf(null, agents, defaultPolicy.massLoss);
  const seconds = (lateMs: readonly number[] = []): string => figureText(measured(max([...lateMs]) / secondMs));
  return [
    `The default limits are ${String(requestsPerSecondMax)} requests a second (\`CTI_REQUESTS_PER_SECOND_MAX\`)`,
    `and ${String(logoutShare * 100)} % of a side's agents a minute (\`massLoss.logoutShare\`), here ${countText(perMinuteMax)}.`,
    `By them alone the last of the ${countText(count)} losses waits ${seconds(found?.byLimitsMs)} s,`,
    `of the ${seconds(found?.lateMs)} s that it waited. Without them everybody is signed out at the speed of the worker.`,
  ].join(' ');
}

function faultsOf({ lateMs, byLimitsMs }: Found): string[] {
  const [earliest, last, lastByLimits] = [min([...lateMs]), max([...lateMs]), max([...byLimitsMs])];
  return [
    ...(earliest < 0 ? [`a logout was requested ${String(-earliest)} ms before it was due`] : []),
    ...(last + secondMs < lastByLimits
      ? [`the last logout was ${String(last)} ms late, and the limits allow no less than ${String(lastByLimits)} ms`]
      : []),
  ];
}
