import { randomBytes } from 'node:crypto';
import { AgentDirectory } from '#config/agent-directory';
import { policyOfGraces } from '#config/default-policy';
import { loadPolicies, type Policies, policyOf } from '#config/policy-file';
import { type Config } from '#config/table';
import { type Agent } from '#domain/agent';
import { isAgentId } from '#domain/agent-id';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { Assertion } from '#presence/assertion';
import { DesktopTable, type Holding } from '#presence/desktop-table';
import { Drain } from '#presence/drain';
import { AgentRate } from '#presence/agent-rate';
import { Gateway, openingRate } from '#presence/gateway';
import { Lanes } from '#presence/lanes';
import { type Lease } from '#presence/lease';
import { LeaseKeeper } from '#presence/lease-keeper';
import { OverloadWatch } from '#presence/overload-watch';
import { PresenceDesk } from '#presence/presence-desk';
import { PresenceFeed } from '#presence/presence-feed';
import { RefusalLog } from '#presence/refusal-log';
import { StallWatch } from '#presence/stall-watch';
import { silenceRule } from '#presence/silence';
import { openStream } from '#presence/xmpp/stream';
import { XmppWatch, type XmppWatchParts } from '#presence/xmpp/xmpp-watch';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { buildStoreClock } from '#store/clock/build-store-clock';
import { type StoreClock } from '#store/clock/store-clock';
import { connectAll, type RedisConnection } from '#store/connection';
import { DataLossReport } from '#store/data-loss-report';
import { Drains } from '#store/drains';
import { ConfiguredAgents } from '#store/configured-agents';
import { RedisFeedNotices } from '#store/feed-notices';
import { LastLookAnswerer } from '#store/last-look';
import { RedisLinkBus } from '#store/link-bus';
import { LinkCaller } from '#store/link-caller';
import { Overloads } from '#store/overloads';
import { redisAccess } from '#store/redis-access';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { StoreOutage } from '#store/store-outage';
import { findingLabels, StoreWatch } from '#store/store-watch';
import { mastershipOf, type SentinelQuorum } from '#store/sentinel-quorum';
import { type Logger } from 'pino';
import { AskedAgentIds } from './asked-agent-ids';
import { type AdmissionSet, buildAdmission } from './build-admission';
import { ConfiguredAgentsWatch } from './configured-agents-watch';
import { AgentsFileWatch } from './finesse/agents-file-watch';
import { clientReader } from './client-address';
import { buildNotifications } from './finesse/build-notifications';
import { buildFinesse, type FinesseParts } from './finesse/finesse-parts';
import { type Notifications } from './finesse/notifications';
import { ServerMetrics } from './server-metrics';
import { buildProcessWatches, type ProcessWatches } from '#store/process-watches';
import { SignInNews, type SignInNewsParts } from './sign-in-news';
import { XmppAccounts } from './finesse/xmpp-accounts';
import { XmppMetrics } from './xmpp-metrics';
import { watchSettings } from './xmpp-settings';

/** Events of different agents that are being committed at once; the rest waits in its lane. */
const eventsInFlightMax = 64;

/** A server reports presence and never issues a request; the store asks for the figure all the same. */
const issuingPerSecondMax = 1;

/** The token by which Nest hands the parts to controllers. */
export const serverParts = Symbol('serverParts');

export interface ServerParts extends AdmissionSet, ProcessWatches {
  readonly config: Config<'server'>;
  readonly log: Logger;
  /** This process as records, journal and last look name it: the configured name and what makes it unique. */
  readonly processId: string;
  readonly connections: readonly RedisConnection[];
  readonly storeConnection: RedisConnection;
  readonly subscriber: RedisConnection;
  /** Undefined where the store has no Sentinels. */
  readonly mastership: SentinelQuorum | undefined;
  readonly logoutQueue: LogoutQueue;
  readonly store: RedisStore;
  readonly table: DesktopTable;
  readonly lanes: Lanes;
  readonly gateway: Gateway;
  readonly feed: PresenceFeed;
  /** Who is signed in by the link, for the desktops that are open here. */
  readonly signInNews: SignInNews;
  readonly keeper: LeaseKeeper;
  readonly drain: Drain;
  readonly overload: OverloadWatch;
  readonly refusals: RefusalLog;
  /** Undefined where no XMPP server is watched. */
  readonly watch: XmppWatch | undefined;
  readonly answerer: LastLookAnswerer;
  /** The CTI link of this side, which a worker holds. */
  readonly link: LinkCaller;
  readonly linkBus: RedisLinkBus;
  /** Maps ids that come in to those of agents. */
  readonly directory: AgentDirectory;
  readonly configuredAgents: ConfiguredAgentsWatch;
  readonly finesse: FinesseParts;
  /** Undefined where nobody is notified by XMPP. */
  readonly notifications: Notifications | undefined;
  readonly storeWatch: StoreWatch;
  readonly clock: StoreClock;
  readonly metrics: ServerMetrics;
}

