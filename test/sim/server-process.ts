import { type Agent, type Side, type Phase } from '#domain/agent';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { Observer } from '#engine/ports';
import { Assertion } from '#presence/assertion';
import { DesktopConnection } from '#presence/desktop-connection';
import { DesktopTable, type Holding } from '#presence/desktop-table';
import { Heartbeat } from '#presence/heartbeat';
import { Lanes } from '#presence/lanes';
import { type Service } from '#presence/lease';
import { LeaseKeeper } from '#presence/lease-keeper';
import { PresenceDesk } from '#presence/presence-desk';
import { silenceRule } from '#presence/silence';
import { type FedDesktop, type FeedAnswer, type PresenceFeed } from '#presence/presence-feed';
import { type Tally } from '#presence/tally';
import { LastLookAnswerer } from '#store/last-look';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { pino } from 'pino';
import { type WebSocket } from 'ws';
import { type Bus } from './bus';
import { wakeUpQueueOn } from './job-queue';
import { type PolicyBook } from './policy-book';
import { type Random } from '../kit/random';
import { noOpSignIns, noOutage } from '../kit/no-op-ports';
import { feedOf } from './feed-parts';
import { forgetSignOuts } from './forgetful-stores';
import { type Stage } from './stage';
import { type StoreCluster } from './store-cluster';
import { PatientLink, StoreLink } from './store-link';
import { leaseMs, peripheralId } from './store-node';
import { SentinelWords } from './sentinel-words';
import { clockOf, type SimClock } from './sim-clock';
import { LinkedLease, LinkedStore } from './store-ports';
import { type Switches } from './switches';
import { SimProcess } from './virtual-time';

export const detectionMs = 25_000;

/** As apps/server puts it together. */
const eventsInFlightMax = 64;

export const quiet = pino({ level: 'silent' });

/** Tells the simulation's log what was decided. */
export class ToldObserver extends Observer {
  constructor(
    private readonly stage: Stage,
    private readonly who: string,
  ) {
    super();
  }
  override committed(before: Agent, agent: Agent, event: { type: string }): void {
    if (before === agent) return;
    this.stage.say(
      this.who,
      () =>
        `${agent.key.agentId} ${event.type}: ${before.phase.name} -> ${describePhase(agent)}, epoch ${String(agent.epoch)}`,
    );
  }
  override raised(agent: Agent, sentence: string): void {
    this.stage.say(this.who, () => `alarm, ${agent.key.agentId}: ${sentence}`);
  }
  override conflicted(): void {
    return;
  }
  override requested(): void {
    return;
  }
}

function describePhase({ phase }: Agent): string {
  return phase.name === 'held' ? `held (${phase.reasons.join(', ')})` : phase.name;
}

const noTally: Tally = {
  opened: () => undefined,
  ended: () => undefined,
  refused: () => undefined,
  stalled: () => undefined,
};

export interface ServerSurroundings {
  readonly stage: Stage;
  readonly cluster: StoreCluster;
  readonly bus: Bus;
  readonly random: Random;
  readonly switches: Switches;
  readonly policies: PolicyBook;
  /** For the notices of feeds; null where there are none. */
  readonly feedBus: Bus | null;
  readonly onJob: () => void;
}

/** One process of apps/server: its parts are the real ones; store, bus and sockets are the simulation's. */
export class ServerProcess {
  readonly process: SimProcess;
  readonly serverId: string;
  private readonly keeper: LeaseKeeper;
  private readonly clock: SimClock;
  readonly desk: PresenceDesk;
  private readonly table = new DesktopTable();
  private readonly lanes: Lanes;
  private readonly heartbeat: Heartbeat;
  private readonly connections = new Map<string, DesktopConnection>();
  private readonly byByeToken = new Map<string, DesktopConnection>();
  private lettings = 0;
  private readonly ended = new Map<string, string[]>();
  private readonly feed: PresenceFeed | undefined;
  isStopping = false;

  constructor(
    private readonly around: ServerSurroundings,
    readonly side: Side,
    serverId: string,
    skewMs: number,
  ) {
    const { stage, cluster, random, switches } = around;
    this.serverId = serverId;
    this.process = new SimProcess(serverId, skewMs);
    around.policies.starts(this.process, false);
    const link = new StoreLink(stage, cluster, this.process, random);
    this.clock = clockOf(stage, cluster, this.process, switches);
    const sentinels = switches.has('MASTER') ? undefined : new SentinelWords(stage, link, random);
    const lease = new LinkedLease(link, sentinels);
    this.lanes = new Lanes({
      inFlightMax: eventsInFlightMax,
      onFailure: (agentId) => {
        stage.say(serverId, () => `${agentId}: could not be committed, is kept`);
      },
    });
    const engine = this.engineOn(link);
    const { table, lanes } = this;
    this.desk = new PresenceDesk({ engine, table, lanes, peripheralId, serverId, arriveMsMax: leaseMs });
    const assertion = new Assertion({
      desk: this.desk,
      table: this.table,
      lease,
      serverId,
      log: quiet,
      onAsserted: (holding, agent) => {
        this.asserted(holding, agent);
      },
      onForgotten: () => undefined,
    });
    if (switches.has('repair of records')) assertion.compare = () => Promise.resolve();
    this.keeper = new LeaseKeeper({
      lease,
      assertion,
      serverId,
      side,
      leaseMs,
      log: quiet,
      outage: noOutage,
      onService: (service) => {
        this.serviceChanged(service);
      },
      onStoreAnswers: () => {
        this.lanes.resume();
      },
    });
    this.feed = this.feedOn(link);
    this.heartbeat = new Heartbeat({
      rule: silenceRule(detectionMs),
      pulses: () => [...this.connections.values()],
      onStall: () => {
        stage.say(serverId, () => 'stood still; silences begin anew');
      },
    });
  }

