import { type Side } from '#domain/agent';
import { defaultPolicy } from '#domain/policy';
import { AgentDesk } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { SystemClock } from '#cti-client/clock';
import { Mirror } from '#cti-client/mirror';
import { Engine, type EngineParts } from '#engine/engine';
import { StallWatch } from '#presence/stall-watch';
import { HeldWaker } from '#queue/held-waker';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { LastLookAsker } from '#store/last-look';
import { DelayedError } from 'bullmq';
import { CallWatch } from '../../apps/worker/src/call-watch';
import { CtiWitnesses } from '../../apps/worker/src/cti-witnesses';
import { LinkDesk } from '../../apps/worker/src/link-desk';
import { LeftOutLines } from '../../apps/worker/src/left-out-lines';
import { LinkKeeper } from '../../apps/worker/src/link-keeper';
import { SideWatch } from '../../apps/worker/src/side-watch';
import { SignInReconciler } from '../../apps/worker/src/sign-in-reconciler';
import { SignInReports } from '../../apps/worker/src/sign-in-reports';
import { SignInWatch } from '../../apps/worker/src/sign-in-watch';
import { Sweep } from '../../apps/worker/src/sweep';
import { takeWakeUp } from '../../apps/worker/src/wake-up';
import { wakeWhenLinkReturns } from '../../apps/worker/src/wake-when-link-returns';
import { noOutage } from '../kit/no-op-ports';
import { type CtiPair } from './cti-pair';
import { pickOwnStage } from './forgetful-stores';
import { JobWorker, type TakenJob, wakeUpQueueOn } from './job-queue';
import { type Jobs, lockMs, stalledCheckMs } from './jobs';
import { LateReports } from './late-reports';
import { blind, forgetfulOfVersions, ForgetfulWitnesses, HastyDesk, trustLease, trustNextState } from './rules-off';
import { quiet, type ServerSurroundings, ToldObserver } from './server-process';
import { PatientLink, StoreLink } from './store-link';
import { leaseMs, peripheralId } from './store-node';
import { SentinelWords } from './sentinel-words';
import { LinkedStore } from './store-ports';
import { clockOf, type SimClock } from './sim-clock';
import { sweepEveryMs } from './sweep-schedule';
import { SimProcess } from './virtual-time';
import { journalOn, linkLeaseOn, rollOn, serverLeasesOn, sidesOn } from './worker-ports';

export interface WorkerSurroundings extends ServerSurroundings {
  readonly pair: CtiPair;
  /** Everybody, as the configuration upload would tell. */
  readonly agentIds: readonly string[];
  readonly onIssued: (worker: WorkerProcess, agentId: string) => void;
  /** Some other worker gets that job as well. */
  readonly onDoubled: (taken: TakenJob) => void;
}

interface LateJob extends TakenJob {
  readonly lateMs: number;
}

/** A worker looks for due jobs when the next one is due, when it is told of one, and at least so often. */
const lookMsMax = 5_000;
const wakeUpConcurrency = 200;
const requestTimeoutMs = 20_000;
const enquiriesPerSecondMax = 100;
const backOffFirstMs = 3_000;
/** Longer than any simulation: the oracle reads the whole journal. */
const journalKeepMs = 90 * 24 * 3_600_000;

/** One process of apps/worker: link, mirror, gates, watches and sweep are the real ones. */
export class WorkerProcess {
  readonly process: SimProcess;
  private readonly link: CtiLink;
  private readonly keeper: LinkKeeper;
  private readonly stallWatch: StallWatch;
  private readonly clock: SimClock;
  private readonly parts: EngineParts;
  private readonly callWatch: CallWatch;
  private readonly signInWatch: SignInWatch;
  private readonly signInReconciler: SignInReconciler;
  private readonly heldWaker: HeldWaker;
  private readonly sweep: Sweep;
  private readonly engine: Engine;
  private readonly queueLink: PatientLink;
  private readonly jobs: JobWorker;
  private active = 0;
  private isLooking = false;
  private lookAgain = false;
  private isSweeping = false;

