import { plainStage, type Stage, type StageNeeds } from './stage';
import { type XmppNeeds, type XmppPart } from './xmpp-part';
import { XmppSeat } from './xmpp-seat';
import { waitFor } from '../kit/wait';

/** What a run with an even and with an odd number has. */
export const bothServers = ['Prosody', 'ejabberd'] as const;

/** Sites whose agents have their desktops at an XMPP server: Prosody and ejabberd in turn. */
export function atXmppServers(run: number): StageNeeds {
  const xmpp: XmppNeeds = { server: bothServers[run % 2] ?? 'Prosody', tellsHibernation: false };
  return { ...plainStage, xmpp };
}

export function xmppOf(stage: Stage): XmppPart {
  if (stage.parts.xmpp === undefined) throw new Error('this stage has no XMPP server');
  return stage.parts.xmpp;
}

/** Agents whom no run has seen before, signed in, with accounts at the XMPP server; over its port and its WebSocket in turn. */
export async function xmppSeats(stage: Stage, count: number, sm: (place: number) => boolean): Promise<XmppSeat[]> {
  const xmpp = xmppOf(stage);
  const agentIds = (await stage.agents(count)).map(({ agentId }) => agentId);
  await Promise.all(agentIds.map((agentId) => xmpp.addAgent(agentId)));
  const { c2sPort, websocketUrl } = xmpp.server;
  const seats = agentIds.map((agentId, place) => {
    const at = place % 2 === 0 ? c2sPort : websocketUrl;
    return new XmppSeat(stage, xmpp, agentId, { at, sm: sm(place) });
  });
  stage.seats.push(...seats);
  return seats;
}

/** Opens all of them, and waits until both servers know each one. */
export async function openXmpp(stage: Stage, seats: readonly XmppSeat[]): Promise<void> {
  for (const seat of seats) seat.arrive();
  await stage.untilAcknowledged(seats);
  await untilSeen(
    stage,
    seats.map(({ agentId }) => agentId),
  );
}

/** Both servers watch, each for itself. */
export async function untilSeen(stage: Stage, agentIds: readonly string[]): Promise<void> {
  for (const agentId of agentIds)
    await waitFor(`both servers to know the desktop of ${agentId}`, async () => {
      const sides = new Set(Object.values((await stage.record(agentId)).desktops).map(({ side }) => side));
      return sides.size === 2;
    });
}

/** Both servers see presence again. */
export async function untilWatched(stage: Stage): Promise<void> {
  await Promise.all(Object.values(stage.product.servers).map((server) => server.until('ready')));
}
