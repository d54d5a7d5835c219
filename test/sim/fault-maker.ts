import { type AgentLife } from './life';
import { type IssueHook, type PlannedFault } from './plan';
import { type Random } from '../kit/random';
import { lockMs, stalledCheckMs } from './jobs';
import { type StoreCopy } from './store-cluster';
import { reportStrays } from './stray-reports';
import { type SimProcess } from './virtual-time';
import { calm, type FaultKind } from './weather';
import { type World } from './world';
import { type WorkerProcess } from './worker-process';

/**
 * How long what a fault broke may take to be whole again: leases, generations and BullMQ's locks end, links come back, and
 * a request of which nobody knows is asked for after its deadline (issuingMsMax).
 */
const recoveryMs = 60_000;
/** What a store forgot, and what a server did not tell, is lost with a server: it gets the longer grace after lease and sweep. */
const storeRecoveryMs = 160_000;

const slowToHeal = [
  'failover',
  'rollback',
  'splitBrain',
  'cutOff',
  'CutOff',
  'serverKilled',
  'serverFrozen',
  'serverStopped',
] as const;

/** Once in a while a backup is taken, for a store that is to lose what came after it. */
type Backup = StoreCopy | null;

/** Carries out the plan's faults when their time comes. */
export class FaultMaker {
  /** When the last one is over and what it broke should be whole again. */
  healedAt = 0;
  private backup: Backup = null;
  /**
   * Keys that Redis itself ends last longer by what its clock was set back (decision 0032): locks of jobs, and the key that
   * keeps workers from looking for jobs without one. So a job that loses its worker or its lock to another fault waits.
   */
  private locksLastUntil = 0;
  private readonly hooksLeft: IssueHook[];

  constructor(
    private readonly world: World,
    private readonly lives: ReadonlyMap<string, AgentLife>,
    private readonly random: Random,
  ) {
    const { plan } = world;
    this.hooksLeft = [...plan.hooks];
    for (const fault of plan.faults) this.schedule(fault);
    world.onIssued = (worker, agentId) => {
      this.issued(worker, agentId);
    };
    if (plan.hooks.includes('failover')) this.keepReplicaClose();
    if (plan.skewsMs.some((skew) => skew !== 0)) this.count('clock skewed', 'every process');
  }

  private schedule(fault: PlannedFault): void {
    const { time } = this.world.stage;
    const leadMs =
      fault.kind === 'failover' || fault.kind === 'splitBrain'
        ? fault.lagMs
        : fault.kind === 'rollback'
          ? fault.lostMs
          : 0;
    if (leadMs > 0)
      time.after(fault.at - leadMs, time.world, () => {
        if (fault.kind === 'rollback') this.backup = this.world.cluster.backUp();
        else this.world.cluster.beginLag();
      });
    time.after(fault.at, time.world, () => {
      this.begin(fault);
    });
  }

  /** The replica lags by a few seconds, until it is needed. */
  private keepReplicaClose(): void {
    const { time } = this.world.stage;
    if (!this.hooksLeft.includes('failover')) return;
    this.world.cluster.beginLag();
    time.after(this.random.between(500, 5_000), time.world, () => {
      this.keepReplicaClose();
    });
  }

  /** A fault begins; until `untilMs` and its recovery, logouts may be late. */
  private disturb(kind: string, untilMs: number): void {
    const isForgetful = slowToHeal.some((each) => kind.endsWith(each));
    const until = Math.max(untilMs + (isForgetful ? storeRecoveryMs : recoveryMs), this.locksLastUntil);
    this.healedAt = Math.max(this.healedAt, until);
    this.world.stage.see({ at: this.world.stage.time.now, what: 'disturbed', kind, until });
  }

