import { type Random } from '../../kit/random';
import { type Row } from '../row';
import { type Seat } from '../seat';
import { pause } from '../../kit/wait';
import { plainStage, type Stage } from '../stage';

/** Rows about many at once. Byes and calls have no part in them. */
const needs = { ...plainStage, protectsSides: true };

/** All of them within a second, as a switch or a proxy that broke would. */
async function loseWithinASecond(seats: readonly Seat[], random: Random): Promise<void> {
  await Promise.all(
    seats.map(async (seat) => {
      await pause(random.between(0, 1_000));
      seat.leave('crash');
    }),
  );
}

/** Agents who return do so in the time of an ordinary fail-over, which is well before the shortest hold is over. */
async function comeBack(stage: Stage, seats: readonly Seat[], random: Random): Promise<void> {
  const withinMs = stage.times.massLoss.holdMsMin * 0.6;
  await Promise.all(
    seats.map(async (seat, place) => {
      await pause(random.between(0, withinMs));
      seat.arrive(place % 2 === 0 ? 'primary' : 'secondary');
    }),
  );
  await stage.untilAcknowledged(seats);
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
  async play(stage, random) {
    const seats = await stage.agents(stage.size === 'whole' ? crowd : crowdOfSmall);
    await stage.open(seats, 'primary');
    await loseWithinASecond(seats, random);
    await comeBack(stage, seats.slice(seats.length / 20), random);
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
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'primary');
    await loseWithinASecond(seats.slice(0, lostForGood), random);
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
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    await loseWithinASecond(seats, random);
    await pause(stage.times.massLoss.holdMsMin + stage.times.graceMs);
    await comeBack(stage, seats.slice(this.agents / 20), random);
    return undefined;
  },
};
