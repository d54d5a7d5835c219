import { type MasterNode } from '#store/mastership';
import { type Stage } from './stage';
import { type StoreFacts, StoreNode, type StoreRules, usualIssuingPerSecondMax } from './store-node';
import { type SimProcess } from './virtual-time';

/** What a node held at some time. */
export interface StoreCopy {
  readonly node: StoreNode;
  readonly at: number;
}

/** The store as processes reach it: a master, now and then a replica that lags behind, or two masters at once. */
export class StoreCluster {
  master: StoreNode;
  isDown = false;
  readonly cutOff = new Set<SimProcess>();
  private readonly addresses = new WeakMap<StoreNode, MasterNode>();
  private readonly facts: StoreFacts;
  private replica: StoreCopy | null = null;
  private split: { readonly old: StoreNode; readonly stays: (process: SimProcess) => boolean; at: number } | null =
    null;
  private lives = 1;
  /** What a majority of the Sentinels names: for a moment still the old master when the new one serves already. */
  private named: { readonly before: StoreNode; readonly until: number } | null = null;

  constructor(
    private readonly stage: Stage,
    rules: StoreRules,
    issuingPerSecondMax = usualIssuingPerSecondMax,
  ) {
    this.facts = { time: stage.time, rules, issuingPerSecondMax, versionsUsed: 0, lineTimes: new WeakMap() };
    this.master = new StoreNode(this.facts, 'life1');
  }

  nodeFor(process: SimProcess): StoreNode | null {
    if (this.isDown || this.cutOff.has(process)) return null;
    return this.split?.stays(process) === true ? this.split.old : this.master;
  }

  /** From now on the replica gets nothing but what a commit of issuing waits for. */
  beginLag(): void {
    this.master.replicas = 'reached';
    this.replica = this.copy('replica', this.master);
  }

  /** WAIT: the replica has got everything up to this commit. */
  replicated(node: StoreNode): void {
    if (this.facts.rules.wait && this.replica !== null && node === this.master && node.replicas === 'reached')
      this.replica = this.copy('replica', node);
  }

  /** The replica becomes the master: what it lacked is lost. Without a lag nothing is lost, and the life is new all the same. */
  failOver(): void {
    this.comeUpWith(this.replica ?? { node: this.master, at: this.stage.time.now });
  }

  /** What a backup, or an append-only file without its tail, would hold. */
  backUp(): StoreCopy {
    return this.copy('backup', this.master);
  }

  restore(backup: StoreCopy): void {
    this.comeUpWith(backup);
  }

  /** Whether a majority of the Sentinels names that node now. */
  isNamed(node: MasterNode): boolean {
    const { named, stage, master } = this;
    return node.host === (named !== null && stage.time.now < named.until ? named.before : master).runId;
  }

  /**
   * The replica becomes master while some still talk to the old one, which reaches no replica any more. Most Sentinels have
   * heard of it after a while.
   */
  splitBrain(stays: (process: SimProcess) => boolean, heardAfterMs: number): void {
    const old = this.master;
    this.named = { before: old, until: this.stage.time.now + heardAfterMs };
    old.replicas = 'notReached';
    this.failOver();
    this.split = { old, stays, at: this.stage.time.now };
  }

  healSplit(): void {
    const { split, stage } = this;
    if (split !== null) stage.see({ at: split.at, what: 'writesLost', until: stage.time.now });
    this.split = null;
  }

  private copy(name: string, node: StoreNode): StoreCopy {
    return { node: new StoreNode(this.facts, name, node), at: this.stage.time.now };
  }

  /** A connection's node in the words of a Sentinel. */
  addressFor(process: SimProcess): MasterNode | undefined {
    const node = this.nodeFor(process);
    if (node === null) return undefined;
    const address = this.addresses.get(node) ?? { host: node.runId, port: 0 };
    this.addresses.set(node, address);
    return address;
  }

  private comeUpWith({ node, at }: StoreCopy): void {
    this.lives += 1;
    this.master = new StoreNode(this.facts, `life${String(this.lives)}`, node);
    this.replica = null;
    const until = this.stage.time.now;
    if (at < until) this.stage.see({ at, what: 'writesLost', until });
  }
}
