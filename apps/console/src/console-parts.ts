import { randomBytes } from 'node:crypto';
import { type Queue } from 'bullmq';
import { type Logger } from 'pino';
import { type Agent, lossOf } from '#domain/agent';
import { type MassLossPolicy } from '#domain/policy';
import { policyOfGraces } from '#config/default-policy';
import { loadPolicies, type Policies, policyOf } from '#config/policy-file';
import { buildProcessWatches, type ProcessWatches } from '#store/process-watches';
import { type ListedAgent, listWithoutDesktop } from '#store/without-desktop';
import { type Config } from '#config/table';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { Observer } from '#engine/ports';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { createSweepQueue } from '#queue/sweep-queue';
import { ConsoleSessions } from '#store/console-sessions';
import { connect, type RedisConnection } from '#store/connection';
import { readDataLoss } from '#store/data-loss';
import { Drains } from '#store/drains';
import { Journal } from '#store/journal';
import { Keys } from '#store/keys';
import { KnownAgents } from '#store/known-agents';
import { LinkLease } from '#store/links';
import { redisAccess } from '#store/redis-access';
import { RedisStore } from '#store/redis-store';
import { readPlaces } from '#store/request-places';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { readInfo, replicasInInfo } from '#store/store-checks';
import { mastershipOf, type SentinelQuorum } from '#store/sentinel-quorum';
import { whyStoreFails } from '#store/store-error';
import { StoreOutage } from '#store/store-outage';
import { StoreWatch } from '#store/store-watch';
import { LiveFeed } from './live/live-feed';
import { UnreadableRecords } from './live/unreadable-records';
import { OverviewReader } from './live/overview-reader';
import { type CommandParts } from './operator-commands';

/** What the console reads and commands with. Opened once, closed by `close` in the order of use. */
export class ConsoleParts {
  readonly peripheralId: number;
  /** As in `belowPath`. */
  readonly basePath: string;
  readonly store: RedisStore;
  readonly roll: Roll;
  readonly journal: Journal;
  readonly sides: Sides;
  readonly drains: Drains;
  readonly sessions: ConsoleSessions;
  readonly knownAgents: KnownAgents;
  readonly logoutQueue: Queue;
  readonly sweepQueue: Queue;
  readonly reader: OverviewReader;
  readonly feed: LiveFeed;
  readonly commands: CommandParts;
  private readonly unreadable: UnreadableRecords;
  private readonly storeWatch: StoreWatch;
  /** Asked for findings alone. */
  private readonly sentinels: SentinelQuorum | undefined;
  private readonly watches: ProcessWatches;
  private readonly redis: RedisConnection;
  private readonly outage: StoreOutage;
  private readonly queueRedis: RedisConnection;

  constructor(
    config: Config<'console'>,
    readonly log: Logger,
  ) {
    const peripheralId = config.ctiPeripheralId;
    const { leaseMs, redisUrl } = config;
    const policies = loadPolicies(config.policyFile, policyOfGraces(config));
    const access = redisAccess('console', config);
    const effect = 'desktops stay connected, nobody is signed out';
    const outage = new StoreOutage({ log, asks: false, effect });
    this.outage = outage;
    const shared = { outage, peripheralId, access };
    const redis = connect(config.redisUrl, { ...shared, name: 'lastcall-console', role: 'store' });
    const queueRedis = connect(config.redisUrl, { ...shared, name: 'lastcall-console-queue', role: 'queue' });
    this.peripheralId = peripheralId;
    this.basePath = config.consoleBasePath;
    this.unreadable = new UnreadableRecords(() => performance.now(), log);
    this.redis = redis;
    this.queueRedis = queueRedis;
    this.store = new RedisStore(redis, {
      peripheralId,
      replicas: config.redisReplicas,
      leaseMs,
      // The console issues nothing: it has no link.
      issuingPerSecondMax: 0,
      journalEntriesMax: config.journalEntriesMax,
    });
    this.roll = new Roll(redis, {
      peripheralId,
      onUnreadable: (error) => {
        this.unreadable.add(error);
      },
    });
    this.journal = new Journal(redis, { peripheralId });
    this.sides = new Sides(redis, { peripheralId });
    this.drains = new Drains(redis, { peripheralId });
    this.sessions = new ConsoleSessions(redis, { peripheralId });
    this.knownAgents = new KnownAgents(redis, { peripheralId });
    const logoutQueue = createLogoutQueue(queueRedis, peripheralId);
    this.logoutQueue = logoutQueue;
    this.sweepQueue = createSweepQueue(queueRedis, peripheralId);
    this.sentinels = mastershipOf(config.redisUrl, { name: 'lastcall-console', access });
    this.storeWatch = watchOf(redis, this.sentinels, config.redisReplicas, log);
    const processId = `console.${randomBytes(3).toString('hex')}`;
    this.watches = buildProcessWatches(redis, { redisUrl, peripheralId, role: 'console', processId, policies, log });
    this.watches.policyWatch.start();
    this.watches.peripheralWatch.start();
    this.reader = this.readerOf(policies.default.massLoss, config);
    this.feed = new LiveFeed(this.reader, this.journal, this.sessions, log);
    this.commands = this.commandsOf(policies, logoutQueue);
    for (const queue of [this.logoutQueue, this.sweepQueue]) {
      // The connection tells of itself, once; without a listener the process would die of it.
      queue.on('error', (error) => {
        log.debug({ err: error, queue: queue.name }, 'A queue met an error.');
      });
    }
  }

