import { waitFor } from '../kit/wait';
import { plainNeeds, type Experiment, type ExperimentNeeds } from './experiment';
import { type XmppNeeds, type FaultXmpp } from './fault-xmpp';
import { ReconnectingXmppDesktop } from './reconnecting-xmpp-desktop';

/** What a run with an even and with an odd number has. */
export const bothServers = ['Prosody', 'ejabberd'] as const;

/** Sites whose agents have their desktops at an XMPP server: Prosody and ejabberd in turn. */
export function atXmppServers(run: number): ExperimentNeeds {
  const xmpp: XmppNeeds = { server: bothServers[run % 2] ?? 'Prosody', tellsHibernation: false };
  return { ...plainNeeds, xmpp };
}

export function xmppOf(experiment: Experiment): FaultXmpp {
  if (experiment.xmpp === undefined) throw new Error('this experiment has no XMPP server');
  return experiment.xmpp;
}

/** Agents whom no run has seen before, signed in, with accounts at the XMPP server; over its port and its WebSocket in turn. */
export async function xmppDesktops(
  experiment: Experiment,
  count: number,
  sm: (place: number) => boolean,
): Promise<ReconnectingXmppDesktop[]> {
  const xmpp = xmppOf(experiment);
  const agentIds = (await experiment.agents(count)).map(({ agentId }) => agentId);
  await Promise.all(agentIds.map((agentId) => xmpp.addAgent(agentId)));
  const { c2sPort, websocketUrl } = xmpp.server;
  const desktops = agentIds.map((agentId, place) => {
    const at = place % 2 === 0 ? c2sPort : websocketUrl;
    return new ReconnectingXmppDesktop(experiment, xmpp, agentId, { at, sm: sm(place) });
  });
  experiment.desktops.push(...desktops);
  return desktops;
}

/** Opens all of them, and waits until both servers know each one. */
export async function openXmpp(experiment: Experiment, desktops: readonly ReconnectingXmppDesktop[]): Promise<void> {
  for (const desktop of desktops) desktop.arrive();
  await experiment.untilAcknowledged(desktops);
  await untilSeen(
    experiment,
    desktops.map(({ agentId }) => agentId),
  );
}

/** Both servers watch, each for itself. */
export async function untilSeen(experiment: Experiment, agentIds: readonly string[]): Promise<void> {
  for (const agentId of agentIds)
    await waitFor(`both servers to know the desktop of ${agentId}`, async () => {
      const sides = new Set(Object.values((await experiment.site.record(agentId)).desktops).map(({ side }) => side));
      return sides.size === 2;
    });
}

/** Both servers see presence again. */
export async function untilWatched(experiment: Experiment): Promise<void> {
  await Promise.all(Object.values(experiment.site.servers).map((server) => server.until('ready')));
}