/**
 * Puts a server together; nothing is started, and only connections to Redis are opened.
 * @throws ConfigError for what cannot be used, such as an AGENTS_FILE
 */
export function buildServer(config: Config<'server'>, log: Logger): ServerParts {
  const { ctiPeripheralId: peripheralId, redisUrl } = config;
  const directory = new AgentDirectory();
  const agentsFile = new AgentsFileWatch(config.agentsFile, directory, log);
  const accounts = new XmppAccounts(directory, config.xmppMode !== undefined);
  // A restarted process holds none of the desktops of the one before it, so it must not pass for it.
  const processId = `${config.serverId}.${randomBytes(3).toString('hex')}`;
  const access = redisAccess('server', config);
  const outage = new StoreOutage({ log, asks: true, effect: 'desktops stay connected, nobody is signed out' });
  const shared = { name: processId, outage, peripheralId, access };
  const [storeConnection, queueConnection, subscriber] = connectAll(config.redisUrl, shared);
  const logoutQueue = quietQueue(queueConnection, peripheralId);
  const metrics = new ServerMetrics(log);
  const watched = { redisUrl, peripheralId, processId, log };
  const made = buildEngine(config, { storeConnection, logoutQueue, metrics, processId, log });
  const { store, engine, policies, clock } = made;
  // The same connection as that of the records: what a lease says of the store must hold for them too (rule GEN).
  const mastership = mastershipOf(config.redisUrl, { name: processId, access });
  const lease = new ServerLeases(storeConnection, { peripheralId, leaseMs: config.leaseMs, mastership });
  const orders = new Drains(storeConnection, { peripheralId });
  const overloads = new Overloads(storeConnection, { peripheralId });
  const dataLoss = buildDataLoss(config, storeConnection, metrics, log);
  const bus = new RedisLinkBus(storeConnection, subscriber, { peripheralId });
  const link = new LinkCaller(bus, { peripheralId, side: config.side });
  const ids = new AskedAgentIds({ directory, link });
  const admissions = buildAdmission(config, storeConnection, { ids, log });
  const { admission } = admissions;
  gaugeProvider(metrics, admissions);
  const presence = buildPresence(config, {
    ...{ processId, log, outage, engine, store, bus, link, lease },
    ...{ orders, overloads, metrics, admission, directory, accounts, ids, dataLoss },
  });
  const { table, watch } = presence;
  const material = { config, log, processId, storeConnection, store, leases: lease, engine, bus, link, directory };
  const finesse = buildFinesse({ ...material, ...admissions, ...presence, agentsFile });
  return {
    config,
    log,
    processId,
    connections: [storeConnection, queueConnection, subscriber],
    storeConnection,
    subscriber,
    mastership,
    logoutQueue,
    store,
    storeWatch: buildStoreWatch(storeConnection, mastership, metrics, log),
    ...buildProcessWatches(storeConnection, { ...watched, role: 'server', policies, gauge: metrics.gauge }),
    ...{ metrics, clock, link, directory },
    linkBus: bus,
    configuredAgents: buildConfiguredAgents(config, storeConnection, directory, log),
    finesse,
    notifications: buildNotifications({ ...finesse, ...material, accounts, table, metrics }),
    answerer: new LastLookAnswerer(subscriber, storeConnection, {
      peripheralId,
      serverId: processId,
      holds: (agentIds) => watch?.look(agentIds) ?? Promise.resolve(agentIds.map((agentId) => table.look(agentId))),
    }),
    ...admissions,
    ...presence,
  };
}

