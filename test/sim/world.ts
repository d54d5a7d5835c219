import { type Side } from '#domain/agent';
import { AgentState } from '#cti-protocol/enumerations';
import { Bus } from './bus';
import { CtiCentre } from './cti-centre';
import { CtiPair } from './cti-pair';
import { Desktop } from './desktop';
import { agentCountOf, type Plan } from './plan';
import { PolicyBook } from './policy-book';
import { type Random } from '../kit/random';
import { ServerProcess, type ServerSurroundings } from './server-process';
import { type Stage } from './stage';
import { StoreCluster } from './store-cluster';
import { type Switches } from './switches';
import { WorkerProcess, type WorkerSurroundings } from './worker-process';

const sides = ['primary', 'secondary'] as const satisfies readonly Side[];

/** Where each part draws its chances from, so that one more number drawn by one part changes nothing for the others. */
const streams = { servers: 11, workers: 12, bus: 13, pair: 14, desktops: 15, policies: 16, feedBus: 17 } as const;

/** From 1001 on. */
export function agentIdsOf(plan: Plan): string[] {
  return Array.from({ length: agentCountOf(plan) }, (_, n) => String(1001 + n));
}

/** Those with a telephone alone. */
export function phoneIdsOf({ days }: Plan): string[] {
  return Array.from({ length: days.phoneAgents }, (_, n) => String(9001 + n));
}

/** Those whose desktop is known elsewhere. */
export function fedIdsOf({ days }: Plan): string[] {
  return Array.from({ length: days.fedAgents }, (_, n) => String(8001 + n));
}

/** Two sides with their servers, workers, agents and desktops, one store and a pair of CTI servers. */
export class World {
  readonly cluster: StoreCluster;
  readonly centre: CtiCentre;
  readonly pair: CtiPair;
  readonly servers: ServerProcess[] = [];
  readonly workers: WorkerProcess[] = [];
  readonly desktops: Desktop[] = [];
  readonly phoneIds: readonly string[];
  readonly fedIds: readonly string[];
  /** Agents who went home: they do not sign in again, though a desktop of theirs may still be open. */
  readonly goneHome = new Set<string>();
  /** Told when a record entered issuing. */
  onIssued: (worker: WorkerProcess, agentId: string) => void = () => undefined;
  private readonly around: WorkerSurroundings;
  private readonly desktopChance: Random;
  private births = 0;

  constructor(
    readonly stage: Stage,
    readonly plan: Plan,
    readonly switches: Switches,
  ) {
    this.phoneIds = phoneIdsOf(plan);
    this.fedIds = fedIdsOf(plan);
    const rules = { epoch: !switches.has('EPOCH'), generation: !switches.has('GEN'), wait: !switches.has('WAIT') };
    this.cluster = new StoreCluster(stage, rules);
    this.centre = new CtiCentre(plan.load, plan.duringCalls);
    this.pair = new CtiPair(stage, this.centre, stage.stream(streams.pair));
    this.desktopChance = stage.stream(streams.desktops);
    const bus = new Bus(stage, this.cluster, stage.stream(streams.bus));
    const onJob = (): void => {
      for (const worker of this.workers) if (worker.process.isAlive) worker.hint();
    };
    const { policy, policyChanges } = plan.days;
    const common: ServerSurroundings = {
      stage,
      cluster: this.cluster,
      bus,
      random: stage.stream(streams.servers),
      policies: new PolicyBook(stage, stage.stream(streams.policies), policy, policyChanges),
      feedBus: plan.days.fedAgents > 0 ? new Bus(stage, this.cluster, stage.stream(streams.feedBus)) : null,
      switches,
      onJob,
    };
    this.around = {
      ...common,
      random: stage.stream(streams.workers),
      pair: this.pair,
      agentIds: [...agentIdsOf(plan), ...this.phoneIds, ...this.fedIds],
      onIssued: (worker, agentId) => {
        this.onIssued(worker, agentId);
      },
      onDoubled: (taken) => {
        const alive = this.workers.filter(({ process }) => process.isAlive);
        alive.at(-1)?.workToo(taken);
      },
    };
    for (const side of sides) {
      for (let n = 0; n < plan.serversPerSide; n++) this.startServer(side);
      for (let n = 0; n < plan.workersPerSide; n++) this.startWorker(side);
    }
  }

  startServer(side: Side): ServerProcess {
    const born = ++this.births;
    const server = new ServerProcess(this.around, side, `${side}.${String(born)}`, this.skewOf(born));
    this.servers.push(server);
    server.start();
    return server;
  }