  constructor(
    private readonly around: WorkerSurroundings,
    readonly side: Side,
    readonly workerId: string,
    skewMs: number,
  ) {
    const { stage, cluster, random, bus, pair, switches, policies } = around;
    this.process = new SimProcess(workerId, skewMs);
    policies.starts(this.process, true);
    const link = (): StoreLink => new StoreLink(stage, cluster, this.process, random);
    const storeLink = link();
    const clock = (this.clock = clockOf(stage, cluster, this.process, switches));
    this.queueLink = new PatientLink(stage, cluster, this.process, random);
    this.jobs = new JobWorker(this.queueLink);
    this.link = new CtiLink(
      {
        endpoints: { a: { host: 'a', port: 1 }, b: { host: 'b', port: 1 } },
        peripheralId,
        version: 24,
        clientId: workerId,
        clientPassword: '',
        heartbeatMs: 5_000,
        openTimeoutMs: 30_000,
        requestTimeoutMs,
        requestsPerSecondMax: 500,
        startSide: side === 'primary' ? 'a' : 'b',
        backOffFirstMs,
        randomWaitMsMax: backOffFirstMs,
        log: quiet,
        random: () => random.next(),
      },
      { clock: new SystemClock(), openWire: pair.wiresOf(this.process) },
    );
    const mirror = new Mirror({ peripheralId });
    const warmUp = { enquiriesPerSecondMax, agents: around.agentIds, upload: false };
    const agentDesk = new AgentDesk(this.link, mirror, { log: quiet, warmUp });
    blind(mirror, switches);
    if (switches.has('Not Ready over Not Ready')) trustNextState(agentDesk, mirror);
    const monotonicMs = (): number => performance.now();
    const log = quiet;
    this.stallWatch = new StallWatch({ monotonicMs, onStall: () => undefined });
    const isSteady = (): boolean => switches.has('stall') || this.stallWatch.isSteady();
    const keeping = { side, workerId, leaseMs, monotonicMs, isSteady, log, outage: noOutage };
    this.keeper = new LinkKeeper(this.link, linkLeaseOn(storeLink, clock), keeping);
    if (switches.has('lease margin')) trustLease(this.keeper, this.link);
    const sides = sidesOn(storeLink);
    if (switches.has('losses that are none')) sides.clearedSince = () => Promise.resolve(0);
    const journal = journalOn(storeLink);
    const sideWatch = new SideWatch({ sides, journal, policy: defaultPolicy.massLoss, monotonicMs, log });
    const paceOf = switches.has('rate') ? undefined : sideWatch.paceOf.bind(sideWatch);
    const issuingLink = link();
    const sentinels = switches.has('MASTER') ? undefined : new SentinelWords(stage, issuingLink, random);
    const store = new LinkedStore(storeLink, issuingLink, cluster, sentinels, paceOf, clock);
    store.onIssued = (agentId) => {
      around.onIssued(this, agentId);
    };
    if (switches.has('stage of the loss')) pickOwnStage(store, () => policies.policyOf(this.process));
    const wakeUps = new BullWakeUps(wakeUpQueueOn(this.queueLink, around.onJob));
    const servers = serverLeasesOn(storeLink);
    const pubSub = bus.connectionOf(this.process);
    const lastLook = new LastLookAsker(pubSub, pubSub, servers, { peripheralId });
    const policyOf = (): typeof defaultPolicy => {
      const policy = policies.policyOf(this.process);
      return switches.has('telephone alone') ? { ...policy, withoutDesktop: 'logout' } : policy;
    };
    const { keeper } = this;
    const witnesses = new CtiWitnesses({
      keeper: switches.has('link gate') ? { mayRequest: () => true, whyNot: '' } : keeper,
      agentDesk,
      servers,
      sides,
      drains: { all: () => Promise.resolve([]) },
      overloads: { until: () => Promise.resolve({ primary: 0, secondary: 0 }) },
      sideWatch,
      lastLook,
      policyOf,
      monotonicMs,
      ...{ clock, leaseMs },
    });
    this.parts = {
      store,
      wakeUps,
      witnesses: new ForgetfulWitnesses(witnesses, switches),
      desk: new (switches.has('PENDING') ? HastyDesk : LinkDesk)(keeper, agentDesk, mirror, {
        notReadyReasonCode: 20_001,
        password: undefined,
        supervisorId: undefined,
      }),
      observer: new ToldObserver(stage, workerId),
      policyOf,
      monotonicMs: switches.has('send window') ? () => 0 : monotonicMs,
    };
    this.engine = new Engine(this.parts);
    const { engine } = this;
    this.callWatch = new CallWatch(mirror, wakeUps, log);
    const isActive = (): boolean => keeper.mayRequest();
    const reportsTo = switches.has('version of a report') ? forgetfulOfVersions(engine) : engine;
    const reports = new SignInReports({ agentDesk, engine: reportsTo, store, peripheralId, policyOf });
    const signIns = { mirror, reports, store, isActive, log };
    this.signInWatch = new SignInWatch({ ...signIns, reports: new LateReports(reports, stage, random) });
    const withoutDesktop = { replace: () => Promise.resolve() };
    this.signInReconciler = new SignInReconciler({ ...signIns, withoutDesktop, everyMs: sweepEveryMs });
    this.heldWaker = new HeldWaker({ roll: rollOn(storeLink), wakeUps, log });
    sideWatch.onEnd((ended) => void this.heldWaker.wake(['massLoss'], ended));
    const nobody = { arm: () => Promise.resolve(), ensure: () => Promise.resolve() };
    this.sweep = new Sweep({
      peripheralId,
      servers,
      roll: rollOn(storeLink),
      engine,
      wakeUps: switches.has('SWEEP') ? nobody : wakeUps,
      sideWatch,
      journal,
      journalKeepMs,
      leftOutLines: new LeftOutLines({ journal, log, monotonicMs }),
      log,
      ...{ clock, leaseMs },
    });
  }