function gaugeProvider(metrics: ServerMetrics, { oidcProvider }: AdmissionSet): void {
  if (oidcProvider === null) return;
  metrics.gauge('lastcall_oidc_provider_up', '1 while the OpenID provider gives its keys.', () =>
    oidcProvider.trouble === undefined ? 1 : 0,
  );
}

function buildStoreWatch(
  redis: RedisConnection,
  sentinels: SentinelQuorum | undefined,
  metrics: ServerMetrics,
  log: Logger,
): StoreWatch {
  const watch = new StoreWatch({ redis, sentinels, log });
  metrics.gauges('lastcall_store_finding', 'What is wrong with Redis: 1 while it holds.', {
    label: 'finding',
    values: findingLabels,
    read: (code) => watch.holds(code),
  });
  return watch;
}

interface PresenceMaterial {
  readonly processId: string;
  readonly log: Logger;
  readonly outage: StoreOutage;
  readonly engine: Pick<Engine, 'handle'>;
  readonly store: RedisStore;
  readonly bus: RedisLinkBus;
  readonly link: LinkCaller;
  readonly lease: Lease;
  readonly orders: Drains;
  readonly overloads: Overloads;
  readonly metrics: ServerMetrics;
  readonly admission: AdmissionSet['admission'];
  readonly directory: AgentDirectory;
  readonly accounts: XmppAccounts;
  readonly ids: AskedAgentIds;
  readonly dataLoss: DataLossReport;
}

function buildPresence(
  config: Config<'server'>,
  material: PresenceMaterial,
): Pick<
  ServerParts,
  'table' | 'lanes' | 'gateway' | 'signInNews' | 'feed' | 'keeper' | 'drain' | 'overload' | 'refusals' | 'watch'
> {
  const { processId: serverId, log, outage, engine, store, bus, link, lease, orders, overloads } = material;
  const { metrics, admission, directory, accounts, ids, dataLoss } = material;
  const { ctiPeripheralId: peripheralId, side, leaseMs } = config;
  const lanes = buildLanes(log);
  const table = new DesktopTable();
  // As long as a server that was stopped is believed to be alive.
  const arriveMsMax = leaseMs;
  const desk = new PresenceDesk({ engine, table, lanes, peripheralId, serverId, arriveMsMax });
  const onAsserted = (holding: Holding, agent: Agent): void => {
    gateway.asserted(holding, agent);
  };
  const onForgotten = (agentIds: readonly string[]): void => {
    dataLoss.report(forgottenSentence(agentIds));
  };
  const keeper = new LeaseKeeper({
    lease,
    assertion: new Assertion({ desk, table, lease, serverId, log, onAsserted, onForgotten }),
    serverId,
    side,
    leaseMs,
    ...{ log, outage },
    onService: (service) => {
      gateway.serviceChanged(service);
    },
    onStoreAnswers: () => {
      lanes.resume();
      // An order that cannot be read now is looked for again with the next renewal.
      drain.look().catch(() => undefined);
    },
  });
  const service = keeper.serviceNow.bind(keeper);
  const rule = silenceRule(config.detectionMs);
  const clientOf = clientReader(config.trustedProxies);
  const { tally } = metrics;
  const refusals = new RefusalLog({ log, count: metrics.countRefusal.bind(metrics) });
  const overload = new OverloadWatch({ side, reports: overloads, log, monotonicMs: () => performance.now() });
  const onChange: SignInNewsParts['onChange'] = (agentId, signIn) => {
    gateway.signInChanged(agentId, signIn);
  };
  const signInNews = new SignInNews({ link, table, onChange });
  const openings = new AgentRate(openingRate, () => performance.now());
  const gateway: Gateway = new Gateway({
    ...{ desk, admission, tally, log, rule, service, side, serverId, clientOf, overload, refusals },
    ...{ signIns: signInNews, origins: config.origins, openings },
  });
  const drain = new Drain({ orders, side, keeper, gateway, log, monotonicMs: () => performance.now() });
  const feed = new PresenceFeed({
    ...{ desk, table, ids, service, side, serverId, peripheralId, store, log, openings },
    leaseMs: config.feedLeaseMs,
    notices: new RedisFeedNotices(bus, { peripheralId, serverId }),
    clock: new StallWatch({ monotonicMs: () => performance.now(), onStall: () => undefined }),
  });
  const watch = buildWatch(config, { desk, table, directory, accounts, metrics, side, serverId, log, openings });
  return { table, lanes, gateway, signInNews, feed, keeper, drain, overload, refusals, watch };
}