  startWorker(side: Side): WorkerProcess {
    const born = ++this.births;
    const worker = new WorkerProcess(this.around, side, `worker-${side}.${String(born)}`, this.skewOf(born));
    this.workers.push(worker);
    worker.start();
    return worker;
  }

  addAgent(agentId: string): void {
    this.centre.add(agentId, `3${agentId}`);
    this.stage.see({ at: this.stage.time.now, what: 'signedIn', agentId });
  }

  newDesktop(agentId: string, side: Side): Desktop {
    const desktopId = `d${agentId}.${String(this.desktops.filter((other) => other.agentId === agentId).length)}`;
    const desktop = new Desktop(this.stage, this, agentId, desktopId, side, this.desktopChance);
    this.desktops.push(desktop);
    return desktop;
  }

  serverOf(side: Side): ServerProcess | undefined {
    const alive = this.servers.filter((server) => server.side === side && server.process.isAlive && !server.isStopping);
    return alive.length === 0 ? undefined : this.desktopChance.pick(alive);
  }

  /** An agent who works on a desktop without a session at the CTI server signs in again. */
  noticeSignedOut(agentId: string): void {
    const { time } = this.stage;
    if (this.centre.isSignedIn(agentId) || this.goneHome.has(agentId)) return;
    time.after(this.desktopChance.between(1_000, 6_000), time.world, () => {
      if (!this.centre.isSignedIn(agentId) && this.hasDesktop(agentId)) this.signIn(agentId);
    });
  }

  hasDesktop(agentId: string): boolean {
    return this.desktops.some((desktop) => desktop.agentId === agentId && desktop.isAcknowledged);
  }

  signIn(agentId: string): void {
    this.centre.set(agentId, AgentState.NOT_READY);
    this.stage.see({ at: this.stage.time.now, what: 'signedIn', agentId });
    this.pair.tellState(this.centre.of(agentId));
  }

  /** False when that cannot be: the agent is out, or on a call. */
  signOut(agentId: string): boolean {
    const agent = this.centre.of(agentId);
    if (agent.state === AgentState.LOGOUT || agent.calls.size > 0) return false;
    this.centre.set(agentId, AgentState.LOGOUT);
    this.stage.see({ at: this.stage.time.now, what: 'signedOut', agentId });
    this.pair.tellState(agent);
    return true;
  }

  goReady(agentId: string): void {
    const agent = this.centre.of(agentId);
    if (agent.state !== AgentState.NOT_READY || agent.calls.size > 0) return;
    this.centre.set(agentId, AgentState.AVAILABLE);
    this.stage.see({ at: this.stage.time.now, what: 'becameReady', agentId });
    this.pair.tellState(agent);
  }

  goNotReady(agentId: string): void {
    const agent = this.centre.of(agentId);
    if (agent.state === AgentState.LOGOUT || agent.calls.size > 0) return;
    this.centre.set(agentId, AgentState.NOT_READY);
    this.stage.see({ at: this.stage.time.now, what: 'becameNotReady', agentId });
    this.pair.tellState(agent);
  }

  call(agentId: string, forMs: number): void {
    if (!this.centre.isSignedIn(agentId)) return;
    const { time } = this.stage;
    const agent = this.centre.of(agentId);
    const callId = this.centre.beginCall(agentId);
    this.stage.see({ at: time.now, what: 'callBegan', agentId, callId });
    this.pair.tellState(agent);
    this.pair.tellCall(agent, callId, true);
    time.after(forMs, time.world, () => {
      const pending = this.centre.endCall(agentId, callId);
      this.stage.see({ at: time.now, what: 'callEnded', agentId, callId });
      if (pending !== null) this.pair.tookEffect(agent, pending.request);
      this.pair.tellCall(agent, callId, false);
      this.pair.tellState(agent);
    });
  }

  killServer(server: ServerProcess): void {
    server.process.isAlive = false;
    this.stage.see({ at: this.stage.time.now, what: 'serverDied', serverId: server.serverId });
    for (const desktop of this.desktops) desktop.serverGone(server);
  }

  killWorker(worker: WorkerProcess): void {
    worker.process.isAlive = false;
    this.stage.see({ at: this.stage.time.now, what: 'workerDied', process: worker.workerId });
    this.pair.cut({ process: worker.process }, false);
  }

  /** The connections to the store were made anew: servers are told by their client. */
  storeIsBack(): void {
    for (const server of this.servers)
      if (server.process.isAlive)
        this.stage.as(server.process, () => {
          server.nudge();
        });
  }

  endedConnectionsOf(agentId: string): string[] {
    return this.servers.flatMap((server) => [...server.endedOf(agentId)]);
  }

  private skewOf(born: number): number {
    return this.plan.skewsMs[born % this.plan.skewsMs.length] ?? 0;
  }
}
