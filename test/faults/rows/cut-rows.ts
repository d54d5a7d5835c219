import { type Cut } from '../../support/network-namespace';
import { pause } from '../../support/site';
import { type Row } from '../row';
import { type Seat } from '../seat';
import { plainStage } from '../stage';

/** Rows about one side that is cut off. */
const castSize = 40;
const fault = 'one side cut off for 90 s, its desktops move over, the cut heals';

const crash = (seats: readonly Seat[]): void => {
  for (const seat of seats) seat.leave('crash');
};

const modes = ['cut', 'blackHole'] as const;

export const sideCutOffFromStore: Row = {
  number: 13,
  fault: `${fault}: from Redis`,
  how: 'fault proxy: what was sent meanwhile arrives late, when it heals, or is lost; some desktops stay at the side to the end',
  needs: { ...plainStage, proxied: true },
  agents: castSize,
  baseline: true,
  variants: modes,
  async play(stage, random, run) {
    const seats = await stage.agents(castSize);
    await stage.open(seats, (place) => (place < 30 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    const proxy = stage.parts.redisProxies?.primary;
    proxy?.turn(modes[run % modes.length] ?? 'cut');
    crash(seats.slice(0, 5));
    const { graceMs, graceServerLostMs, leaseMs } = stage.times;
    const stay = seats.slice(24, 30);
    // Some of its desktops turn to the other side at once, the others when they are told; a few stay to the end.
    for (const seat of stay) seat.movesByItself = false;
    await pause(random.between(100, graceMs));
    for (const seat of seats.slice(5, 15)) {
      seat.leave('crash');
      seat.arrive('secondary');
    }
    await pause(leaseMs + graceServerLostMs + random.between(0, graceMs));
    proxy?.turn('pass');
    stage.noteFault('sideCutOff', beganAt);
    for (const seat of stay) seat.movesByItself = true;
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};

const answerMsMax = 500;
const cuts: readonly Cut[] = ['both ways', 'nothing reaches it', 'nothing leaves it'];

/** From Redis, from the CTI pair and from its own desktops, which notice it by silence. */
export const sideCutOff: Row = {
  number: 13,
  fault: `${fault}: from everything`,
  how: 'server and worker of the side in a network namespace; packets vanish in the kernel, both ways or one way, for longer than lease and grace',
  needs: { ...plainStage, ownNetwork: true },
  privilege: 'network namespaces',
  agents: castSize,
  baseline: true,
  variants: cuts,
  async play(stage, random, run) {
    const { network } = stage.parts;
    if (network === undefined) throw new Error('this row needs a network of its own');
    const seats = await stage.agents(castSize);
    await stage.open(seats, (place) => (place < 30 ? 'primary' : 'secondary'));
    const { detectionMs, graceMs, graceServerLostMs, leaseMs } = stage.times;
    const beganAt = Date.now();
    network.cut(cuts[run % cuts.length] ?? 'both ways');
    const isCut = await answersNothing(stage.urlOf('primary'));
    // Some never come back, some turn to the other side at once, and the others when they have heard nothing for too long.
    crash(seats.slice(0, 5));
    await pause(random.between(100, graceMs));
    for (const seat of seats.slice(5, 15)) {
      seat.leave('crash');
      seat.arrive('secondary');
    }
    await pause(detectionMs + leaseMs + graceServerLostMs + random.between(0, graceMs));
    await stage.untilAcknowledged(seats);
    network.heal();
    stage.noteFault('sideCutOff', beganAt);
    return isCut ? undefined : ['the side was not cut off'];
  },
};

async function answersNothing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(answerMsMax) }).catch(() => undefined);
  return answer === undefined;
}