function buildDataLoss(
  { ctiPeripheralId: peripheralId, journalEntriesMax }: Config<'server'>,
  connection: RedisConnection,
  metrics: ServerMetrics,
  log: Logger,
): DataLossReport {
  const report = new DataLossReport(connection, { peripheralId, journalEntriesMax }, log);
  const help = 'Times that Redis had forgotten records of open desktops.';
  metrics.total('lastcall_store_data_lost_total', help, () => report.count);
  return report;
}

function buildConfiguredAgents(
  { ctiPeripheralId: peripheralId }: Config<'server'>,
  connection: RedisConnection,
  directory: AgentDirectory,
  log: Logger,
): ConfiguredAgentsWatch {
  const configured = new ConfiguredAgents(connection, { peripheralId });
  return new ConfiguredAgentsWatch({ configured, directory, log });
}

type WatchMaterial = Pick<PresenceMaterial, 'directory' | 'accounts' | 'metrics' | 'log'> &
  Pick<XmppWatchParts, 'desk' | 'side' | 'serverId' | 'openings'> & { readonly table: DesktopTable };

/** Undefined without XMPP_MODE. */
function buildWatch(config: Config<'server'>, material: WatchMaterial): XmppWatch | undefined {
  const { directory, accounts, table, metrics, serverId } = material;
  const settings = watchSettings(config, serverId);
  if (settings === undefined) return undefined;
  // Without a directory the agent may be known by a desktop that is no account's: that one spells the id.
  const canonical = (account: string): string | undefined => {
    if (directory.isKnown) return accounts.canonical(account);
    return isAgentId(account) ? (table.spellingOf(account) ?? account) : undefined;
  };
  const tally = new XmppMetrics(metrics.registry);
  const watch = new XmppWatch({ ...material, settings, openStream, tally, ids: { canonical } });
  directory.follow(() => {
    watch.directoryChanged();
  });
  return watch;
}

type EngineMaterial = Pick<ServerParts, 'storeConnection' | 'logoutQueue' | 'metrics' | 'processId' | 'log'>;

/** The connection says in one line that it is lost; the queue would repeat it at every attempt. */
function quietQueue(connection: RedisConnection, peripheralId: number): LogoutQueue {
  const queue = createLogoutQueue(connection, peripheralId);
  queue.on('error', () => undefined);
  return queue;
}

function buildEngine(
  config: Config<'server'>,
  { storeConnection, logoutQueue, metrics, processId, log }: EngineMaterial,
): { store: RedisStore; engine: Pick<Engine, 'handle'>; policies: Policies; clock: StoreClock } {
  const { ctiPeripheralId: peripheralId, journalEntriesMax } = config;
  const clock = buildStoreClock(storeConnection, { peripheralId, journalEntriesMax, processId, log, metrics });
  const policies = loadPolicies(config.policyFile, policyOfGraces(config));
  const store = new RedisStore(storeConnection, {
    peripheralId,
    replicas: config.redisReplicas,
    issuingPerSecondMax,
    leaseMs: config.leaseMs,
    journalEntriesMax,
    clock,
  });
  const engine = new Engine({
    store,
    wakeUps: new BullWakeUps(logoutQueue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: metrics.observer,
    policyOf: ({ agentId }) => policyOf(policies, agentId),
    monotonicMs: () => performance.now(),
  });
  return {
    store,
    policies,
    clock,
    engine: { handle: (key, event) => metrics.timed(event.type, () => engine.handle(key, event)) },
  };
}

/** An outage fails every lane at once; the keeper of the lease says so in one line, and these are for its details. */
function buildLanes(log: Logger): Lanes {
  return new Lanes({
    inFlightMax: eventsInFlightMax,
    onFailure: (agentId, error) => {
      log.debug({ agentId, err: error }, 'an event could not be committed; it is kept and handed in later');
    },
  });
}

/** Agents that a sentence names. */
const agentsNamedMax = 10;

function forgottenSentence(agentIds: readonly string[]): string {
  const named = agentIds.slice(0, agentsNamedMax).join(', ');
  const more = agentIds.length > agentsNamedMax ? ' and others' : '';
  return `It has no record of ${String(agentIds.length)} agent(s) whose desktops are open here: ${named}${more}.`;
}
