import { Keys } from '#store/keys';
import { plainNeeds, type Experiment } from '../faults/experiment';
import { type ReconnectingDesktop } from '../faults/reconnecting-desktop';
import { type Row } from '../faults/row';
import { runRow, type RunResult, untilOut } from '../faults/run-row';
import { startExperiment } from '../faults/start-experiment';
import { type Random } from '../kit/random';
import { peripheralId } from '../kit/site/site';
import { pause } from '../kit/wait';
import { CrowdFigures, type CrowdReading } from './crowd-figures';
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

/** When things happened, ms after the loss began unless it says otherwise. */
export interface CrowdTimes {
  /** What signing everybody in took, and then opening all desktops. */
  signInMs: number;
  openMs: number;
  redisAndWorkerReadyAt: number;
  /** Null when nobody is to come back. */
  backAt: number | null;
  /** `primary held` and so on, when those who come back are back. */
  protections: string[];
  /** Of each effective forced logout, ascending. */
  logoutsAt: number[];
}

export interface CrowdResult {
  readonly run: RunResult;
  readonly times: CrowdTimes;
  readonly readings: readonly CrowdReading[];
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
export async function crowd(options: CrowdOptions): Promise<CrowdResult> {
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
    const times: CrowdTimes = {
      ...{ signInMs: 0, openMs: 0, redisAndWorkerReadyAt: 0, backAt: null, protections: [], logoutsAt: [] },
    };
    await figures.read('before anybody is there');
    const run = await runRow(rowOf(options, figures, times), experiment, seed, 0);
    await figures.read('at the end');
    return { run, times, readings: figures.readings };
  } finally {
    await experiment.stop();
  }
}

/** The row notes in `times` what happened when. */
function rowOf(options: CrowdOptions, figures: CrowdFigures, times: CrowdTimes): Row {
  const { agents, lost, back, say } = options;
  return {
    number: 0,
    fault: 'many lost in one second while a worker and Redis are killed',
    how: 'kill -9 of both; Redis and a new worker come back',
    needs: plainNeeds,
    agents,
    baseline: 'it is for the product',
    async play(experiment, random) {
      const desktops = await arrive(experiment, agents, times);
      say(
        `${String(agents)} agents: signed in within ${seconds(times.signInMs)}, present within ${seconds(times.openMs)}`,
      );
      await pause(restMs);
      await figures.read('all present');
      const gone = desktops.filter((_, place) => sideOf(place) === 'primary').slice(0, lost);
      const returning = gone.slice(0, Math.round(lost * back));
      const ghosts = gone.slice(returning.length).map(({ agentId }) => agentId);
      const lostAt = Date.now();
      await Promise.all([
        loseWithinASecond(gone, random),
        killAndRestart(experiment, () => {
          times.redisAndWorkerReadyAt = Date.now() - lostAt;
          say(`Redis and a new worker are ready ${seconds(times.redisAndWorkerReadyAt)} after the loss`);
        }),
      ]);
      await comeBack(returning, experiment, random);
      if (returning.length > 0) {
        times.backAt = Date.now() - lostAt;
        say(`${String(returning.length)} are back and acknowledged ${seconds(times.backAt)} after the loss`);
      }
      times.protections = await protections(experiment);
      say(`protected sides: ${times.protections.length === 0 ? 'none' : times.protections.join(', ')}`);
      await untilOut(experiment, ghosts);
      times.logoutsAt = await logoutTimes(experiment, lostAt);
      sayLogouts(times.logoutsAt, say);
      await figures.read('all ghosts out');
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

async function arrive(experiment: Experiment, count: number, times: CrowdTimes): Promise<ReconnectingDesktop[]> {
  const startedAt = Date.now();
  const desktops = await experiment.agents(count);
  const signedInAt = Date.now();
  for (let first = 0; first < count; first += arrivalsAtOnce)
    await experiment.open(desktops.slice(first, first + arrivalsAtOnce), sideOf);
  times.signInMs = signedInAt - startedAt;
  times.openMs = Date.now() - signedInAt;
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

async function protections({ site }: Experiment): Promise<string[]> {
  const found = await site.redisConnection.hgetall(new Keys(peripheralId).protections);
  return Object.entries(found).map(([side, text]) => `${side} ${text.split('|')[0] ?? ''}`);
}

async function logoutTimes(experiment: Experiment, lostAt: number): Promise<number[]> {
  const requests = await experiment.site.requestsSince(lostAt);
  return requests
    .filter(({ stateName, effective }) => stateName === 'LOGOUT' && effective)
    .map(({ outcomeAt }) => outcomeAt - lostAt)
    .sort((one, other) => one - other);
}

function sayLogouts(times: readonly number[], say: (line: string) => void): void {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return;
  const perSecond = times.length / Math.max(1, (last - first) / 1_000);
  say(
    `${String(times.length)} forced logouts from ${seconds(first)} to ${seconds(last)} after the loss: all ghosts out, ${perSecond.toFixed(0)} a second`,
  );
}
