import { type Random } from '../../kit/random';
import { pause, waitFor } from '../../kit/wait';
import { type XmppServer } from '../../kit/xmpp/xmpp-server';
import { plainNeeds, type Experiment } from '../experiment';
import { type FaultXmpp } from '../fault-xmpp';
import { type ReconnectingXmppDesktop } from '../reconnecting-xmpp-desktop';
import { type Row } from '../row';
import { atXmppServers, bothServers, openXmpp, untilWatched, xmppOf, xmppDesktops } from '../xmpp-desktops';

/** Rows about the XMPP server that desktops sign in to, and about what lies between it and us. */
const noXmpp = 'it knows nothing of XMPP';
/** Until the news of a loss is with our servers, with room to spare. */
const newsMs = 150;

export const xmppServerStopped = serverGone({
  number: 15,
  fault: 'the XMPP server is stopped for longer than the grace',
  how: 'SIGTERM; Prosody and ejabberd in turn; some desktops are lost just before, some never come back',
  end: (server) => server.stop(),
});

export const xmppServerKilled = serverGone({
  number: 16,
  fault: 'the XMPP server is killed, back after longer than the grace',
  how: 'kill -9; Prosody and ejabberd in turn; some desktops are lost just before, some never come back',
  end: (server) => server.kill(),
});

interface Going {
  readonly number: number;
  readonly fault: string;
  readonly how: string;
  readonly end: (server: XmppServer) => Promise<void>;
}

function serverGone({ end, ...row }: Going): Row {
  return {
    ...row,
    needs: atXmppServers,
    agents: 30,
    baseline: noXmpp,
    variants: bothServers,
    async play(experiment, random) {
      const xmpp = xmppOf(experiment);
      const desktops = await xmppDesktops(experiment, this.agents, (place) => place % 4 < 2);
      await openXmpp(experiment, desktops);
      const [lostBefore, ghosts] = [desktops.slice(0, 10), desktops.slice(10, 14)];
      for (const desktop of lostBefore) desktop.leave(random.chance(0.7) ? 'crash' : 'bye');
      await pause(random.between(0, experiment.times.graceMs * 0.8));
      const beganAt = Date.now();
      await end(xmpp.server);
      await waitFor('desktops to be cut off', () => !desktops.some(({ isOpen }) => isOpen));
      for (const ghost of ghosts) ghost.leave('cutOff');
      await pause(experiment.times.graceMs + random.between(200, 800));
      await xmpp.server.restart();
      for (const desktop of lostBefore.slice(0, 5)) desktop.arrive();
      await untilWatched(experiment);
      noteSourceAway(experiment, 'xmppServerGone', beganAt);
      return undefined;
    },
  };
}

/** Both servers have the whole picture again now. Who is missing in it has the grace of a lost server from now on. */
function noteSourceAway(experiment: Experiment, kind: string, beganAt: number): void {
  const { serverId } = xmppOf(experiment);
  experiment.note({ at: beganAt, what: 'sourceAway', serverId, until: Date.now() });
  experiment.noteFault(kind, beganAt);
}

/** What happens to the streams by which our servers watch. */
type Loss = 'reset' | 'one side reset' | 'cut' | 'black hole';
const losses: readonly Loss[] = ['reset', 'one side reset', 'cut', 'black hole'];

export const xmppStreamLost: Row = {
  number: 17,
  fault: "our servers' streams to the XMPP server are lost; desktops come and go unseen meanwhile",
  how: 'fault proxy: both reset and refused, one of them, both cut, both black-holed, in turn; Prosody and ejabberd in turn',
  // The other server in the next round of all of them.
  needs: (run) => atXmppServers(run + Math.floor(run / losses.length)),
  agents: 32,
  baseline: noXmpp,
  variants: losses,
  async play(experiment, random, run) {
    const xmpp = xmppOf(experiment);
    const desktops = await xmppDesktops(experiment, this.agents, (place) => place % 4 < 2);
    await openXmpp(experiment, desktops);
    const [lostBefore, lostMeanwhile] = [desktops.slice(0, 10), desktops.slice(10, 20)];
    for (const desktop of lostBefore) desktop.leave('crash');
    await pause(newsMs + random.between(0, experiment.times.graceMs * 0.5));
    const beganAt = Date.now();
    const mend = lose(xmpp, losses[run % losses.length] ?? 'reset');
    for (const desktop of lostMeanwhile) desktop.leave('crash');
    // The loss of the first five is known and their return is not: only a last look that says "unknown" saves them.
    await Promise.all(
      [...lostBefore.slice(0, 5), ...lostMeanwhile.slice(0, 5)].map((desktop) => returnUnseen(desktop, random)),
    );
    await pause(experiment.times.graceMs + random.between(200, 1_000));
    mend();
    await untilWatched(experiment);
    noteSourceAway(experiment, 'xmppStreamLost', beganAt);
    return undefined;
  },
};

