import { pause } from '../../support/site';
import { DesktopProcess } from '../desktop-process';
import { dropPackets } from '../../support/packet-drop';
import { type Row } from '../row';
import { type Seat } from '../seat';
import { type Stage } from '../stage';
import { type XmppSeat } from '../xmpp-seat';
import { atXmppServers, bothServers, openXmpp, xmppOf, xmppSeats } from '../xmpp-seats';

/** So many of each kind hang in a process that stands still. */
const inProcess = 3;
const atGateways = 16;
const atXmppServer = 10;

/** A row about desktops whose connections stay and carry nothing. */
export const halfOpenDesktops: Row = {
  number: 19,
  fault: 'half-open desktops: no connection is closed, and nobody answers',
  how: "iptables DROP on the clients' ports, SIGSTOP of a process full of desktops; at our gateways, and at Prosody with stream management or at ejabberd with its pings in turn; some notice and come back, some are opened elsewhere meanwhile",
  needs: atXmppServers,
  privilege: 'packet filter',
  agents: atGateways + atXmppServer + 2 * inProcess,
  baseline: true,
  variants: bothServers,
  async play(stage, random) {
    const seats = await stage.agents(atGateways);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const xmpp = stage.isBaseline ? [] : await clientsOfXmpp(stage);
    const process = await desktopsInProcess(stage);
    const [gone, reopened, noticing] = [seats.slice(0, 5), seats.slice(5, 9), seats.slice(9, 13)];
    const [xmppGone, xmppNoticing] = [xmpp.slice(0, 4), xmpp.slice(4, 7)];
    cutOff(stage, [...gone, ...reopened, ...noticing, ...xmppGone, ...xmppNoticing]);
    for (const seat of [...gone, ...reopened, ...xmppGone]) seat.leave('cutOff');
    process.freeze();
    await Promise.all(
      reopened.map(async ({ agentId }) => {
        await pause(random.between(0, stage.times.graceMs));
        stage.secondSeat(agentId, `other-${agentId}`).arrive(random.pick(['primary', 'secondary'] as const));
      }),
    );
    // By then those who notice have noticed; till then they are acknowledged by their own view, and nobody may sign them out.
    await pause(stage.times.detectionMs);
    await stage.untilAcknowledged(stage.seats);
    return undefined;
  },
};

/** With a session where the XMPP server notices silence by that; ejabberd's pings need none. */
async function clientsOfXmpp(stage: Stage): Promise<XmppSeat[]> {
  const seats = await xmppSeats(stage, atXmppServer, () => xmppOf(stage).server.name === 'Prosody');
  await openXmpp(stage, seats);
  return seats;
}

async function desktopsInProcess(stage: Stage): Promise<DesktopProcess> {
  const process = new DesktopProcess(stage);
  stage.undo.push(() => {
    process.end();
  });
  const webSockets = await stage.agents(inProcess);
  const xmpp = stage.isBaseline ? [] : await stage.agents(inProcess);
  for (const { agentId } of xmpp) await xmppOf(stage).addAgent(agentId);
  await process.start(
    webSockets,
    xmpp.map(({ agentId }) => agentId),
  );
  return process;
}

function cutOff(stage: Stage, seats: readonly (Seat | XmppSeat)[]): void {
  const cables = seats.flatMap(({ cable }) => cable ?? []);
  if (cables.length < seats.length) throw new Error('a desktop that is to be cut off is not connected');
  stage.undo.push(dropPackets(cables));
}