  start(): void {
    const { stage, switches } = this.around;
    stage.as(this.process, () => {
      this.clock.start();
      if (!switches.has('signed-out gate')) this.signInWatch.start();
      this.signInReconciler.start();
      wakeWhenLinkReturns(this.keeper, this.link, this.heldWaker);
      this.link.on('phase', (phase, why) => {
        stage.say(this.workerId, () => `link ${phase}: ${why}`);
      });
      stage.time.plainly(() => {
        this.stallWatch.start();
      });
      this.link.start();
      this.keeper.start();
      void this.keepSweeping();
      setInterval(() => void this.jobs.renewLocks(), lockMs / 4);
      this.checkStalled();
      setInterval(() => {
        this.checkStalled();
      }, stalledCheckMs);
      this.look();
    });
  }

  get holdsLease(): boolean {
    return this.keeper.holdsLease();
  }

  /** There may be a job that is due. Called from anywhere. */
  hint(): void {
    const { stage } = this.around;
    stage.time.after(0.5, this.process, () => {
      this.look();
    });
  }

  /** A sweep that found this server's lease ended, and acts after the server is back. */
  sweepLate(agentId: string, serverId: string): void {
    this.engine.handle({ peripheralId, agentId }, { type: 'serverLost', serverId }).catch(() => undefined);
  }

  /** Looks for jobs and for a due sweep now, and again when the next one may be due. */
  private look(): void {
    if (this.isLooking) {
      this.lookAgain = true;
      return;
    }
    this.isLooking = true;
    void this.takeDue()
      .catch(() => lookMsMax)
      .then((waitMs) => {
        this.isLooking = false;
        const isHinted = this.lookAgain;
        this.lookAgain = false;
        setTimeout(
          () => {
            this.look();
          },
          isHinted ? 1 : waitMs,
        );
      });
  }

