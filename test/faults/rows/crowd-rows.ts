import { type Random } from '../../kit/random';
import { pause, waitFor } from '../../kit/wait';
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

/** The desktops of a run are gone at its end all at once, and the next run may be on the same site. */
async function untilUnprotected({ site, isBaseline }: Experiment): Promise<void> {
  const isProtected = async (): Promise<boolean> => {
    const turns = (await site.journal()).flatMap(({ entry }) => (entry.what === 'sideProtected' ? [entry] : []));
    return (['primary', 'secondary'] as const).some((side) => {
      const last = turns.findLast((turn) => turn.side === side);
      return last !== undefined && last.state !== 'over';
    });
  };
  if (!isBaseline) await waitFor('no side to be protected', async () => !(await isProtected()));
}

/** Of those of one side at work: so many sign out and go home, and so many simply go. */
const goingHome = 60;
const goneWithoutSignOut = 4;
const onAnotherShift = 56;
/** From an agent's sign-out to when the lid is shut. */
const homeMsMax = 1_000;

export const shiftEnds: Row = {
  number: 29,
  fault: 'a shift ends: half of a side signs out and shuts its lids, and a few are gone without signing out',
  how: 'signed out at the simulator within two seconds, each desktop cut up to a second later; four are cut without it',
  needs,
  agents: goingHome + goneWithoutSignOut + onAnotherShift,
  baseline: true,
  async play(experiment, random) {
    const { site, times } = experiment;
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    await untilUnprotected(experiment);
    const endsAt = Date.now();
    const ghosts = desktops.slice(goingHome, goingHome + goneWithoutSignOut);
    await Promise.all([
      ...desktops.slice(0, goingHome).map(async (desktop) => {
        await pause(random.between(0, 2_000));
        await site.post(`/agents/${desktop.agentId}/logout`, {});
        experiment.note({ at: Date.now(), what: 'signedOut', agentId: desktop.agentId });
        await pause(random.between(0, homeMsMax));
        desktop.leave('crash');
      }),
      ...ghosts.map(async (desktop) => {
        await pause(random.between(0, 2_000));
        desktop.leave('crash');
      }),
    ]);
    // No protection hides them: they are out as if they were alone.
    await pause(times.graceMs + times.detectionMs + times.epsilonMs);
    const signedIn = await site.signedIn();
    const late = ghosts.filter(({ agentId }) => signedIn.has(agentId));
    const lines = experiment.isBaseline ? [] : await site.journal(endsAt);
    const protections = lines.filter(({ entry }) => entry.what === 'sideProtected' && entry.state === 'held');
    const requested = await site.requestsSince(endsAt);
    const home = new Set(desktops.slice(0, goingHome).map(({ agentId }) => agentId));
    return [
      ...late.map(({ agentId }) => `agent ${agentId}, who did not sign out, is signed in long after the grace`),
      ...protections.map(({ entry }) => `a shift that ended was taken for a mass loss: ${entry.sentence}`),
      ...requested
        .filter(({ agentId, stateName }) => home.has(agentId) && stateName === 'LOGOUT')
        .map(({ agentId }) => `a request for agent ${agentId}, who had signed out`),
    ];
  },
};
