import { type Random } from '../../kit/random';

import { type XmppServer } from '../../kit/xmpp/xmpp-server';
import { type Row } from '../row';
import { plainStage, type Stage } from '../stage';
import { type XmppPart } from '../xmpp-part';
import { type XmppSeat } from '../xmpp-seat';
import { atXmppServers, bothServers, openXmpp, untilWatched, xmppOf, xmppSeats } from '../xmpp-seats';
import { pause, waitFor } from '../../kit/wait';

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
    async play(stage, random) {
      const xmpp = xmppOf(stage);
      const seats = await xmppSeats(stage, this.agents, (place) => place % 4 < 2);
      await openXmpp(stage, seats);
      const [lostBefore, ghosts] = [seats.slice(0, 10), seats.slice(10, 14)];
      for (const seat of lostBefore) seat.leave(random.chance(0.7) ? 'crash' : 'bye');
      await pause(random.between(0, stage.times.graceMs * 0.8));
      const beganAt = Date.now();
      await end(xmpp.server);
      await waitFor('desktops to be cut off', () => !seats.some(({ isOpen }) => isOpen));
      for (const ghost of ghosts) ghost.leave('cutOff');
      await pause(stage.times.graceMs + random.between(200, 800));
      await xmpp.server.restart();
      for (const seat of lostBefore.slice(0, 5)) seat.arrive();
      await untilWatched(stage);
      noteSourceAway(stage, 'xmppServerGone', beganAt);
      return undefined;
    },
  };
}

/** Both servers have the whole picture again now. Who is missing in it has the grace of a lost server from now on. */
function noteSourceAway(stage: Stage, kind: string, beganAt: number): void {
  const { serverId } = xmppOf(stage);
  stage.note({ at: beganAt, what: 'sourceAway', serverId, until: Date.now() });
  stage.noteFault(kind, beganAt);
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
  async play(stage, random, run) {
    const xmpp = xmppOf(stage);
    const seats = await xmppSeats(stage, this.agents, (place) => place % 4 < 2);
    await openXmpp(stage, seats);
    const [lostBefore, lostMeanwhile] = [seats.slice(0, 10), seats.slice(10, 20)];
    for (const seat of lostBefore) seat.leave('crash');
    await pause(newsMs + random.between(0, stage.times.graceMs * 0.5));
    const beganAt = Date.now();
    const mend = lose(xmpp, losses[run % losses.length] ?? 'reset');
    for (const seat of lostMeanwhile) seat.leave('crash');
    // The loss of the first five is known and their return is not: only a last look that says "unknown" saves them.
    await Promise.all(
      [...lostBefore.slice(0, 5), ...lostMeanwhile.slice(0, 5)].map((seat) => returnUnseen(seat, random)),
    );
    await pause(stage.times.graceMs + random.between(200, 1_000));
    mend();
    await untilWatched(stage);
    noteSourceAway(stage, 'xmppStreamLost', beganAt);
    return undefined;
  },
};

async function returnUnseen(seat: XmppSeat, random: Random): Promise<void> {
  await pause(random.between(0, 400));
  seat.arrive();
}

/** Answers what makes the streams whole again. */
function lose({ proxies }: XmppPart, loss: Loss): () => void {
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
      ? { ...plainStage, xmpp: { server: 'Prosody', tellsHibernation: true } }
      : atXmppServers(run % kindsOfSessions.length);
  },
  agents: 30,
  baseline: noXmpp,
  variants: kindsOfSessions,
  async play(stage, random) {
    const seats = await xmppSeats(stage, this.agents, () => true);
    await openXmpp(stage, seats);
    const [resumed, late, replaced, ghosts] = [
      seats.slice(0, 10),
      seats.slice(10, 14),
      seats.slice(14, 18),
      seats.slice(18, 26),
    ];
    for (const ghost of ghosts) ghost.leave('crash');
    await Promise.all([
      ...resumed.map((seat) => resumeTwice(seat, stage, random)),
      ...late.map((seat) => resumeLate(seat, stage, random)),
      ...replaced.map((seat) => comeAnew(seat, random)),
    ]);
    await stage.untilAcknowledged(seats);
    return lossesOfResumed(stage, resumed);
  },
};

async function resumeTwice(seat: XmppSeat, stage: Stage, random: Random): Promise<void> {
  for (let time = 0; time < 2; time++) {
    seat.leave('crash');
    await pause(random.between(0, 150));
    seat.arrive();
    await stage.untilAcknowledged([seat]);
  }
}

/** The session is given up by then, or kept and told as lost: either way the agent comes back in the middle of a grace. */
async function resumeLate(seat: XmppSeat, stage: Stage, random: Random): Promise<void> {
  const { graceMs } = stage.times;
  seat.leave('crash');
  const isTelling = xmppOf(stage).needs.tellsHibernation;
  await pause((isTelling ? 0 : xmppOf(stage).keptMs) + random.between(0.3, 0.7) * graceMs);
  seat.arrive();
}

async function comeAnew(seat: XmppSeat, random: Random): Promise<void> {
  seat.leave('crash');
  await pause(random.between(0, 100));
  seat.arriveAnew();
}

/** A session that was resumed in time causes nothing, unless our module tells of it. */
async function lossesOfResumed(stage: Stage, resumed: readonly XmppSeat[]): Promise<string[]> {
  if (xmppOf(stage).needs.tellsHibernation) return [];
  const whole = new Set(resumed.filter(({ sessions }) => sessions === 1).map(({ agentId }) => agentId));
  const lines = await stage.journalSince(0);
  return lines
    .filter(({ agentId, entry }) => whole.has(agentId) && entry.what === 'lossBegan')
    .map(({ agentId }) => `agent ${agentId} resumed the session in time and was taken for lost`);
}
