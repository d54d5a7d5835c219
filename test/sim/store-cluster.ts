import { type MasterNode } from '#store/mastership';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type StoreFacts, StoreNode, type StoreRules } from './store-node';
import { type SimProcess } from './virtual-time';

/** A command of the store that has no answer by then has failed (connection.ts). */
const commandTimeoutMs = 2_000;

/** One way on a calm day. */
const wayMsMin = 0.2;
const wayMsMax = 1.5;

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
  ) {
    this.facts = { time: stage.time, rules, versionsUsed: 0 };
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

/** A process's connection to the store: commands go and answers come in order, late, or not at all. */
export class StoreLink {
  private arrivesAt = 0;
  private answersAt = 0;

  constructor(
    private readonly stage: Stage,
    readonly cluster: StoreCluster,
    readonly process: SimProcess,
    private readonly random: Random,
  ) {}

  ping(): Promise<void> {
    return this.ask('ping', () => undefined);
  }

  /** Carries out `act` on the node that is reached, and answers what it answers. Rejects when no answer comes in time. */
  ask<T>(what: string, act: (node: StoreNode) => T): Promise<T> {
    const { time, weather } = this.stage;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let isOver = false;
    const fail = (): void => {
      if (isOver) return;
      isOver = true;
      reject(new Error(`the store did not answer: ${what}`));
    };
    if (weather.storeRequestLost > 0 && this.random.chance(weather.storeRequestLost)) {
      this.stage.inject('store request lost', `${this.process.name}: ${what}`);
      time.after(commandTimeoutMs, this.process, fail);
      return promise;
    }
    this.arrivesAt = Math.max(this.arrivesAt, time.now + this.way());
    time.after(this.arrivesAt - time.now, time.world, () => {
      const node = this.cluster.nodeFor(this.process);
      if (node === null) {
        time.after(commandTimeoutMs, this.process, fail);
        return;
      }
      const answer = act(node);
      this.answer(what, fail, () => {
        if (isOver) return;
        isOver = true;
        resolve(answer);
      });
    });
    return promise;
  }

  private answer(what: string, fail: () => void, succeed: () => void): void {
    const { time, weather } = this.stage;
    const isLost = weather.storeAnswerLost > 0 && this.random.chance(weather.storeAnswerLost);
    if (isLost || this.cluster.nodeFor(this.process) === null) {
      if (isLost) this.stage.inject('store answer lost', `${this.process.name}: ${what}`);
      time.after(commandTimeoutMs, this.process, fail);
      return;
    }
    this.answersAt = Math.max(this.answersAt, time.now + this.way());
    time.after(this.answersAt - time.now, this.process, succeed);
  }

  private way(): number {
    const { weather } = this.stage;
    const extra = weather.storeSlowMs > 0 && this.random.chance(0.3) ? this.random.between(0, weather.storeSlowMs) : 0;
    if (extra > 0) this.stage.inject('store slow', this.process.name);
    return this.random.between(wayMsMin, wayMsMax) + extra;
  }
}
