import { type Row } from '../row';
import { pause } from '../../kit/wait';
import { plainStage, type Stage } from '../stage';
import { type Seat } from '../seat';

/** How close to the end of the grace agents come back. */
const jitterMs = 50;
/** From the end of the grace to the effect of the request. */
const workMsMax = 150;

/** Rows about desktops that come and go while nothing else is wrong. */
export const returnAtGrace: Row = {
  number: 23,
  fault: 'return on the other side at grace ± 50 ms',
  how: 'desktops that are cut and opened on the other side at a random time',
  needs: plainStage,
  agents: 100,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'primary');
    // The wake-up, the last look and the request take a while, in which a return is as much of a race.
    const aroundMs = random.between(0, workMsMax);
    const offsets = seats.map(() => aroundMs + random.between(-jitterMs, jitterMs));
    await Promise.all(seats.map((seat, place) => leaveAndReturn(stage, seat, offsets[place] ?? 0)));
    return undefined;
  },
};

async function leaveAndReturn(stage: Stage, seat: Seat, offsetMs: number): Promise<void> {
  const lostAt = Date.now();
  seat.leave('crash');
  await pause(lostAt + stage.times.graceMs + offsetMs - Date.now());
  seat.arrive('secondary');
}
