import { type AgentDirectory } from '#config/agent-directory';
import { type AgentProfile } from '#config/agents-file';
import { type Config } from '#config/table';
import { type Engine } from '#engine/engine';
import { type DesktopTable } from '#presence/desktop-table';
import { type LeaseKeeper } from '#presence/lease-keeper';
import { type OidcTokens } from '#presence/oidc-tokens';
import { type RedisConnection } from '#store/connection';
import { type AgentLink } from '#store/link-call';
import { type LinkBus } from '#store/link-bus';
import { OpeningTimes } from '#store/opening-times';
import { type RedisStore } from '#store/redis-store';
import { type ServerLeases } from '#store/servers';
import { SideSigns } from '#store/side-signs';
import { WrongPasswords } from '#store/wrong-passwords';
import { type Logger } from 'pino';
import { type AgentsFileWatch } from './agents-file-watch';
import { Authenticator } from './authenticator';
import { BusFinesseEvents } from './bus-finesse-events';
import { ConnectedUsers } from './connected-users';
import { type FinesseEvents } from './finesse-events';
import { FinesseService } from './finesse-service';
import { PasswordChecks } from './password-checks';
import { SideNotingEvents } from './side-noting-events';
import { SignInGate } from './sign-in-gate';
import { type FinesseServiceState, type SystemInfo } from './system-info-document';
import { MinuteCounts } from '#config/minute-counts';
import { plainProfile } from './user-document';
import { UserOrders } from './user-orders';
import { type XmlFields } from './xml';

/** Wrong proofs per minute and network; per agent five block. */
export const wrongProofsPerMinuteMax = 600;

/** Of one agent or administrator: a board that shows a thousand agents asks for each of them once a second. */
export const requestsPerMinuteMax = 60_000;

/** The token by which Nest hands the parts to the controller. */
export const finesseParts = Symbol('finesseParts');

export interface FinesseParts {
  /** Whether there is any way to prove who one is; without it the REST surface is not offered. */
  readonly isOffered: boolean;
  /** A sign-in brings the agent's own password to the CTI server. */
  readonly bringsOwnPassword: boolean;
  readonly authenticator: Authenticator;
  /** The id of the agent who is called so; what the directory does not know as it is, an id for the CTI server to judge. */
  readonly idOf: (given: string) => string;
  /** Requests by who has proved to have sent them. */
  readonly requests: MinuteCounts;
  readonly orders: UserOrders;
  readonly events: BusFinesseEvents;
  readonly link: Pick<AgentLink, 'look'>;
  readonly finesseService: FinesseService;
  readonly service: () => FinesseServiceState;
  readonly profileOf: (agentId: string) => AgentProfile;
  /** As GET SystemInfo answers it; `service` where somebody means another moment than now. */
  /** How this agent signs in: where both ways are open, a password in AGENTS_FILE decides. */
  readonly authModeOf: (agentId: string) => 'SSO' | 'NON_SSO';
  readonly systemInfo: (service?: FinesseServiceState) => SystemInfo;
  /** What `<ConnectedUsersInfo>` holds. */
  readonly connectedUsers: () => Promise<XmlFields>;
  readonly log: Logger;
  readonly start: () => void;
  readonly stop: () => void;
}

export interface FinesseMaterial {
  readonly config: Config<'server'>;
  readonly log: Logger;
  readonly engine: Pick<Engine, 'handle'>;
  readonly keeper: LeaseKeeper;
  readonly oidcTokens: OidcTokens | null;
  readonly storeConnection: RedisConnection;
  readonly link: AgentLink;
  readonly bus: LinkBus;
  readonly leases: ServerLeases;
  readonly store: RedisStore;
  readonly table: DesktopTable;
  readonly directory: AgentDirectory;
  readonly agentsFile: AgentsFileWatch;
  readonly processId: string;
}

