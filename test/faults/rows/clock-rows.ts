import { pause } from '../../kit/wait';
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
