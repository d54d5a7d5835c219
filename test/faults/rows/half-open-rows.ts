import { dropPackets } from '../../kit/network/packet-drop';
import { pause } from '../../kit/wait';
import { DesktopProcess } from '../desktop-process';
import { type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type ReconnectingXmppDesktop } from '../reconnecting-xmpp-desktop';
import { type Row } from '../row';
import { atXmppServers, bothServers, openXmpp, xmppOf, xmppDesktops } from '../xmpp-desktops';

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
  async play(experiment, random) {
    const desktops = await experiment.agents(atGateways);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const xmpp = experiment.isBaseline ? [] : await clientsOfXmpp(experiment);
    const process = await desktopsInProcess(experiment);
    const [gone, reopened, noticing] = [desktops.slice(0, 5), desktops.slice(5, 9), desktops.slice(9, 13)];
    const [xmppGone, xmppNoticing] = [xmpp.slice(0, 4), xmpp.slice(4, 7)];
    cutOff(experiment, [...gone, ...reopened, ...noticing, ...xmppGone, ...xmppNoticing]);
    for (const desktop of [...gone, ...reopened, ...xmppGone]) desktop.leave('cutOff');
    process.freeze();
    await Promise.all(
      reopened.map(async ({ agentId }) => {
        await pause(random.between(0, experiment.times.graceMs));
        experiment.secondDesktop(agentId, `other-${agentId}`).arrive(random.pick(['primary', 'secondary'] as const));
      }),
    );
    // By then those who notice have noticed; till then they are acknowledged by their own view, and nobody may sign them out.
    await pause(experiment.times.detectionMs);
    await experiment.untilAcknowledged(experiment.desktops);
    return undefined;
  },
};

/** With a session where the XMPP server notices silence by that; ejabberd's pings need none. */
async function clientsOfXmpp(experiment: Experiment): Promise<ReconnectingXmppDesktop[]> {
  const desktops = await xmppDesktops(experiment, atXmppServer, () => xmppOf(experiment).server.name === 'Prosody');
  await openXmpp(experiment, desktops);
  return desktops;
}

async function desktopsInProcess(experiment: Experiment): Promise<DesktopProcess> {
  const process = new DesktopProcess(experiment);
  experiment.undo.push(() => {
    process.end();
  });
  const webSockets = await experiment.agents(inProcess);
  const xmpp = experiment.isBaseline ? [] : await experiment.agents(inProcess);
  for (const { agentId } of xmpp) await xmppOf(experiment).addAgent(agentId);
  await process.start(
    webSockets,
    xmpp.map(({ agentId }) => agentId),
  );
  return process;
}

function cutOff(experiment: Experiment, desktops: readonly (ReconnectingDesktop | ReconnectingXmppDesktop)[]): void {
  const cables = desktops.flatMap(({ cable }) => cable ?? []);
  if (cables.length < desktops.length) throw new Error('a desktop that is to be cut off is not connected');
  experiment.undo.push(dropPackets(cables));
}