async function returnUnseen(desktop: ReconnectingXmppDesktop, random: Random): Promise<void> {
  await pause(random.between(0, 400));
  desktop.arrive();
}

/** Answers what makes the streams whole again. */
function lose({ proxies }: FaultXmpp, loss: Loss): () => void {
  const both = Object.values(proxies);
  const hit = loss === 'one side reset' ? [proxies.primary] : both;
  for (const proxy of hit) {
    switch (loss) {
      case 'reset':
      case 'one side reset':
        proxy.turn('refuse');
        proxy.reset();
        break;
      case 'cut':
        proxy.turn('cut');
        break;
      case 'black hole':
        proxy.turn('blackHole');
        break;
    }
  }
  return () => {
    for (const proxy of hit) proxy.turn('pass');
  };
}

const kindsOfSessions = [...bothServers, 'Prosody with mod_lastcall_hibernation'] as const;

export const sessionsResumed: Row = {
  number: 18,
  fault: 'connections end, their sessions are resumed (XEP-0198), replaced, or never resumed',
  how: 'reset connections of desktops with stream management, resumed twice within the time that the server keeps them, or too late',
  needs: (run) => {
    const isTelling = run % kindsOfSessions.length === bothServers.length;
    return isTelling
      ? { ...plainNeeds, xmpp: { server: 'Prosody', tellsHibernation: true } }
      : atXmppServers(run % kindsOfSessions.length);
  },
  agents: 30,
  baseline: noXmpp,
  variants: kindsOfSessions,
  async play(experiment, random) {
    const desktops = await xmppDesktops(experiment, this.agents, () => true);
    await openXmpp(experiment, desktops);
    const [resumed, late, replaced, ghosts] = [
      desktops.slice(0, 10),
      desktops.slice(10, 14),
      desktops.slice(14, 18),
      desktops.slice(18, 26),
    ];
    for (const ghost of ghosts) ghost.leave('crash');
    await Promise.all([
      ...resumed.map((desktop) => resumeTwice(desktop, experiment, random)),
      ...late.map((desktop) => resumeLate(desktop, experiment, random)),
      ...replaced.map((desktop) => comeAsAnother(desktop, random)),
    ]);
    await experiment.untilAcknowledged(desktops);
    return lossesOfResumed(experiment, resumed);
  },
};

async function resumeTwice(desktop: ReconnectingXmppDesktop, experiment: Experiment, random: Random): Promise<void> {
  for (let time = 0; time < 2; time++) {
    desktop.leave('crash');
    await pause(random.between(0, 150));
    desktop.arrive();
    await experiment.untilAcknowledged([desktop]);
  }
}

/** The session is given up by then, or kept and told as lost: either way the agent comes back in the middle of a grace. */
async function resumeLate(desktop: ReconnectingXmppDesktop, experiment: Experiment, random: Random): Promise<void> {
  const { graceMs } = experiment.times;
  desktop.leave('crash');
  const isTelling = xmppOf(experiment).needs.tellsHibernation;
  await pause((isTelling ? 0 : xmppOf(experiment).keptMs) + random.between(0.3, 0.7) * graceMs);
  desktop.arrive();
}

async function comeAsAnother(desktop: ReconnectingXmppDesktop, random: Random): Promise<void> {
  desktop.leave('crash');
  await pause(random.between(0, 100));
  desktop.arriveAsAnother();
}

/** A session that was resumed in time causes nothing, unless our module tells of it. */
async function lossesOfResumed(experiment: Experiment, resumed: readonly ReconnectingXmppDesktop[]): Promise<string[]> {
  if (xmppOf(experiment).needs.tellsHibernation) return [];
  const whole = new Set(resumed.filter(({ sessions }) => sessions === 1).map(({ agentId }) => agentId));
  const lines = await experiment.site.journal(0);
  return lines
    .filter(({ agentId, entry }) => whole.has(agentId) && entry.what === 'lossBegan')
    .map(({ agentId }) => `agent ${agentId} resumed the session in time and was taken for lost`);
}