  /** Answers how long to wait for the next look. */
  private async takeDue(): Promise<number> {
    const mayLook = this.keeper.shouldLook();
    const clock = Date.now();
    const limit = mayLook ? wakeUpConcurrency - this.active : 0;
    const maySweep = !this.isSweeping;
    const found = await this.jobs.take(limit, ({ jobs }, taken) => ({
      isSweepDue: maySweep && jobs.sweeps.take(clock),
      arriving: this.weathered(jobs, taken),
      nextDueAt: jobs.nextDueAt,
    }));
    const { isSweepDue, arriving, nextDueAt } = found.beside;
    for (const { lateMs, ...taken } of arriving) {
      if (!found.taken.some(({ token }) => token === taken.token)) continue;
      if (lateMs === 0) void this.work(taken);
      else setTimeout(() => void this.work(taken), lateMs);
    }
    if (isSweepDue) void this.runSweep();
    return mayLook ? Math.min(lookMsMax, Math.max(1, nextDueAt - Date.now())) : lookMsMax;
  }

  /** A job can be lost on its way to its worker, reach another one too, or come late. */
  private weathered(jobs: Jobs, taken: readonly TakenJob[]): LateJob[] {
    const { stage, random, onDoubled } = this.around;
    const { jobLost, jobDoubled, jobLateMs } = stage.weather;
    return taken.flatMap(({ job, token }) => {
      if (jobLost > 0 && random.chance(jobLost)) {
        stage.inject('job lost', job.id);
        jobs.lose(job.id);
        return [];
      }
      if (jobDoubled > 0 && random.chance(jobDoubled)) {
        stage.inject('job doubled', job.id);
        onDoubled({ job, token });
      }
      const lateMs = jobLateMs > 0 ? random.between(1, jobLateMs) : 0;
      if (lateMs > 0) stage.inject('job late', job.id);
      return [{ job, token, lateMs }];
    });
  }

  /** The same job once more, at the same time. */
  workToo(taken: TakenJob): void {
    this.around.stage.time.after(1, this.process, () => void this.work(taken));
  }

  /** As a BullMQ worker does with one job. */
  private async work({ job: { id, data }, token }: TakenJob): Promise<void> {
    const { jobs } = this;
    this.active += 1;
    const handed = {
      id,
      data,
      updateProgress: (progress: unknown) => jobs.noteProgress(id, lookAtOf(progress)),
      moveToDelayed: async (at: number) => {
        if (!(await jobs.moveToDelayed(id, token, at))) throw new Error('the lock of the job is lost');
      },
    };
    try {
      await takeWakeUp(this.parts, peripheralId, this.callWatch, handed, undefined);
      await jobs.complete(id, token);
    } catch (error) {
      if (error instanceof DelayedError) return;
      this.around.stage.say(this.workerId, () => `job ${id} failed: ${String(error)}`);
      await jobs.fail(id, token);
    } finally {
      this.active -= 1;
    }
  }

  /** A worker that is paused looks for no stalled jobs. */
  private checkStalled(): void {
    if (this.keeper.shouldLook()) void this.jobs.checkStalled();
  }

  /** As apps/worker does. */
  private async keepSweeping(): Promise<void> {
    for (;;) {
      const clock = Date.now();
      await this.queueLink.ask('schedule sweeps', ({ jobs, now }) => {
        jobs.sweeps.schedule(clock);
        jobs.sweeps.hurry(now);
      });
      await new Promise((resolve) => setTimeout(resolve, sweepEveryMs));
    }
  }

  private async runSweep(): Promise<void> {
    this.isSweeping = true;
    try {
      const report = await this.sweep.run();
      if (report.serversLost + report.overdue > 0)
        this.around.stage.say(this.workerId, () => `sweep: ${JSON.stringify(report)}`);
    } catch (error) {
      this.around.stage.say(this.workerId, () => `sweep failed: ${String(error)}`);
    } finally {
      this.isSweeping = false;
    }
  }
}

/** As a queue reads what wake-up.ts wrote. */
function lookAtOf(progress: unknown): number | null {
  return typeof progress === 'object' && progress !== null && 'lookAt' in progress
    ? Date.parse(String(progress.lookAt))
    : null;
}
