import { type AgentKey } from '#domain/agent';
import { type Policy } from '#domain/policy';
import { policyOfGraces } from '#config/default-policy';
import { loadPolicies, type Policies, policyOf } from '#config/policy-file';
import { type Config } from '#config/table';
import { type CtiLink } from '#cti-client/link';
import { Engine, type EngineParts } from '#engine/engine';
import { type StallWatch } from '#presence/stall-watch';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { dueJobs } from '#queue/due-jobs';
import { HeldWaker } from '#queue/held-waker';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { createSweepQueue, type SweepQueue } from '#queue/sweep-queue';
import { buildStoreClock } from '#store/clock/build-store-clock';
import { type StoreClock } from '#store/clock/store-clock';
import { connectAll, type RedisConnection } from '#store/connection';
import { JournalMark } from '#store/data-loss';
import { DataLossReport } from '#store/data-loss-report';
import { Drains } from '#store/drains';
import { Journal } from '#store/journal';
import { ConfiguredAgents } from '#store/configured-agents';
import { LastLookAsker } from '#store/last-look';
import { Overloads } from '#store/overloads';
import { redisAccess } from '#store/redis-access';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { mastershipOf, type SentinelQuorum } from '#store/sentinel-quorum';
import { buildProcessWatches, type ProcessWatches } from '#store/process-watches';
import { WithoutDesktop } from '#store/without-desktop';
import { Sides } from '#store/sides';
import { StoreOutage } from '#store/store-outage';
import { findingLabels, StoreWatch } from '#store/store-watch';
import { type Logger } from 'pino';
import { CallWatch } from './call-watch';
import { watchLink } from './cti-figures';
import { checkTimes } from './check-times';
import { ConfiguredAgentsTeller, type ConfiguredAgentsTellerParts } from './configured-agents-teller';
import { DataLossWatch } from './data-loss-watch';
import { CtiWitnesses } from './cti-witnesses';
import { dueSlackMs, JobLoopWatch } from './job-loop-watch';
import { type LinkKeeper } from './link-keeper';
import { buildLink } from './link-parts';
import { LeftOutLines } from './left-out-lines';
import { type LinkServing } from './link-serving';
import { SideWatch } from './side-watch';
import { type ReconcilerParts, SignInReconciler } from './sign-in-reconciler';
import { SignInReports } from './sign-in-reports';
import { SignInWatch } from './sign-in-watch';
import { Sweep } from './sweep';
import { WorkerMetrics } from './worker-metrics';

/** A live server that does not answer a last look within this time is silent: the loss is looked at again later. */
const lastLookMs = 500;

export interface WorkerParts extends ProcessWatches {
  readonly connections: readonly RedisConnection[];
  /** Undefined where the store has no Sentinels. */
  readonly mastership: SentinelQuorum | undefined;
  readonly queueConnection: RedisConnection;
  readonly logoutQueue: LogoutQueue;
  readonly sweepQueue: SweepQueue;
  readonly store: RedisStore;
  readonly lastLook: LastLookAsker;
  readonly link: CtiLink;
  readonly keeper: LinkKeeper;
  readonly linkServing: LinkServing;
  readonly stallWatch: StallWatch;
  readonly configuredAgents: ConfiguredAgentsTeller;
  readonly signInWatch: SignInWatch;
  readonly signInReconciler: SignInReconciler;
  readonly dataLossWatch: DataLossWatch;
  readonly clock: StoreClock;
  readonly storeWatch: StoreWatch;
  readonly jobLoop: JobLoopWatch;
  readonly heldWaker: HeldWaker;
  readonly callWatch: CallWatch;
  readonly engineParts: EngineParts;
  readonly sweep: Sweep;
  readonly roll: Roll;
  readonly metrics: WorkerMetrics;
}

type WorkerConfig = Config<'worker'>;

const monotonicMs = (): number => performance.now();