  start(): void {
    const { stage, bus } = this.around;
    stage.as(this.process, () => {
      const connection = bus.connectionOf(this.process);
      const holds = (agentIds: string[]): Promise<ReturnType<DesktopTable['desktopOf']>[]> =>
        Promise.resolve(agentIds.map((agentId) => this.table.desktopOf(agentId)));
      void new LastLookAnswerer(connection, connection, { peripheralId, serverId: this.serverId, holds }).start();
      this.heartbeat.start();
      this.clock.start();
      this.keeper.start();
      void this.feed?.start();
    });
  }

  /** The connection to the store was made anew. */
  nudge(): void {
    this.keeper.nudge();
  }

  letIn(socket: WebSocket, agentId: string): void {
    const { stage } = this.around;
    this.lettings += 1;
    const identity = {
      agentId,
      connection: `${this.serverId}:${String(this.lettings)}`,
      byeToken: `${this.serverId}-${String(this.lettings)}`,
      side: this.side,
      serverId: this.serverId,
      from: '',
    };
    if (this.isStopping) {
      socket.close(1012);
      return;
    }
    const connection: DesktopConnection = new DesktopConnection(socket, identity, {
      desk: this.desk,
      tally: noTally,
      log: quiet,
      rule: silenceRule(detectionMs),
      service: () => this.keeper.serviceNow(),
      signIns: noOpSignIns,
      onEnd: () => {
        this.connections.delete(identity.connection);
        this.byByeToken.delete(identity.byeToken);
        this.ended.set(agentId, [...this.endedOf(agentId), identity.connection]);
        stage.say(this.serverId, () => `${agentId}: connection ${identity.connection} ended`);
      },
    });
    this.connections.set(identity.connection, connection);
    this.byByeToken.set(identity.byeToken, connection);
  }

  bye(byeToken: string): void {
    this.byByeToken.get(byeToken)?.bye();
  }

  fedAvailable(desktop: FedDesktop): Promise<FeedAnswer> {
    return this.feed?.available(desktop) ?? Promise.resolve({ kind: 'unknownAgent' });
  }

  fedGone(desktop: FedDesktop, cause: 'bye' | 'lost'): Promise<FeedAnswer> {
    return this.feed?.gone(desktop, cause) ?? Promise.resolve({ kind: 'unknownAgent' });
  }

  fedHeartbeat(feed: string): number {
    return this.feed?.heartbeat(feed) ?? 0;
  }

  /** Connections of that agent that ended here, for whoever reports one as gone once more. */
  endedOf(agentId: string): readonly string[] {
    return this.ended.get(agentId) ?? [];
  }

  /** Planned stop: the lease runs out, desktops are sent to the other side. */
  stop(): void {
    this.isStopping = true;
    this.keeper.stop();
    const all = [...this.connections.values()];
    for (const connection of all) connection.leave();
    for (const connection of all) connection.sendAway();
    this.heartbeat.stop();
  }

  private feedOn(link: StoreLink): PresenceFeed | undefined {
    const { feedBus, cluster, switches } = this.around;
    const { desk, table, side, serverId } = this;
    if (feedBus === null) return undefined;
    return feedOf({
      ...{ desk, table, side, serverId },
      store: new LinkedStore(link, link, cluster, undefined, undefined, this.clock),
      service: () => this.keeper.serviceNow(),
      connection: feedBus.connectionOf(this.process),
      hasNotices: !switches.has('feed notices'),
    });
  }

  private engineOn(link: StoreLink): Pick<Engine, 'handle'> {
    const { stage, cluster, random, switches, policies, onJob } = this.around;
    const queueLink = new PatientLink(stage, cluster, this.process, random);
    const store = new LinkedStore(link, link, cluster, undefined, undefined, this.clock);
    if (switches.has('signed out is no loss')) forgetSignOuts(store);
    const engine = new Engine({
      store,
      wakeUps: new BullWakeUps(wakeUpQueueOn(queueLink, onJob)),
      witnesses: new NoWitnesses(),
      desk: new NoDesk(),
      observer: new ToldObserver(stage, this.serverId),
      policyOf: () => policies.policyOf(this.process),
      monotonicMs: () => performance.now(),
    });
    if (!switches.has('GATE')) return engine;
    return {
      handle: async (key, event) => {
        const handled = await engine.handle(key, event);
        const { agent } = handled;
        const phase: Phase = agent.phase.name === 'issuing' ? { name: 'present', restore: null } : agent.phase;
        return { ...handled, agent: { ...agent, phase } };
      },
    };
  }

  /** As the gateway does. */
  private serviceChanged(service: Service): void {
    const { stage } = this.around;
    stage.say(this.serverId, () => (service.status === 'IN_SERVICE' ? 'in service' : `out of service: ${service.why}`));
    for (const connection of [...this.connections.values()]) {
      if (service.status === 'IN_SERVICE') void connection.acknowledgeAgain();
      else connection.tellOutOfService();
    }
  }

  /** As the gateway does. */
  private asserted(holding: Holding, agent: Agent): void {
    const stillHolds = agent.phase.name !== 'issuing' && agent.signedIn !== 'no';
    if (!stillHolds) void this.connections.get(holding.desktop.connection)?.acknowledgeAgain();
  }
}
