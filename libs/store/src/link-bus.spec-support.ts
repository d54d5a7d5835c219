import { type BusListener, LinkBus } from './link-bus';

/** What several busses share: everybody hears what is published, a turn of the event loop later. */
export class MemoryChannels {
  readonly busses = new Set<MemoryBus>();
  /** Epoch ms, by the clock that all share. */
  clock = 1_700_000_000_000;
  /** Messages that are dropped on their way. */
  drops: (channel: string, text: string) => boolean = () => false;
}

export class MemoryBus extends LinkBus {
  private readonly listeners = new Map<string, BusListener>();
  /** Nothing is carried, and the clock does not answer. */
  isCut = false;

  constructor(private readonly channels: MemoryChannels) {
    super();
    channels.busses.add(this);
  }

  override async publish(channel: string, text: string): Promise<void> {
    if (this.isCut) throw new Error('cut off');
    await Promise.resolve();
    if (this.channels.drops(channel, text)) return;
    for (const bus of this.channels.busses) bus.carry(channel, text);
  }

  override subscribe(channel: string, listener: BusListener): Promise<void> {
    this.listeners.set(channel, listener);
    return Promise.resolve();
  }

  override now(): Promise<number> {
    return this.isCut ? Promise.reject(new Error('cut off')) : Promise.resolve(this.channels.clock);
  }

  override close(): Promise<void> {
    this.channels.busses.delete(this);
    return Promise.resolve();
  }

  cut(): void {
    this.isCut = true;
    for (const listener of this.listeners.values()) listener.lost('The connection is lost.');
  }

  private carry(channel: string, text: string): void {
    if (!this.isCut) this.listeners.get(channel)?.heard(text);
  }
}
