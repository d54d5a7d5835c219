import { type Side } from '#domain/agent';
import { pause } from '../../support/site';
import { type Row } from '../row';
import { type Seat } from '../seat';
import { plainStage } from '../stage';

const castSize = 40;
/** Who is where before the cut, and what becomes of them; the numbers are places among the seats. */
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
  needs: { ...plainStage, redis: 'sentinel', splits: true },
  privilege: 'network namespaces',
  agents: castSize,
  baseline: true,
  async play(stage, random) {
    const { sentinels, split } = stage.parts;
    if (sentinels === undefined || split === undefined) throw new Error('this row needs a network that can be split');
    const old = await sentinels.master();
    const part = split.parts.find(({ innerAddress }) => innerAddress === old.host);
    if (part === undefined) throw new Error('the master is in no part');
    const [oldSide, newSide]: readonly [Side, Side] =
      part === split.parts[0] ? ['primary', 'secondary'] : ['secondary', 'primary'];
    const seats = await stage.agents(castSize);
    const of = (role: Role): Seat[] => seats.slice(...cast[role]);
    await stage.open(of('toOld'), newSide);
    await stage.open(of('toNew'), oldSide);
    const others = [...of('present'), ...of('lostBefore'), ...of('lostDuring')];
    await stage.open(others, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    for (const seat of [...of('lostBefore'), ...of('toOld'), ...of('toNew')]) seat.leave('crash');
    const { leaseMs, graceServerLostMs, graceMs } = stage.times;
    await pause(random.between(100, graceMs * 0.8));

    const beganAt = Date.now();
    split.cutOff(part);
    for (const seat of of('lostDuring')) seat.leave('crash');
    const returns = [
      ...of('toOld').map((seat) => returnOf(seat, oldSide, random.between(100, leaseMs))),
      ...of('toNew').map((seat) => returnOf(seat, newSide, random.between(100, leaseMs))),
    ];
    await sentinels.untilFailedOver(old);
    await Promise.all(returns);
    // Two masters for so long that whatever the old one promised has ended by the new one.
    await pause(leaseMs + graceServerLostMs + random.between(0, graceMs));
    split.heal();
    stage.noteFault('splitBrain', beganAt);
    // What the old master alone had is lost when it follows the new one.
    stage.note({ at: beganAt - 1_000, what: 'writesLost', until: Date.now() });
    // Until the former master follows; the next run finds the other side's node as the master.
    await sentinels.untilSettled();
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};

async function returnOf(seat: Seat, side: Side, afterMs: number): Promise<void> {
  await pause(afterMs);
  seat.arrive(side);
}
