import { type Row } from '../row';
import { pause } from '../../kit/wait';
import { plainStage, type Stage } from '../stage';

/** Rows about wall clocks. The monotonic clock, on which waiting is done, goes on as it does when a clock is set. */
const needs = { ...plainStage, ownClocks: true };
const parts = ['worker', 'server'] as const;

async function setClocks(stage: Stage, offsetS: number, run: number): Promise<void> {
  // The baseline has one process for both.
  for (const part of stage.isBaseline ? parts : [parts[run % parts.length] ?? 'worker'])
    await stage.setClock(part, offsetS);
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
  async play(stage, random, run) {
    await setClocks(stage, offsetsS[Math.floor(run / parts.length) % offsetsS.length] ?? 30, run);
    const beganAt = Date.now();
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    for (const seat of seats.slice(0, 16)) seat.leave('crash');
    await pause(stage.times.graceMs * random.between(0.5, 0.8));
    for (const seat of seats.slice(0, 6)) seat.arrive('secondary');
    await stage.untilAcknowledged(seats);
    await pause(stage.times.graceMs);
    stage.noteFault('clocks', beganAt);
    await setClocks(stage, 0, run);
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
  async play(stage, random, run) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    for (const seat of seats.slice(0, 16)) seat.leave('crash');
    await pause(stage.times.graceMs * random.between(0.1, 0.3));
    await setClocks(stage, jumpsS[Math.floor(run / parts.length) % jumpsS.length] ?? 90, run);
    await pause(stage.times.graceMs * 0.6);
    for (const seat of seats.slice(0, 6)) seat.arrive('secondary');
    await stage.untilAcknowledged(seats);
    await pause(stage.times.graceMs);
    stage.noteFault('clockJump', beganAt);
    await setClocks(stage, 0, run);
    return undefined;
  },
};