  private begin(fault: PlannedFault): void {
    const { world } = this;
    const isWhole = this.healedAt <= world.stage.time.now;
    this.disturb(fault.kind, fault.until);
    switch (fault.kind) {
      case 'weather':
        Object.assign(world.stage.weather, fault.change);
        this.at(fault.until, () => {
          for (const name of Object.keys(fault.change) as (keyof typeof calm)[]) world.stage.weather[name] = calm[name];
        });
        return;
      case 'storeDown':
      case 'failover':
      case 'rollback':
      case 'splitBrain':
        this.hurtStore(fault);
        return;
      case 'cutOff':
      case 'sideCutOff':
        this.cutOff(fault);
        return;
      case 'serverKilled':
      case 'serverFrozen':
      case 'serverStopped':
        this.hurtServer(fault);
        return;
      case 'workerKilled':
      case 'workerFrozen':
        this.hurtWorker(fault);
        return;
      case 'clockJumped': {
        const process = this.processOf(fault.who, fault.index);
        if (process === undefined) return;
        this.count('clock jumped', process.name);
        process.skewMs += fault.byMs;
        return;
      }
      case 'obliterated':
        this.count('queue obliterated', `${String(world.cluster.master.jobs.size)} jobs`);
        world.cluster.master.jobs.obliterate();
        return;
      case 'linkLost':
        this.loseLink(this.workerOf(fault.index), fault.isSilent);
        return;
      case 'ctiSideDown':
        this.count('CTI side down', fault.side);
        world.pair.down.add(fault.side);
        world.pair.cut({ side: fault.side }, false);
        this.at(fault.until, () => {
          world.pair.down.delete(fault.side);
        });
        return;
      case 'sideLost':
        this.loseSide(fault);
        return;
      case 'straySeen':
        reportStrays(world, this.random, fault.until);
        return;
      case 'storeClockStepped':
        this.stepStoreClock(fault.byMs, isWhole);
    }
  }

  private hurtStore(
    fault: Extract<PlannedFault, { kind: 'storeDown' | 'failover' | 'rollback' | 'splitBrain' }>,
  ): void {
    const { cluster, servers, workers } = this.world;
    switch (fault.kind) {
      case 'storeDown':
        this.count('store down', '');
        this.outage(fault.until, () => undefined);
        return;
      case 'failover':
        this.count('store failover', `lag ${String(Math.round(fault.lagMs))} ms`);
        this.outage(fault.until, () => {
          cluster.failOver();
        });
        return;
      case 'rollback':
        this.count('store rolled back', `by ${String(Math.round(fault.lostMs))} ms`);
        this.outage(fault.until, () => {
          cluster.restore(this.backup ?? cluster.backUp());
        });
        return;
      case 'splitBrain': {
        this.count('store split brain', fault.stays);
        const stays = new Set(
          [
            ...servers.filter(({ side }) => side === fault.stays),
            ...workers.filter(({ side }) => side === fault.stays),
          ].map(({ process }) => process),
        );
        cluster.splitBrain((process) => stays.has(process), fault.heardAfterMs);
        this.world.storeIsBack();
        this.at(fault.until, () => {
          cluster.healSplit();
          this.world.storeIsBack();
        });
      }
    }
  }

  private outage(until: number, end: () => void): void {
    this.world.cluster.isDown = true;
    this.at(until, () => {
      end();
      this.world.cluster.isDown = false;
      this.world.storeIsBack();
    });
  }

  private cutOff(fault: Extract<PlannedFault, { kind: 'cutOff' | 'sideCutOff' }>): void {
    const { cluster, servers, workers } = this.world;
    const hit =
      fault.kind === 'sideCutOff'
        ? [...servers, ...workers].filter(({ side }) => side === fault.side).map(({ process }) => process)
        : [this.processOf(fault.who, fault.index)].filter((process) => process !== undefined);
    for (const process of hit) {
      this.count('process cut off from the store', process.name);
      cluster.cutOff.add(process);
    }
    this.at(fault.until, () => {
      for (const process of hit) cluster.cutOff.delete(process);
      this.world.storeIsBack();
    });
  }

  private hurtServer(fault: Extract<PlannedFault, { kind: 'serverKilled' | 'serverFrozen' | 'serverStopped' }>): void {
    const { world } = this;
    const alive = world.servers.filter((server) => server.process.isAlive && !server.isStopping);
    const server = alive[fault.index % Math.max(1, alive.length)];
    if (server === undefined) return;
    switch (fault.kind) {
      case 'serverKilled':
        this.count('server killed', server.serverId);
        world.killServer(server);
        break;
      case 'serverFrozen':
        this.count('server frozen', server.serverId);
        world.stage.time.freeze(server.process, fault.until - fault.at);
        return;
      case 'serverStopped':
        this.count('server stopped', server.serverId);
        world.stage.as(server.process, () => {
          server.stop();
        });
        this.at(world.stage.time.now + 4_000, () => {
          if (server.process.isAlive) world.killServer(server);
        });
        break;
    }
    this.at(fault.until, () => {
      world.startServer(server.side);
    });
  }

  private hurtWorker(fault: Extract<PlannedFault, { kind: 'workerKilled' | 'workerFrozen' }>): void {
    const worker = this.workerOf(fault.index);
    if (worker === undefined) return;
    const forMs = fault.until - fault.at;
    if (fault.kind === 'workerKilled') this.kill(worker, forMs);
    else this.freeze(worker, forMs);
  }