  private readerOf(
    massLoss: MassLossPolicy,
    { leaseMs, ctiRequestsPerSecondMax: requestsPerSecondMax }: Config<'console'>,
  ): OverviewReader {
    const { peripheralId, redis, roll, journal, sides, drains, logoutQueue } = this;
    return new OverviewReader({
      peripheralId,
      massLoss,
      requestsPerSecondMax,
      roll,
      journal,
      sides,
      drains,
      servers: new ServerLeases(redis, { peripheralId, leaseMs }),
      links: new LinkLease(redis, { peripheralId, leaseMs }),
      placesOf: (side) => readPlaces(redis, peripheralId, side),
      findings: () => this.storeWatch.findings,
      unreadable: () => this.unreadable.sentences,
      policyDifferences: () => this.watches.policyWatch.differences,
      aloneAmongPeripherals: () => this.watches.peripheralWatch.finding,
      withoutDesktop: () => this.agentsWithoutDesktop(),
      dataLoss: (now) => readDataLoss(redis, peripheralId, now),
      generation: async () => (await redis.hget(new Keys(peripheralId).generation, 'id')) ?? '',
      queue: logoutQueue,
    });
  }

  private commandsOf(policies: Policies, queue: LogoutQueue): CommandParts {
    const { store, peripheralId, log } = this;
    const engine = new Engine({
      store,
      wakeUps: new BullWakeUps(queue),
      witnesses: new NoWitnesses(),
      desk: new NoDesk(),
      observer: new LogObserver(log),
      policyOf: ({ agentId }) => policyOf(policies, agentId),
      monotonicMs: () => performance.now(),
    });
    return { peripheralId, handle: (key, event) => engine.handle(key, event) };
  }

  /** True while commands can be sent to Redis. */
  get storeIsReady(): boolean {
    return this.redis.status === 'ready';
  }

  /** Why Redis does not do its work for this console, for a person; null: it answers. */
  async storeFault(): Promise<string | null> {
    if (!this.storeIsReady) return this.outage.why ?? whyStoreFails(undefined);
    try {
      await this.redis.ping();
      return null;
    } catch (error) {
      return whyStoreFails(error);
    }
  }

  /** Agents who are signed in with no desktop open and no loss under way, the longest first. Rejects with a StoreError. */
  agentsWithoutDesktop(): Promise<ListedAgent[]> {
    return listWithoutDesktop(this.redis, this.peripheralId);
  }

  /** Lines in the journal. */
  journalLength(): Promise<number> {
    return this.redis.xlen(new Keys(this.peripheralId).journal);
  }

  /** Writes into an agent's journal what an operator did to its wake-up in Bull Board; changes nothing else. */
  async journalAction(agentId: string, by: string, sentence: string): Promise<void> {
    const { agent, version } = await this.store.load({ peripheralId: this.peripheralId, agentId });
    const loss = lossOf(agent.phase)?.epoch ?? null;
    const entries = [{ what: 'operatorActed', loss, by, sentence }] as const;
    await this.store.commit({ before: agent, agent, expectedVersion: version, entries, issuing: null });
  }

  async close(): Promise<void> {
    this.storeWatch.stop();
    this.sentinels?.close();
    this.watches.policyWatch.stop();
    this.watches.peripheralWatch.stop();
    await this.feed.stop();
    await this.journal.close();
    await this.store.close();
    await Promise.allSettled([this.logoutQueue.close(), this.sweepQueue.close()]);
    this.queueRedis.disconnect();
    this.redis.disconnect();
  }
}

/** How often the console counts the replicas that the master names. */
const replicasLookMs = 5_000;

function watchOf(
  redis: RedisConnection,
  sentinels: SentinelQuorum | undefined,
  required: number,
  log: Logger,
): StoreWatch {
  const inStep = async (): Promise<number> => replicasInInfo(readInfo(await redis.info('replication')));
  const watch = new StoreWatch({ redis, log, sentinels, replicas: { required, inStep, everyMs: replicasLookMs } });
  watch.start();
  return watch;
}

class LogObserver extends Observer {
  constructor(private readonly log: Logger) {
    super();
  }
  override committed(before: Agent, agent: Agent): void {
    this.log.info({ agentId: agent.key.agentId, from: before.phase.name, to: agent.phase.name }, 'Committed.');
  }
  override raised(agent: Agent, sentence: string): void {
    this.log.error({ agentId: agent.key.agentId }, sentence);
  }
  override conflicted(): void {
    // Somebody else committed first; the engine looks again.
  }
  override requested(): void {
    // The console has no link.
  }
}
