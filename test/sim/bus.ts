import { EventEmitter } from 'node:events';
import { type RedisConnection } from '#store/connection';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type StoreCluster } from './store-cluster';
import { type StoreNode } from './store-node';
import { type SimProcess } from './virtual-time';

const wayMsMin = 0.2;
const wayMsMax = 1.5;

interface Subscription {
  readonly process: SimProcess;
  readonly channel: string;
  readonly emitter: EventEmitter;
}

/** Published messages: they reach whoever listens at the same node at that moment, perhaps late, twice, or not at all. */
export class Bus {
  private readonly subscriptions = new Set<Subscription>();

  constructor(
    private readonly stage: Stage,
    private readonly cluster: StoreCluster,
    private readonly random: Random,
  ) {}

  /** As much of a connection to Redis as a last look needs. */
  connectionOf(process: SimProcess): RedisConnection {
    const emitter = new EventEmitter();
    const subscribe = (channel: string): Promise<unknown> => {
      this.subscriptions.add({ process, channel, emitter });
      return Promise.resolve(1);
    };
    const unsubscribe = (channel: string): Promise<unknown> => {
      for (const subscription of this.subscriptions)
        if (subscription.emitter === emitter && subscription.channel === channel)
          this.subscriptions.delete(subscription);
      return Promise.resolve(1);
    };
    const publish = (channel: string, text: string): Promise<unknown> => this.publish(process, channel, text);
    return Object.assign(emitter, { subscribe, unsubscribe, publish }) as unknown as RedisConnection;
  }

  private publish(from: SimProcess, channel: string, text: string): Promise<unknown> {
    const node = this.cluster.nodeFor(from);
    if (node === null) return Promise.reject(new Error('the store cannot be reached'));
    this.stage.time.after(this.random.between(wayMsMin, wayMsMax), this.stage.time.world, () => {
      this.spread(node, channel, text);
    });
    return Promise.resolve(1);
  }

  private spread(node: StoreNode, channel: string, text: string): void {
    const { weather, time } = this.stage;
    for (const { process, channel: heard, emitter } of this.subscriptions) {
      if (heard !== channel || !process.isAlive || this.cluster.nodeFor(process) !== node) continue;
      if (this.happens(weather.lastLookLost)) {
        this.stage.inject('last look lost', process.name);
        continue;
      }
      const copies = this.happens(weather.lastLookDoubled) ? 2 : 1;
      if (copies === 2) this.stage.inject('last look doubled', process.name);
      for (let copy = 0; copy < copies; copy++) {
        const lateMs = weather.lastLookLateMs > 0 ? this.random.between(0, weather.lastLookLateMs) : 0;
        if (lateMs > 0) this.stage.inject('last look late', process.name);
        time.after(this.random.between(wayMsMin, wayMsMax) + lateMs, process, () => {
          emitter.emit('message', channel, text);
        });
      }
    }
  }

  private happens(probability: number): boolean {
    return probability > 0 && this.random.chance(probability);
  }
}
