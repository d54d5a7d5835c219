import { type Random } from '../../kit/random';
import { pause } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

/** Rows about many at once. Byes and calls have no part in them. */
const needs = { ...plainNeeds, protectsSides: true };

/** All of them within a second, as a switch or a proxy that broke would. */
async function loseWithinASecond(desktops: readonly ReconnectingDesktop[], random: Random): Promise<void> {
  await Promise.all(
    desktops.map(async (desktop) => {
      await pause(random.between(0, 1_000));
      desktop.leave('crash');
    }),
  );
}

/** Agents who return do so in the time of an ordinary fail-over, which is well before the shortest hold is over. */
async function comeBack(
  experiment: Experiment,
  desktops: readonly ReconnectingDesktop[],
  random: Random,
): Promise<void> {
  const withinMs = experiment.times.massLoss.holdMsMin * 0.6;
  await Promise.all(
    desktops.map(async (desktop, place) => {
      await pause(random.between(0, withinMs));
      desktop.arrive(place % 2 === 0 ? 'primary' : 'secondary');
    }),
  );
  await experiment.untilAcknowledged(desktops);
}

const crowd = 2_000;
const crowdOfSmall = 300;

export const mostComeBack: Row = {
  number: 20,
  fault: '2 000 lost in one second, 95 % back within the time of a fail-over',
  how: 'desktops of one side cut within a second; 1 900 open again on both sides',
  needs,
  agents: crowd,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(experiment.size === 'whole' ? crowd : crowdOfSmall);
    await experiment.open(desktops, 'primary');
    await loseWithinASecond(desktops, random);
    await comeBack(experiment, desktops.slice(desktops.length / 20), random);
    return undefined;
  },
};

const lostForGood = 100;
/** So many stay that the limit per minute, a share of those who are signed in, is not what the row waits for. */
const staying = 150;

export const noneComesBack: Row = {
  number: 21,
  fault: '100 lost in one second who never come back',
  how: 'desktops of one side cut within a second, beside 150 that stay',
  needs,
  agents: lostForGood + staying,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    await loseWithinASecond(desktops.slice(0, lostForGood), random);
    return undefined;
  },
};

export const everythingDown: Row = {
  number: 22,
  fault: 'everything down: all desktops of both sides lost, back before the longest hold is over',
  how: 'all desktops of both sides cut within a second; half of them come back after more than the shortest hold',
  needs,
  agents: 200,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    await loseWithinASecond(desktops, random);
    await pause(experiment.times.massLoss.holdMsMin + experiment.times.graceMs);
    await comeBack(experiment, desktops.slice(this.agents / 20), random);
    return undefined;
  },
};