/** Puts a worker together; nothing is started, and only connections to Redis are opened. */
export function buildWorker(config: WorkerConfig, log: Logger): WorkerParts {
  const { ctiPeripheralId: peripheralId, journalKeepMs } = config;
  const policies = loadPolicies(config.policyFile, policyOfGraces(config));
  checkTimes(policies, config);
  const policyOfKey = (key: AgentKey): Policy => policyOf(policies, key.agentId);
  const access = redisAccess('worker', config);
  const outage = new StoreOutage({ log, asks: true, effect: 'nobody is signed out' });
  const shared = { name: config.workerId, outage, peripheralId, access };
  const [storeConnection, queueConnection, subscriber] = connectAll(config.redisUrl, shared);
  const logoutQueue = createLogoutQueue(queueConnection, peripheralId);
  const sweepQueue = createSweepQueue(queueConnection, peripheralId);
  const metrics = new WorkerMetrics(log);
  const { leaseMs } = config;
  const built = buildStore(config, { log, metrics }, storeConnection, policies.default);
  const { mastership, store, sides, sideWatch, journal, clock } = built;
  const servers = new ServerLeases(storeConnection, { peripheralId, leaseMs });
  const lastLook = new LastLookAsker(storeConnection, subscriber, servers, { peripheralId, timeoutMs: lastLookMs });
  const linkParts = buildLink(config, { log, clock, outage }, storeConnection, subscriber);
  const { link, mirror, agentDesk, keeper, linkDesk, linkServing, stallWatch } = linkParts;
  watchLink(metrics, linkParts);
  const wakeUps = new BullWakeUps(logoutQueue);
  const asked = {
    ...{ keeper, agentDesk, servers, sides, sideWatch, drains: new Drains(storeConnection, { peripheralId }) },
    overloads: new Overloads(storeConnection, { peripheralId }),
  };
  const engineParts: EngineParts = {
    store,
    wakeUps,
    witnesses: new CtiWitnesses({ ...asked, lastLook, policyOf: policyOfKey, monotonicMs, clock, leaseMs }),
    desk: linkDesk,
    observer: metrics,
    policyOf: policyOfKey,
    monotonicMs,
  };
  const engine = new Engine(engineParts);
  const roll = buildRoll(storeConnection, peripheralId, log);
  const leftOutLines = new LeftOutLines({ journal, log, monotonicMs });
  const swept = { peripheralId, servers, sideWatch, journal, leftOutLines, engine, log };
  const heldWaker = new HeldWaker({ roll, wakeUps, log });
  sideWatch.onEnd((side) => void heldWaker.wake(['massLoss'], side));
  const reports = new SignInReports({ agentDesk, engine, store, peripheralId, policyOf: policyOfKey });
  const signIns = { mirror, reports, store, isActive: () => keeper.mayRequest(), log };
  return {
    connections: [storeConnection, queueConnection, subscriber],
    ...{ mastership, queueConnection, logoutQueue, sweepQueue, store, clock },
    ...{ lastLook, link, keeper, linkServing, stallWatch },
    configuredAgents: buildTeller(config, { agentDesk, keeper, log }, storeConnection),
    signInWatch: new SignInWatch(signIns),
    signInReconciler: buildReconciler(config, signIns, storeConnection, metrics),
    dataLossWatch: buildDataLossWatch(config, storeConnection, metrics, log),
    jobLoop: buildJobLoopWatch(storeConnection, { peripheralId, metrics, log, keeper }),
    ...buildWatches(config, storeConnection, policies, { store, mastership, metrics, log }),
    heldWaker,
    callWatch: new CallWatch(mirror, wakeUps, log),
    engineParts,
    roll,
    sweep: new Sweep({ ...{ journalKeepMs, roll, wakeUps, clock, leaseMs }, ...swept }),
    metrics,
  };
}

function buildTeller(
  { side, ctiPeripheralId: peripheralId }: WorkerConfig,
  parts: Pick<ConfiguredAgentsTellerParts, 'agentDesk' | 'keeper' | 'log'>,
  connection: RedisConnection,
): ConfiguredAgentsTeller {
  return new ConfiguredAgentsTeller({ ...parts, side, configured: new ConfiguredAgents(connection, { peripheralId }) });
}

type WatchedParts = Pick<WorkerParts, 'store' | 'mastership' | 'metrics'> & { readonly log: Logger };

function buildWatches(
  config: WorkerConfig,
  connection: RedisConnection,
  policies: Policies,
  parts: WatchedParts,
): ProcessWatches & Pick<WorkerParts, 'storeWatch'> {
  const { ctiPeripheralId: peripheralId, workerId: processId, redisUrl } = config;
  const { metrics, log } = parts;
  return {
    storeWatch: buildStoreWatch(config, connection, parts),
    ...buildProcessWatches(connection, {
      ...{ redisUrl, peripheralId, role: 'worker', processId, policies, log },
      gauge: metrics.gauge,
    }),
  };
}

function buildReconciler(
  { side, sweepMs: everyMs, ctiPeripheralId: peripheralId }: WorkerConfig,
  signIns: Omit<ReconcilerParts, 'withoutDesktop' | 'everyMs'>,
  connection: RedisConnection,
  metrics: WorkerMetrics,
): SignInReconciler {
  const withoutDesktop = new WithoutDesktop(connection, { peripheralId, side });
  const reconciler = new SignInReconciler({ ...signIns, withoutDesktop, everyMs });
  const help = 'Agents signed in without a desktop and without a loss, as this worker last saw.';
  metrics.gauge('lastcall_agents_without_desktop', help, () => reconciler.withoutDesktop);
  return reconciler;
}

