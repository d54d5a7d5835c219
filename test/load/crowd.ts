import { Keys } from '#store/keys';
import { plainNeeds, type Experiment } from '../faults/experiment';
import { type ReconnectingDesktop } from '../faults/reconnecting-desktop';
import { type Row } from '../faults/row';
import { runRow, type RunResult, untilOut } from '../faults/run-row';
import { startExperiment } from '../faults/start-experiment';
import { type Random } from '../kit/random';
import { peripheralId } from '../kit/site/site';
import { pause } from '../kit/wait';
import { CrowdFigures } from './crowd-figures';
import { crowdTimes } from './load-times';

export interface CrowdOptions {
  readonly agents: number;
  /** Of them, all on one side. */
  readonly lost: number;
  /** The share of those lost who come back. */
  readonly back: number;
  readonly massLoss: boolean;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Desktops that connect at once: a listener has so many in its backlog. */
const arrivalsAtOnce = 400;
const redisAwayMs = 5_000;
/** The processes are killed in the middle of the second in which the desktops are lost. */
const killAfterMs = 500;
/** Time for what follows from the arrivals to end before anything is measured. */
const restMs = 5_000;
/** Those who come back do so within this share of the shortest hold, as in an ordinary fail-over. */
const backWithin = 0.6;

/**
 * A full peripheral at work with a real WebSocket for each desktop, half of them on each side. Then many of one side are
 * lost within a second, and in the middle of that second a worker and Redis are killed; Redis comes back after a while,
 * and a new worker. Judged as every row of the fault table is.
 */
export async function crowd(options: CrowdOptions): Promise<RunResult> {
  const { agents, massLoss, seed, say } = options;
  const needs = {
    ...plainNeeds,
    protectsSides: massLoss,
    agentsMax: agents,
    env: { CTI_MESSAGES_PER_SECOND_MAX: '10000', LOG_LEVEL: 'warn' },
  };
  const experiment = await startExperiment('lastcall', crowdTimes, 'whole', needs);
  try {
    const figures = new CrowdFigures(experiment, say);
    await figures.tell('before anybody is there');
    const result = await runRow(rowOf(options, figures), experiment, seed, 0);
    await figures.tell('at the end');
    return result;
  } finally {
    await experiment.stop();
  }
}

function rowOf(options: CrowdOptions, figures: CrowdFigures): Row {
  const { agents, lost, back, say } = options;
  return {
    number: 0,
    fault: 'many lost in one second while a worker and Redis are killed',
    how: 'kill -9 of both; Redis and a new worker come back',
    needs: plainNeeds,
    agents,
    baseline: 'it is for the product',
    async play(experiment, random) {
      const desktops = await arrive(experiment, agents, say);
      await pause(restMs);
      await figures.tell('all present');
      const gone = desktops.filter((_, place) => sideOf(place) === 'primary').slice(0, lost);
      const returning = gone.slice(0, Math.round(lost * back));
      const ghosts = gone.slice(returning.length).map(({ agentId }) => agentId);
      const lostAt = Date.now();
      const since = (): string => `${seconds(Date.now() - lostAt)} after the loss`;
      await Promise.all([
        loseWithinASecond(gone, random),
        killAndRestart(experiment, () => {
          say(`Redis and a new worker are ready ${since()}`);
        }),
      ]);
      await comeBack(returning, experiment, random);
      if (returning.length > 0) say(`${String(returning.length)} are back and acknowledged ${since()}`);
      await sayProtections(experiment, say);
      await untilOut(experiment, ghosts);
      await sayLogouts(experiment, lostAt, say);
      await figures.tell('all ghosts out');
      return undefined;
    },
  };
}

function sideOf(place: number): 'primary' | 'secondary' {
  return place % 2 === 0 ? 'primary' : 'secondary';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

async function arrive(
  experiment: Experiment,
  count: number,
  say: (line: string) => void,
): Promise<ReconnectingDesktop[]> {
  const startedAt = Date.now();
  const desktops = await experiment.agents(count);
  const signedInAt = Date.now();
  for (let first = 0; first < count; first += arrivalsAtOnce)
    await experiment.open(desktops.slice(first, first + arrivalsAtOnce), sideOf);
  const took = `signed in within ${seconds(signedInAt - startedAt)}, present within ${seconds(Date.now() - signedInAt)}`;
  say(`${String(count)} agents: ${took}`);
  return desktops;
}

async function loseWithinASecond(desktops: readonly ReconnectingDesktop[], random: Random): Promise<void> {
  await Promise.all(
    desktops.map(async (desktop) => {
      await pause(random.between(0, 1_000));
      desktop.leave('crash');
    }),
  );
}

async function killAndRestart(experiment: Experiment, onReady: () => void): Promise<void> {
  const worker = experiment.site.workers.primary;
  const { redis } = experiment.site;
  await pause(killAfterMs);
  const beganAt = Date.now();
  await Promise.all([experiment.kill9(worker), redis.kill9()]);
  await pause(redisAwayMs);
  await redis.restart();
  await worker.start();
  experiment.noteFault('workerAndRedisKilled', beganAt);
  onReady();
}

async function comeBack(
  desktops: readonly ReconnectingDesktop[],
  experiment: Experiment,
  random: Random,
): Promise<void> {
  const withinMs = experiment.times.massLoss.holdMsMin * backWithin;
  await Promise.all(
    desktops.map(async (desktop, place) => {
      await pause(random.between(0, withinMs));
      desktop.arrive(sideOf(place));
    }),
  );
  await experiment.untilAcknowledged(desktops);
}

async function sayProtections({ site }: Experiment, say: (line: string) => void): Promise<void> {
  const protections = await site.redisConnection.hgetall(new Keys(peripheralId).protections);
  const sides = Object.entries(protections).map(([side, text]) => `${side} ${text.split('|')[0] ?? ''}`);
  say(`protected sides: ${sides.length === 0 ? 'none' : sides.join(', ')}`);
}

async function sayLogouts(experiment: Experiment, lostAt: number, say: (line: string) => void): Promise<void> {
  const requests = await experiment.site.requestsSince(lostAt);
  const times = requests
    .filter(({ stateName, effective }) => stateName === 'LOGOUT' && effective)
    .map(({ outcomeAt }) => outcomeAt - lostAt)
    .sort((one, other) => one - other);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return;
  const perSecond = times.length / Math.max(1, (last - first) / 1_000);
  say(
    `${String(times.length)} forced logouts from ${seconds(first)} to ${seconds(last)} after the loss: all ghosts out, ${perSecond.toFixed(0)} a second`,
  );
}
