import { pause } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

/** How close to the end of the grace agents come back. */
const jitterMs = 50;
/** From the end of the grace to the effect of the request. */
const workMsMax = 150;

/** Rows about desktops that come and go while nothing else is wrong. */
export const returnAtGrace: Row = {
  number: 23,
  fault: 'return on the other side at grace ± 50 ms',
  how: 'desktops that are cut and opened on the other side at a random time',
  needs: plainNeeds,
  agents: 100,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    // The wake-up, the last look and the request take a while, in which a return is as much of a race.
    const aroundMs = random.between(0, workMsMax);
    const offsets = desktops.map(() => aroundMs + random.between(-jitterMs, jitterMs));
    await Promise.all(desktops.map((desktop, place) => leaveAndReturn(experiment, desktop, offsets[place] ?? 0)));
    return undefined;
  },
};

async function leaveAndReturn(experiment: Experiment, desktop: ReconnectingDesktop, offsetMs: number): Promise<void> {
  const lostAt = Date.now();
  desktop.leave('crash');
  await pause(lostAt + experiment.times.graceMs + offsetMs - Date.now());
  desktop.arrive('secondary');
}
