import { type Cut } from '../../kit/network/network-namespace';
import { pause } from '../../kit/wait';
import { plainNeeds } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

/** Rows about one side that is cut off. */
const castSize = 40;
const fault = 'one side cut off for 90 s, its desktops move over, the cut heals';

const crash = (desktops: readonly ReconnectingDesktop[]): void => {
  for (const desktop of desktops) desktop.leave('crash');
};

const modes = ['cut', 'blackHole'] as const;

export const sideCutOffFromStore: Row = {
  number: 13,
  fault: `${fault}: from Redis`,
  how: 'fault proxy: what was sent meanwhile arrives late, when it heals, or is lost; some desktops stay at the side to the end',
  needs: { ...plainNeeds, proxied: true },
  agents: castSize,
  baseline: true,
  variants: modes,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(castSize);
    await experiment.open(desktops, (place) => (place < 30 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    const proxy = experiment.site.parts.redisProxies?.primary;
    proxy?.turn(modes[run % modes.length] ?? 'cut');
    crash(desktops.slice(0, 5));
    const { graceMs, graceServerLostMs, leaseMs } = experiment.times;
    const stay = desktops.slice(24, 30);
    // Some of its desktops turn to the other side at once, the others when they are told; a few stay to the end.
    for (const desktop of stay) desktop.movesByItself = false;
    await pause(random.between(100, graceMs));
    for (const desktop of desktops.slice(5, 15)) {
      desktop.leave('crash');
      desktop.arrive('secondary');
    }
    await pause(leaseMs + graceServerLostMs + random.between(0, graceMs));
    proxy?.turn('pass');
    experiment.noteFault('sideCutOff', beganAt);
    for (const desktop of stay) desktop.movesByItself = true;
    await experiment.untilAcknowledged(desktops);
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
  needs: { ...plainNeeds, ownNetwork: true },
  privilege: 'network namespaces',
  agents: castSize,
  baseline: true,
  variants: cuts,
  async play(experiment, random, run) {
    const { network } = experiment.site.parts;
    if (network === undefined) throw new Error('this row needs a network of its own');
    const desktops = await experiment.agents(castSize);
    await experiment.open(desktops, (place) => (place < 30 ? 'primary' : 'secondary'));
    const { detectionMs, graceMs, graceServerLostMs, leaseMs } = experiment.times;
    const beganAt = Date.now();
    network.cut(cuts[run % cuts.length] ?? 'both ways');
    const isCut = await answersNothing(experiment.urlOf('primary'));
    // Some never come back, some turn to the other side at once, and the others when they have heard nothing for too long.
    crash(desktops.slice(0, 5));
    await pause(random.between(100, graceMs));
    for (const desktop of desktops.slice(5, 15)) {
      desktop.leave('crash');
      desktop.arrive('secondary');
    }
    await pause(detectionMs + leaseMs + graceServerLostMs + random.between(0, graceMs));
    await experiment.untilAcknowledged(desktops);
    network.heal();
    experiment.noteFault('sideCutOff', beganAt);
    return isCut ? undefined : ['the side was not cut off'];
  },
};

async function answersNothing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(answerMsMax) }).catch(() => undefined);
  return answer === undefined;
}