  private kill(worker: WorkerProcess, forMs: number): void {
    const { world } = this;
    if (!worker.process.isAlive) return;
    this.count('worker killed', worker.workerId);
    world.killWorker(worker);
    this.at(world.stage.time.now + forMs, () => {
      world.startWorker(worker.side);
    });
  }

  private freeze(worker: WorkerProcess, forMs: number): void {
    this.count('worker frozen', `${worker.workerId} for ${String(Math.round(forMs))} ms`);
    this.world.stage.time.freeze(worker.process, forMs);
  }

  /** @param isWhole nothing that another fault broke can have cost a job its worker or its lock */
  private stepStoreClock(byMs: number, isWhole: boolean): void {
    const { stage } = this.world;
    const { now } = stage.time;
    this.count(byMs > 0 ? 'store clock stepped ahead' : 'store clock stepped back', `by ${String(byMs)} ms`);
    stage.time.stepStore(byMs);
    stage.see({ at: now, what: 'storeClockStepped', byMs });
    if (byMs > 0) return;
    this.locksLastUntil = Math.max(this.locksLastUntil, now + lockMs + stalledCheckMs) - byMs;
    if (!isWhole) this.disturb('locks last longer', this.locksLastUntil);
  }

  private loseLink(worker: WorkerProcess | undefined, isSilent: boolean): void {
    if (worker === undefined) return;
    this.count(isSilent ? 'CTI black hole' : 'CTI link lost', worker.workerId);
    this.world.pair.cut({ process: worker.process }, isSilent);
  }

  /** Most desktops of a side are gone within moments; a share of them comes back after a while. */
  private loseSide({ side, backShare, how }: Extract<PlannedFault, { kind: 'sideLost' }>): void {
    const { world, random } = this;
    const { time } = world.stage;
    this.count('side lost', side);
    for (const desktop of world.desktops) {
      if (!desktop.wants || desktop.side !== side) continue;
      time.after(random.between(0, 1_000), time.world, () => {
        desktop.leave(how === 'bye' ? how : random.pick(['closed', 'crashed'] as const));
      });
      if (random.chance(backShare))
        time.after(random.between(5_000, 110_000), time.world, () => {
          desktop.open(random.pick(['primary', 'secondary'] as const));
        });
    }
  }

  /** A request is about to leave: the worst moment for nearly everything. */
  private issued(worker: WorkerProcess, agentId: string): void {
    if (this.hooksLeft.length === 0 || !this.random.chance(0.7)) return;
    const hook = this.hooksLeft.shift();
    if (hook === undefined) return;
    const { world, random } = this;
    const forMs = random.between(1_000, 60_000);
    this.disturb(`at a request: ${hook}`, world.stage.time.now + forMs);
    const comeBack = (): void => {
      this.count('return while a request is on its way', agentId);
      this.at(world.stage.time.now + random.between(0, 60), () => this.lives.get(agentId)?.comeBack());
    };
    switch (hook) {
      case 'freeze':
        this.freeze(worker, forMs);
        return;
      case 'freezeAndReturn':
        this.freeze(worker, forMs);
        comeBack();
        return;
      case 'kill':
        this.kill(worker, forMs);
        return;
      case 'cut':
      case 'cutSilently':
        this.at(world.stage.time.now + random.between(0, 30), () => {
          this.loseLink(worker, hook === 'cutSilently');
        });
        if (random.chance(0.5)) comeBack();
        return;
      case 'return':
        comeBack();
        return;
      case 'call':
        this.count('call at the end of grace', agentId);
        world.call(agentId, forMs / 4);
        return;
      case 'failover':
        this.count('store failover', 'at a request');
        world.cluster.failOver();
        world.storeIsBack();
        comeBack();
        return;
      case 'cutOffWorker':
        this.count('process cut off from the store', worker.workerId);
        world.cluster.cutOff.add(worker.process);
        comeBack();
        this.at(world.stage.time.now + forMs, () => {
          world.cluster.cutOff.delete(worker.process);
        });
    }
  }

  private processOf(who: 'server' | 'worker', index: number): SimProcess | undefined {
    if (who === 'worker') return this.workerOf(index)?.process;
    const alive = this.world.servers.filter(({ process }) => process.isAlive);
    return alive[index % Math.max(1, alive.length)]?.process;
  }

  private workerOf(index: number): WorkerProcess | undefined {
    const alive = this.world.workers.filter(({ process }) => process.isAlive);
    return alive[index % Math.max(1, alive.length)];
  }

  private at(ms: number, act: () => void): void {
    const { time } = this.world.stage;
    time.after(ms - time.now, time.world, act);
  }

  private count(kind: FaultKind, where: string): void {
    this.world.stage.inject(kind, where);
  }
}