/** Puts the REST surface together; nothing is started. */
export function buildFinesse(material: FinesseMaterial): FinesseParts {
  const { config, log, engine, keeper, oidcTokens, link, bus, processId: serverId, table } = material;
  const { agentsFile, directory } = material;
  const { ctiPeripheralId: peripheralId } = config;
  const finesseService = new FinesseService({ keeper, link });
  const events = new BusFinesseEvents(bus, { peripheralId });
  const gate = new SignInGate({ engine, peripheralId });
  const service = finesseService.now.bind(finesseService);
  const heldTimes = (): [string, number][] =>
    table.all().map(({ desktop, openedAt }) => [desktop.connection, openedAt]);
  const times = new OpeningTimes(bus, { peripheralId, serverId, times: heldTimes });
  const connectedUsers = buildConnectedUsers(material, times);
  const profileOf = (agentId: string): AgentProfile => ({
    ...(agentsFile.profile(agentId) ?? plainProfile(agentId)),
    loginName: directory.loginNameOf(agentId),
  });
  return {
    isOffered: agentsFile.hasPasswords || oidcTokens !== null,
    bringsOwnPassword: config.finesseCtiPassword === 'own',
    authenticator: buildAuthenticator(material),
    idOf: (given) => directory.canonical(given) ?? given,
    requests: new MinuteCounts(requestsPerMinuteMax),
    orders: new UserOrders({ link, gate, events: notingSide(material, events), product: config.ctiProduct, log }),
    events,
    link,
    finesseService,
    service,
    profileOf,
    authModeOf: (agentId) => {
      const mode = authModeOf(material);
      if (mode !== 'HYBRID') return mode;
      return agentsFile.profile(agentId)?.password === undefined ? 'SSO' : 'NON_SSO';
    },
    systemInfo: (now = service()) => systemInfoOf(material, now),
    connectedUsers: () => connectedUsers.read(profileOf),
    log,
    start: () => {
      agentsFile.start();
      finesseService.start();
      Promise.all([events.start(), times.start()]).catch((error: unknown) => {
        log.error({ err: error }, 'other servers cannot be heard: notifications and connected users miss a part');
      });
    },
    stop: () => {
      agentsFile.stop();
      finesseService.stop();
    },
  };
}

/** Where agents are notified, it counts at which side they signed in last. */
function notingSide({ config, bus, storeConnection }: FinesseMaterial, events: FinesseEvents): FinesseEvents {
  if (config.xmppPubsub === undefined) return events;
  const signs = new SideSigns(bus, storeConnection, { peripheralId: config.ctiPeripheralId });
  return new SideNotingEvents(events, signs, config.side);
}

function buildConnectedUsers({ leases, store, link, config }: FinesseMaterial, times: OpeningTimes): ConnectedUsers {
  return new ConnectedUsers({
    leases,
    store,
    times,
    link,
    peripheralId: config.ctiPeripheralId,
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
  });
}

function buildAuthenticator({
  config,
  storeConnection,
  oidcTokens,
  log,
  agentsFile,
  directory,
}: FinesseMaterial): Authenticator {
  const wrongPasswords = new WrongPasswords(storeConnection, { peripheralId: config.ctiPeripheralId });
  return new Authenticator({
    agentsFile,
    ids: directory,
    checks: new PasswordChecks(wrongPasswords, () => performance.now()),
    wrongProofs: new MinuteCounts(wrongProofsPerMinuteMax),
    blockedForMs: (agentId) => wrongPasswords.blockedForMs(agentId),
    oidcTokens,
    log,
  });
}

function authModeOf({ oidcTokens, agentsFile }: FinesseMaterial): SystemInfo['authMode'] {
  if (oidcTokens === null) return 'NON_SSO';
  return agentsFile.hasPasswords ? 'HYBRID' : 'SSO';
}

function systemInfoOf(material: FinesseMaterial, service: FinesseServiceState): SystemInfo {
  const { config, link } = material;
  return {
    service,
    linkInService: link.service().inService,
    product: config.ctiProduct,
    peripheralId: config.ctiPeripheralId,
    nodes: config.finesseNodes,
    authMode: authModeOf(material),
    xmppDomain: config.xmppDomain,
    xmppPubsub: config.xmppPubsub ?? '',
    now: Date.now(),
  };
}
