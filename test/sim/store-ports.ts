import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { type AgentKey } from '#domain/agent';
import { AgentStore, type CommitAnswer, type CommitRequest, type Loaded } from '#engine/ports';
import { Lease, type OtherServer, type Renewal } from '#presence/lease';
import { ClockSource, type StoreClock } from '#store/clock/store-clock';
import { type ClockCorrection, type ClockSample } from '#store/clock/store-time';
import { masterReplaced } from '#store/issuing-refusals';
import { isMasterStill, onConfirmedMaster } from '#store/mastership';
import { sideOfLoss } from '#store/side-of-loss';
import { type StoreCluster } from './store-cluster';
import { type StoreLink } from './store-link';
import { type StoreNode } from './store-node';
import { type SentinelWords } from './sentinel-words';

/** Records over a connection; a commit of issuing has one of its own, as in RedisStore. */
export class LinkedStore extends AgentStore {
  /** Told right after the store committed a record that enters issuing, and most Sentinels named it. */
  onIssued: (agentId: string) => void = () => undefined;

  constructor(
    private readonly link: StoreLink,
    private readonly issuingLink: StoreLink,
    private readonly cluster: StoreCluster,
    private readonly sentinels: SentinelWords | undefined,
    private readonly paceOf?: (side: Side) => Promise<Pace>,
    private readonly clock?: Pick<StoreClock, 'steadily'>,
  ) {
    super();
  }

  override async load(key: AgentKey): Promise<Loaded> {
    const ask = (): ReturnType<typeof this.loadOnce> => this.loadOnce(key);
    if (this.clock === undefined) return ask();
    const { answer, now } = await this.clock.steadily(ask);
    return { ...answer, now };
  }

  private loadOnce(key: AgentKey): Promise<Loaded & { readonly time: ClockSample }> {
    return this.link.ask('load', (node) => node.load(key.agentId));
  }

  override async commit(request: CommitRequest): Promise<CommitAnswer> {
    if (request.issuing === null) return this.link.ask('commit', (node) => node.commit(request, undefined));
    const side = sideOfLoss(request.agent);
    const pace = side === null ? undefined : await this.paceOf?.(side);
    const { issuingLink, sentinels } = this;
    const answer = await issuingLink.ask('issue', (node) => this.issue(node, request, pace));
    if (answer !== 'committed') return answer;
    const isStill = isMasterStill(sentinels, issuingLink);
    sentinels?.whenNamed(() => {
      this.onIssued(request.agent.key.agentId);
    });
    return (await isStill) ? answer : masterReplaced;
  }

  private issue(node: StoreNode, request: CommitRequest, pace: Pace | undefined): CommitAnswer {
    const answer = node.commit(request, pace);
    if (answer === 'committed') {
      this.cluster.replicated(node);
      if (this.sentinels === undefined) this.onIssued(request.agent.key.agentId);
    }
    return answer;
  }
}

export class LinkedClock extends ClockSource {
  constructor(private readonly link: Pick<StoreLink, 'ask'>) {
    super();
  }
  override sample(): Promise<ClockSample> {
    return this.link.ask('time', (node) => node.clock);
  }
  override correct(correction: ClockCorrection, sentence: string): Promise<boolean> {
    return this.link.ask('correct clock', (node) => node.correctClock(correction, sentence));
  }
}

export class LinkedLease extends Lease {
  constructor(
    private readonly link: StoreLink,
    private readonly sentinels: SentinelWords | undefined,
  ) {
    super();
  }
  override renew(serverId: string, side: Side, asserted: string): Promise<Renewal> {
    return onConfirmedMaster(this.sentinels, this.link, 'renew', () =>
      this.link.ask('renew', (node) => node.renew(serverId, side, asserted)),
    );
  }
  override recordedAgents(serverId: string): Promise<string[]> {
    return this.link.ask('recorded agents', (node) => node.agentsOf(serverId));
  }
  /** It is asked only to say so; nothing is decided by it. */
  override unrecorded(): Promise<string[]> {
    return Promise.resolve([]);
  }
  override live(): Promise<OtherServer[]> {
    return this.link.ask('servers', (node) => node.serversWhere(true));
  }
}
