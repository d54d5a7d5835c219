import { pause, waitFor } from '../../kit/wait';
import { type Random } from '../../kit/random';
import { plainNeeds, type Experiment } from '../experiment';
import { type Row } from '../row';

/** Rows about wall clocks. The monotonic clock, on which waiting is done, goes on as it does when a clock is set. */
const needs = { ...plainNeeds, ownClocks: true };
const parts = ['worker', 'server'] as const;

async function setClocks(experiment: Experiment, offsetS: number, run: number): Promise<void> {
  // The baseline has one process for both.
  for (const part of experiment.isBaseline ? parts : [parts[run % parts.length] ?? 'worker'])
    await experiment.site.setClock(part, offsetS);
}

const offsetsS = [30, 300, -30, -300] as const;
const jumpsS = [90, -90] as const;

/** Every offset on every part, in the order in which runs take them. */
function variantsOf(offsets: readonly number[]): string[] {
  return offsets.flatMap((offsetS) => parts.map((part) => `${part} ${offsetS < 0 ? '' : '+'}${String(offsetS)} s`));
}

export const clocksDiffer: Row = {
  number: 11,
  fault: 'clocks ± 30 s, ± 5 min on one worker or one server',
  how: 'libfaketime on processes of the primary side, in turn',
  needs,
  agents: 30,
  baseline: true,
  variants: variantsOf(offsetsS),
  async play(experiment, random, run) {
    await setClocks(experiment, offsetsS[Math.floor(run / parts.length) % offsetsS.length] ?? 30, run);
    const beganAt = Date.now();
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    for (const desktop of desktops.slice(0, 16)) desktop.leave('crash');
    await pause(experiment.times.graceMs * random.between(0.5, 0.8));
    for (const desktop of desktops.slice(0, 6)) desktop.arrive('secondary');
    await experiment.untilAcknowledged(desktops);
    await pause(experiment.times.graceMs);
    experiment.noteFault('clocks', beganAt);
    await setClocks(experiment, 0, run);
    return undefined;
  },
};

export const clockJumps: Row = {
  number: 12,
  fault: 'a clock jumps 90 s in the middle of a grace',
  how: 'libfaketime on processes of the primary side, forwards and back in turn',
  needs,
  agents: 30,
  baseline: true,
  variants: variantsOf(jumpsS),
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    for (const desktop of desktops.slice(0, 16)) desktop.leave('crash');
    await pause(experiment.times.graceMs * random.between(0.1, 0.3));
    await setClocks(experiment, jumpsS[Math.floor(run / parts.length) % jumpsS.length] ?? 90, run);
    await pause(experiment.times.graceMs * 0.6);
    for (const desktop of desktops.slice(0, 6)) desktop.arrive('secondary');
    await experiment.untilAcknowledged(desktops);
    await pause(experiment.times.graceMs);
    experiment.noteFault('clockJump', beganAt);
    await setClocks(experiment, 0, run);
    return undefined;
  },
};

const steps = [
  { name: 'ahead by 60 s', byS: 60 },
  { name: 'back by 11 min', byS: -660 },
] as const;
const steppingAgents = 24;
/** A correction is known to the time that Redis took to answer; a step that several processes corrected is off by all of it. */
const correctionToleranceS = 3;

export const redisClockSteps: Row = {
  number: 30,
  fault: 'the clock of the Redis host steps',
  how: 'a preloaded library in redis-server; ahead by 60 s and back by 11 min in turn, in the middle of a grace; some agents return before it is over',
  // Each run begins with the right clock, at a new site.
  needs: { ...plainNeeds, redisClock: true, agentsMax: steppingAgents },
  agents: steppingAgents,
  baseline: true,
  variants: steps.map(({ name }) => name),
  async play(experiment, random, run) {
    const { byS } = steps[run % steps.length] ?? steps[0];
    const beganAt = await stepInGrace(experiment, random, byS);
    return experiment.isBaseline ? undefined : faultsOfCorrection(experiment, byS, beganAt);
  },
};

/** Row 30 ahead alone, and without its own judgement: what nobody corrects would be waited for until the hang limit. */
export const redisClockGoesAhead: Row = {
  ...redisClockSteps,
  variants: [steps[0].name],
  async play(experiment, random) {
    await stepInGrace(experiment, random, steps[0].byS);
    return undefined;
  },
};

/** Some agents are lost, the clock steps, and half of them return. Answers when they were lost. */
async function stepInGrace(experiment: Experiment, random: Random, byS: number): Promise<number> {
  const desktops = await experiment.agents(steppingAgents);
  await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
  const [ghosts, returning] = [desktops.slice(0, 6), desktops.slice(6, 12)];
  const beganAt = Date.now();
  for (const desktop of [...ghosts, ...returning]) desktop.leave('crash');
  const { graceMs } = experiment.times;
  await pause(graceMs * random.between(0.1, 0.3));
  await experiment.site.setRedisClock(byS);
  experiment.noteFault('redisClockStep', beganAt);
  await pause(graceMs * random.between(0.2, 0.4));
  returning.forEach((desktop, place) => {
    desktop.arrive(place % 2 === 0 ? 'secondary' : 'primary');
  });
  await experiment.untilAcknowledged(desktops);
  return beganAt;
}

/** The step was taken back once, and no server was taken for lost. */
async function faultsOfCorrection({ site }: Experiment, byS: number, beganAt: number): Promise<string[]> {
  const seen = async (): Promise<number[]> =>
    (await site.journal(beganAt)).flatMap(({ entry }) => (entry.what === 'clockCorrected' ? [entry.shiftMs] : []));
  const missing = await waitFor('a correction of store time', async () => (await seen()).length > 0).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  if (missing !== undefined) return [missing];
  const correctedS = (await seen()).reduce((total, shiftMs) => total + shiftMs, 0) / 1_000;
  const causes = (await site.journal(beganAt)).flatMap(({ entry }) =>
    entry.what === 'lossBegan' ? [entry.cause] : [],
  );
  return [
    ...(Math.abs(correctedS + byS) > correctionToleranceS
      ? [`a step of ${String(byS)} s was corrected by ${String(correctedS)} s`]
      : []),
    ...(causes.includes('serverLost') ? ['a server that lives was taken for lost'] : []),
  ];
}