function buildDataLossWatch(
  { ctiPeripheralId: peripheralId, journalEntriesMax, journalKeepMs, sweepMs: everyMs }: WorkerConfig,
  connection: RedisConnection,
  metrics: WorkerMetrics,
  log: Logger,
): DataLossWatch {
  const mark = new JournalMark(connection, { peripheralId, journalEntriesMax, journalKeepMs });
  const dataLoss = new DataLossReport(connection, { peripheralId, journalEntriesMax }, log);
  const help = 'Times that lines of the journal were gone which Redis had held.';
  metrics.total('lastcall_store_data_lost_total', help, () => dataLoss.count);
  const onLoss = (evidence: string): void => {
    dataLoss.report(evidence);
  };
  const watch = new DataLossWatch({ mark, everyMs, onLoss });
  metrics.total('lastcall_journal_looks_total', 'Looks at the end of the journal.', () => watch.looks);
  return watch;
}

function buildJobLoopWatch(
  redis: RedisConnection,
  parts: { peripheralId: number; metrics: WorkerMetrics; log: Logger; keeper: LinkKeeper },
): JobLoopWatch {
  const { peripheralId, metrics, log, keeper } = parts;
  const watch = new JobLoopWatch({
    log,
    monotonicMs,
    storeAnswers: () => keeper.storeAnswers,
    dueJobs: (name) => dueJobs(redis, { peripheralId, name }, { slackMs: dueSlackMs, ownNow: Date.now() }),
  });
  metrics.gauge('lastcall_jobs_taken', '1 while this worker can take jobs.', () => (watch.fault === null ? 1 : 0));
  metrics.gauge(
    'lastcall_jobs_due_not_taken',
    'Due jobs, where this worker has begun none for 10 s; 0 while it takes them.',
    () => watch.dueNotTaken,
  );
  const help = 'Times that a loop that takes jobs hung and was started again.';
  metrics.total('lastcall_job_loop_restarts_total', help, () => watch.startsAgain);
  return watch;
}

function buildStoreWatch(
  { redisReplicas: required, sweepMs: everyMs }: WorkerConfig,
  redis: RedisConnection,
  { store, mastership: sentinels, metrics, log }: WatchedParts,
): StoreWatch {
  const watch = new StoreWatch({
    redis,
    log,
    sentinels,
    replicas: { required, everyMs, inStep: () => store.replicasInStep() },
  });
  metrics.gauge(
    'lastcall_replicas_required',
    'Replicas that must have a commit before a request goes out.',
    () => required,
  );
  const help = 'Replicas that took the last write, of those that are required; -1 before the first look.';
  metrics.gauge('lastcall_replicas_in_step', help, () => watch.replicasInStep ?? (required === 0 ? 0 : -1));
  metrics.gauges('lastcall_store_finding', 'What is wrong with Redis: 1 while it holds.', {
    label: 'finding',
    values: findingLabels,
    read: (code) => watch.holds(code),
  });
  return watch;
}

function buildRoll(store: RedisConnection, peripheralId: number, log: Logger): Roll {
  const onUnreadable = (error: Error): void => {
    log.error({ err: error, alarm: true }, 'a record cannot be read: nothing is done about its agent');
  };
  return new Roll(store, { peripheralId, onUnreadable });
}

function buildStore(
  config: WorkerConfig,
  { log, metrics }: { log: Logger; metrics: WorkerMetrics },
  connection: RedisConnection,
  { massLoss }: Policy,
): Pick<WorkerParts, 'mastership' | 'store' | 'clock'> & { sides: Sides; sideWatch: SideWatch; journal: Journal } {
  const mastership = mastershipOf(config.redisUrl, { name: config.workerId, access: redisAccess('worker', config) });
  const { ctiPeripheralId: peripheralId, workerId: processId, journalEntriesMax } = config;
  const clock = buildStoreClock(connection, { peripheralId, journalEntriesMax, processId, log, metrics });
  const sides = new Sides(connection, { peripheralId });
  const journal = new Journal(connection, { peripheralId, entriesMax: config.journalEntriesMax });
  const sideWatch = new SideWatch({ sides, journal, policy: massLoss, monotonicMs, log });
  const store = new RedisStore(connection, {
    peripheralId,
    replicas: config.redisReplicas,
    mastership,
    issuingPerSecondMax: config.ctiRequestsPerSecondMax,
    leaseMs: config.leaseMs,
    journalEntriesMax: config.journalEntriesMax,
    clock,
    paceOf: (side) => sideWatch.paceOf(side),
  });
  return { mastership, store, sides, sideWatch, journal, clock };
}
