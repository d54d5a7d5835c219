import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { nowLua } from './lua/now.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface BusListener {
  heard(text: string): void;
  /** Messages may have been missed. */
  lost(why: string): void;
}

/** What carries calls of a link and the news of it. A message is heard once, late, or never. */
export abstract class LinkBus {
  /** Rejects with a StoreError. The message may have been carried all the same. */
  abstract publish(channel: string, text: string): Promise<void>;
  /** Resolves when messages arrive. */
  abstract subscribe(channel: string, listener: BusListener): Promise<void>;
  /** One clock for all who use this bus (epoch ms). Rejects with a StoreError. */
  abstract now(): Promise<number>;
  abstract close(): Promise<void>;
}

const nowScript = new Script('now', nowLua);

/** By Redis pub/sub. */
export class RedisLinkBus extends LinkBus {
  private readonly listeners = new Map<string, BusListener>();
  private readonly clockKey: string;
  private readonly hear = (channel: string, text: string): void => {
    this.listeners.get(channel)?.heard(text);
  };
  private readonly tellLost = (): void => {
    for (const listener of this.listeners.values()) listener.lost('The connection to Redis is lost.');
  };

  constructor(
    private readonly redis: RedisConnection,
    private readonly subscriber: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    super();
    this.clockKey = new Keys(options.peripheralId).clock;
    subscriber.on('message', this.hear);
    subscriber.on('close', this.tellLost);
  }

  override async publish(channel: string, text: string): Promise<void> {
    try {
      await this.redis.publish(channel, text);
    } catch (error) {
      throw asStoreError('link', error);
    }
  }

  override async subscribe(channel: string, listener: BusListener): Promise<void> {
    this.listeners.set(channel, listener);
    try {
      await this.subscriber.subscribe(channel);
    } catch (error) {
      throw asStoreError('link', error);
    }
  }

  override async now(): Promise<number> {
    return (await nowScript.run(this.redis, [this.clockKey], [])) as number;
  }

  override async close(): Promise<void> {
    this.subscriber.off('message', this.hear);
    this.subscriber.off('close', this.tellLost);
    const channels = [...this.listeners.keys()];
    this.listeners.clear();
    if (channels.length > 0) await this.subscriber.unsubscribe(...channels);
  }
}
