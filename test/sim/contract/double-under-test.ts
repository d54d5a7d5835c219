import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { peripheralId } from '#store/contract/agents.spec-support';
import { generationAgeMs } from '#store/generation-age';
import { type JournalLine } from '#store/journal-line';
import { LastLookAnswerer, LastLookAsker, type Look } from '#store/last-look';
import { type Renewal } from '#store/servers';
import { Bus } from '../bus';
import { Random } from '../../kit/random';
import { Stage } from '../stage';
import { StoreCluster } from '../store-cluster';
import { StoreLink } from '../store-link';
import { leaseMs, usualIssuingPerSecondMax } from '../store-node';
import { LinkedClock, LinkedLease, LinkedStore } from '../store-ports';
import { SimProcess } from '../virtual-time';
import { journalOn, linkLeaseOn, rollOn, serverLeasesOn, sidesOn } from '../worker-ports';
import { DrivenTime } from './driven-time';

const seed = 1;
/** Steps in which a lease is renewed while time passes. */
const renewMs = leaseMs / 3;

/** The simulation's double of Redis as the contracts ask for it: through the ports that servers and workers use. */
export class DoubleUnderTest {
  readonly issuingPerSecondMax = usualIssuingPerSecondMax;
  readonly leaseMs = leaseMs;
  readonly clock: DrivenTime;
  readonly cluster: StoreCluster;
  readonly store: LinkedStore;
  readonly leases: LinkedLease & ReturnType<typeof serverLeasesOn>;
  readonly links: ReturnType<typeof linkLeaseOn>;
  readonly sides: ReturnType<typeof sidesOn>;
  readonly roll: ReturnType<typeof rollOn>;
  readonly source: LinkedClock;
  readonly journal: ReturnType<typeof journalOn>;
  private readonly process = new SimProcess('the test', 0);
  private readonly bus: Bus;
  private readonly paces: Record<Side, Pace> = {
    primary: { perMinuteMax: 1_000, perSecondMax: null },
    secondary: { perMinuteMax: 1_000, perSecondMax: null },
  };

  constructor() {
    const stage = new Stage(seed, false);
    const random = new Random(seed);
    this.cluster = new StoreCluster(stage, { epoch: true, generation: true, wait: true });
    this.bus = new Bus(stage, this.cluster, random);
    const clock = (this.clock = new DrivenTime(stage.time, this.process));
    const link = (): StoreLink => new StoreLink(stage, this.cluster, this.process, random);
    const [own, issuing] = [link(), link()];
    const paceOf = (side: Side): Promise<Pace> => Promise.resolve(this.paces[side]);
    this.store = clock.driven(new LinkedStore(own, issuing, this.cluster, undefined, paceOf));
    this.leases = clock.driven(Object.assign(new LinkedLease(own, undefined), serverLeasesOn(own)));
    this.links = clock.driven(linkLeaseOn(own));
    this.sides = clock.driven(sidesOn(own));
    this.journal = clock.driven(journalOn(own));
    this.roll = clock.driven(rollOn(own));
    this.source = clock.driven(new LinkedClock(own));
  }

  static start(): Promise<DoubleUnderTest> {
    return Promise.resolve(new DoubleUnderTest());
  }

  /** The same, with a generation that is old enough. */
  static async startReady(): Promise<DoubleUnderTest> {
    const started = new DoubleUnderTest();
    await started.setGenerationReady(true);
    for (let waitedMs = 0; waitedMs <= generationAgeMs(leaseMs); waitedMs += renewMs) {
      await started.clock.advance(renewMs);
      await started.setGenerationReady(true);
    }
    return started;
  }

  lines(): Promise<readonly JournalLine[]> {
    return Promise.resolve(this.cluster.master.records.lines);
  }

  setPace(side: Side, pace: Pace): void {
    this.paces[side] = pace;
  }

  async setGenerationReady(isReady: boolean): Promise<void> {
    const { generation } = await this.leases.renew('primary-1', 'primary', '');
    if (isReady) await this.leases.renew('primary-1', 'primary', generation);
  }

  backUp(): Promise<() => Promise<void>> {
    const backup = this.cluster.backUp();
    return Promise.resolve(() => {
      this.cluster.restore(backup);
      return Promise.resolve();
    });
  }

  restart(): Promise<void> {
    this.cluster.failOver();
    return Promise.resolve();
  }

  reach(isReached: boolean): Promise<void> {
    if (isReached) this.cluster.beginLag();
    else this.cluster.master.replicas = 'notReached';
    return Promise.resolve();
  }

  failOver(): Promise<void> {
    this.cluster.failOver();
    return Promise.resolve();
  }

  renew(serverId: string): Promise<Renewal> {
    return this.leases.renew(serverId, serverId.startsWith('primary') ? 'primary' : 'secondary', '');
  }

  asker(timeoutMs: number): Pick<LastLookAsker, 'ask' | 'close'> {
    const connection = this.bus.connectionOf(this.process);
    return this.clock.driven(new LastLookAsker(connection, connection, this.leases, { peripheralId, timeoutMs }));
  }

  answerer(
    serverId: string,
    holds: (agentIds: string[]) => Promise<Look[]>,
  ): Pick<LastLookAnswerer, 'start' | 'close'> {
    const connection = this.bus.connectionOf(this.process);
    return this.clock.driven(new LastLookAnswerer(connection, connection, { peripheralId, serverId, holds }));
  }

  publish(channel: string, text: string): Promise<unknown> {
    const connection = this.bus.connectionOf(this.process);
    return this.clock.run(() => connection.publish(channel, text));
  }

  subscribe(channel: string, heard: (text: string) => void): Promise<unknown> {
    const connection = this.bus.connectionOf(this.process);
    connection.on('message', (_, text: string) => {
      heard(text);
    });
    return this.clock.run(() => connection.subscribe(channel));
  }

  stop(): Promise<void> {
    this.clock.stop();
    return Promise.resolve();
  }
}
