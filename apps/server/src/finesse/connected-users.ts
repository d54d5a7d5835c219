import { type AgentProfile } from '#config/agents-file';
import { type Agent, type Desktop } from '#domain/agent';
import { type AgentLink } from '#store/link-call';
import { type OpeningTimes } from '#store/opening-times';
import { type RedisStore } from '#store/redis-store';
import { type ServerLeases } from '#store/servers';
import { type XmlFields } from './xml';

/** As Finesse: the list is at most so old. Reading it costs one look at every agent with a desktop. */
const keptMs = 5_000;
/** Agents looked at at once for their extension. */
const looksAtOnce = 32;
/** After this long the rest is told without an extension, where the agents' file has none. */
const looksMsMax = 2_000;

export interface ConnectedUsersParts {
  readonly leases: Pick<ServerLeases, 'live' | 'recordedAgents'>;
  readonly store: Pick<RedisStore, 'load'>;
  readonly times: Pick<OpeningTimes, 'ask'>;
  readonly link: Pick<AgentLink, 'look'>;
  readonly peripheralId: number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

interface Connected {
  readonly agentId: string;
  readonly desktop: Desktop;
  /** Epoch ms; undefined where the server that holds it did not answer. */
  readonly openedAt: number | undefined;
}

/** Who has a desktop open, on whatever server of either side: from the records, which all servers share. */
export class ConnectedUsers {
  private last: { readonly atMs: number; readonly fields: Promise<XmlFields> } | undefined;

  constructor(private readonly parts: ConnectedUsersParts) {}

  /** What `<ConnectedUsersInfo>` holds. Rejects with a StoreError. */
  read(profileOf: (agentId: string) => AgentProfile): Promise<XmlFields> {
    const atMs = this.parts.monotonicMs();
    if (this.last !== undefined && atMs - this.last.atMs < keptMs) return this.last.fields;
    const fields = this.readNow(profileOf);
    this.last = { atMs, fields };
    fields.catch(() => {
      this.last = undefined;
    });
    return fields;
  }

  private async readNow(profileOf: (agentId: string) => AgentProfile): Promise<XmlFields> {
    const connected = await this.connected();
    const extensions = await this.extensions(connected, profileOf);
    const details = connected.map((one) => this.detail(one, profileOf(one.agentId), extensions.get(one.agentId)));
    const desktops = connected.filter(({ desktop }) => typeOf(desktop) === 'DESKTOP').length;
    return {
      userSummary: {
        desktopUsers: String(desktops),
        fippaUsers: '0',
        thirdPartyUsers: String(connected.length - desktops),
        totalConnectedUsers: String(connected.length),
        totalConnectedUsersViaProxy: '0',
      },
      userDetails: { userDetail: details },
      uri: '/finesse/api/ConnectedUsersInfo',
    };
  }

  private async connected(): Promise<Connected[]> {
    const { leases, store, times, peripheralId } = this.parts;
    const serverIds = (await leases.live()).map(({ serverId }) => serverId);
    const recorded = await Promise.all(serverIds.map((serverId) => leases.recordedAgents(serverId)));
    const agentIds = [...new Set(recorded.flat())].sort();
    const [openings, ...loaded] = await Promise.all([
      times.ask(serverIds),
      ...agentIds.map((agentId) => store.load({ peripheralId, agentId })),
    ]);
    return loaded.flatMap(({ agent }) => desktopsOf(agent, openings));
  }

  /** Of agents whom the file gives none: where they are signed in, as the link knows. */
  private async extensions(
    connected: readonly Connected[],
    profileOf: (agentId: string) => AgentProfile,
  ): Promise<ReadonlyMap<string, string>> {
    const { link, monotonicMs } = this.parts;
    const found = new Map<string, string>();
    const agentIds = new Set(connected.map(({ agentId }) => agentId));
    const unknown = [...agentIds].filter((agentId) => profileOf(agentId).extension === undefined);
    const giveUpMs = monotonicMs() + looksMsMax;
    const look = async (): Promise<void> => {
      for (let agentId = unknown.pop(); agentId !== undefined && monotonicMs() < giveUpMs; agentId = unknown.pop()) {
        const looked = await link.look(agentId);
        if (looked.kind === 'known' && looked.standing.extension !== undefined) {
          found.set(agentId, looked.standing.extension);
        }
      }
    };
    await Promise.all(Array.from({ length: looksAtOnce }, look));
    return found;
  }

  private detail(
    { agentId, desktop, openedAt }: Connected,
    { team = '', extension, firstName, lastName }: AgentProfile,
    signedInOn: string | undefined,
  ): XmlFields {
    const openMs = openedAt === undefined ? undefined : Math.max(0, this.parts.now() - openedAt);
    return {
      loginId: agentId,
      userType: typeOf(desktop),
      xmppJID: desktop.desktopId,
      teamName: team,
      extension: signedInOn ?? extension ?? '',
      firstName,
      lastName,
      connectedTime: openedAt === undefined ? '' : new Date(openedAt).toISOString(),
      connectedDuration: openMs === undefined ? '' : String(Math.floor(openMs / 1000)),
      connectedHostName: desktop.serverId,
      connectedSide: desktop.side,
    };
  }
}

function desktopsOf({ key, desktops }: Agent, openings: ReadonlyMap<string, number>): Connected[] {
  return Object.values(desktops).map((desktop) => ({
    agentId: key.agentId,
    desktop,
    openedAt: openings.get(desktop.connection),
  }));
}

/** A JID is a client of the XMPP server; Finesse's own desktop names its resource so. */
function typeOf({ desktopId }: Desktop): 'DESKTOP' | 'THIRDPARTY' {
  return !desktopId.includes('@') || /\/desktop/i.test(desktopId) ? 'DESKTOP' : 'THIRDPARTY';
}
