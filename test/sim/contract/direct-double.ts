import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { type JournalLine } from '#store/journal-line';
import { JobWorker, wakeUpQueueOn } from '../job-queue';
import { Stage } from '../stage';
import { StoreCluster } from '../store-cluster';
import { type PatientLink, type StoreLink } from '../store-link';
import { type StoreNode } from '../store-node';
import { LinkedLease, LinkedStore } from '../store-ports';
import { journalOn, linkLeaseOn, rollOn, serverLeasesOn, sidesOn } from '../worker-ports';

const seed = 1;

/** The simulation's double of Redis at once: no way is long, and time passes only when the test says so. */
export class DirectDouble {
  readonly store: LinkedStore;
  readonly leases: LinkedLease & ReturnType<typeof serverLeasesOn>;
  readonly links: ReturnType<typeof linkLeaseOn>;
  readonly sides: ReturnType<typeof sidesOn>;
  readonly roll: ReturnType<typeof rollOn>;
  readonly journal: ReturnType<typeof journalOn>;
  readonly wakeUps: BullWakeUps;
  private readonly stage = new Stage(seed, false);
  private readonly cluster: StoreCluster;
  private readonly link: StoreLink & PatientLink;
  private readonly paces = new Map<Side, Pace>();

  constructor(issuingPerSecondMax: number, initial: Pace) {
    this.cluster = new StoreCluster(this.stage, { epoch: true, generation: true, wait: true }, issuingPerSecondMax);
    const ask = <T>(_: string, act: (node: StoreNode) => T): Promise<T> => Promise.resolve(act(this.cluster.master));
    const link = (this.link = { ask } as unknown as StoreLink & PatientLink);
    const paceOf = (side: Side): Promise<Pace> => Promise.resolve(this.paces.get(side) ?? initial);
    this.store = new LinkedStore(link, link, this.cluster, undefined, paceOf);
    this.leases = Object.assign(new LinkedLease(link, undefined), serverLeasesOn(link));
    this.links = linkLeaseOn(link);
    this.sides = sidesOn(link);
    this.roll = rollOn(link);
    this.journal = journalOn(link);
    this.wakeUps = new BullWakeUps(wakeUpQueueOn(link, () => undefined));
  }

  get nowMs(): number {
    return this.stage.time.storeNow;
  }

  get jobs(): StoreNode['jobs'] {
    return this.cluster.master.jobs;
  }

  worker(): JobWorker {
    return new JobWorker(this.link);
  }

  advance(ms: number): Promise<void> {
    this.stage.time.now += ms;
    return Promise.resolve();
  }

  setPace(side: Side, pace: Pace): void {
    this.paces.set(side, pace);
  }

  lines(): Promise<readonly JournalLine[]> {
    return Promise.resolve(this.cluster.master.records.lines);
  }

  restart(): Promise<void> {
    this.cluster.failOver();
    return Promise.resolve();
  }

  backUp(): Promise<() => Promise<void>> {
    const backup = this.cluster.backUp();
    return Promise.resolve(() => {
      this.cluster.restore(backup);
      return Promise.resolve();
    });
  }
}
