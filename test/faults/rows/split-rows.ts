import { type Side } from '#domain/agent';
import { pause } from '../../kit/wait';
import { plainNeeds } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

const castSize = 40;
/** Who is where before the cut, and what becomes of them; the numbers are places among the desktops. */
const cast = {
  /** Present all the time, on both sides. */
  present: [0, 14],
  /** Lost on the new master's side, and back on the old one's while it is cut off. */
  toOld: [14, 26],
  /** The other way round. */
  toNew: [26, 32],
  /** Lost for good, before the cut and during it. */
  lostBefore: [32, 36],
  lostDuring: [36, 40],
} as const;

type Role = keyof typeof cast;

export const splitBrain: Row = {
  number: 7,
  fault: 'Sentinel split brain, the agent returns on the other side',
  how: 'network namespaces: the master, a Sentinel and the side that is with them are cut off from two replicas, two Sentinels and the other side, until lease and grace are over',
  needs: { ...plainNeeds, redis: 'sentinel', splits: true },
  privilege: 'network namespaces',
  agents: castSize,
  baseline: true,
  async play(experiment, random) {
    const { sentinels, split } = experiment.site.parts;
    if (sentinels === undefined || split === undefined) throw new Error('this row needs a network that can be split');
    const old = await sentinels.master();
    const part = split.parts.find(({ innerAddress }) => innerAddress === old.host);
    if (part === undefined) throw new Error('the master is in no part');
    const [oldSide, newSide]: readonly [Side, Side] =
      part === split.parts[0] ? ['primary', 'secondary'] : ['secondary', 'primary'];
    const desktops = await experiment.agents(castSize);
    const of = (role: Role): ReconnectingDesktop[] => desktops.slice(...cast[role]);
    await experiment.open(of('toOld'), newSide);
    await experiment.open(of('toNew'), oldSide);
    const others = [...of('present'), ...of('lostBefore'), ...of('lostDuring')];
    await experiment.open(others, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    for (const desktop of [...of('lostBefore'), ...of('toOld'), ...of('toNew')]) desktop.leave('crash');
    const { leaseMs, graceServerLostMs, graceMs } = experiment.times;
    await pause(random.between(100, graceMs * 0.8));

    const beganAt = Date.now();
    split.cutOff(part);
    for (const desktop of of('lostDuring')) desktop.leave('crash');
    const returns = [
      ...of('toOld').map((desktop) => returnOf(desktop, oldSide, random.between(100, leaseMs))),
      ...of('toNew').map((desktop) => returnOf(desktop, newSide, random.between(100, leaseMs))),
    ];
    await sentinels.untilFailedOver(old);
    await Promise.all(returns);
    // Two masters for so long that whatever the old one promised has ended by the new one.
    await pause(leaseMs + graceServerLostMs + random.between(0, graceMs));
    split.heal();
    experiment.noteFault('splitBrain', beganAt);
    // What the old master alone had is lost when it follows the new one.
    experiment.note({ at: beganAt - 1_000, what: 'writesLost', until: Date.now() });
    // Until the former master follows; the next run finds the other side's node as the master.
    await sentinels.untilSettled();
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

async function returnOf(desktop: ReconnectingDesktop, side: Side, afterMs: number): Promise<void> {
  await pause(afterMs);
  desktop.arrive(side);
}
