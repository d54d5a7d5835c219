import { randomUUID } from 'node:crypto';
import { type Side } from '#domain/agent';
import { Keys } from './keys';
import { type HeldLink } from './link-answerer';
import { type LinkBus } from './link-bus';
import { type Standing } from './link-call';
import { type Change, changesPerMessageMax, encodeMessage, type News } from './link-messages';

/** How often the holder of a link says that it is there. */
export const signOfLifeEveryMs = 1_000;

export interface LinkNewsOptions {
  readonly peripheralId: number;
  readonly side: Side;
  readonly requestTimeoutMs: number;
  readonly onFault: (error: unknown) => void;
}

/**
 * What the holder of a link tells the servers of its side: a sign of life each second with whether the link is in
 * service, and every change of an agent. Changes are counted whether they are told or not, and a gap of the link begins
 * a new life: who hears one that does not follow upon the last knows that something was missed.
 */
export class LinkNews {
  private readonly channel: string;
  private life = randomUUID();
  private changes = 0;
  private waiting: Change[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: LinkBus,
    private readonly link: HeldLink,
    private readonly options: LinkNewsOptions,
  ) {
    this.channel = new Keys(options.peripheralId).linkNews(options.side);
  }

  start(): void {
    this.timer = setInterval(() => {
      this.tellAlive();
    }, signOfLifeEveryMs);
    this.tellAlive();
  }

  stop(): void {
    clearInterval(this.timer);
    if (!this.link.isHeld()) return;
    this.tell({
      ...this.source(),
      kind: 'alive',
      service: { inService: false, why: 'The worker is being stopped.' },
      ...this.limits(),
    });
  }

  /** An agent changed. Changes of one turn of the event loop go together. */
  changed(before: Standing | undefined, after: Standing): void {
    this.waiting.push({ before, after });
    if (this.waiting.length > 1) return;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Changes may have been missed. */
  gap(): void {
    this.flush();
    this.life = randomUUID();
    this.changes = 0;
    this.tellAlive();
  }

  /** Says at once how the link is, when that may have changed. */
  tellAlive(): void {
    this.flush();
    if (!this.link.isHeld()) return;
    this.tell({ ...this.source(), kind: 'alive', service: this.link.service(), ...this.limits() });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let start = 0; start < all.length; start += changesPerMessageMax) {
      const changed = all.slice(start, start + changesPerMessageMax);
      this.changes += changed.length;
      if (this.link.isHeld()) this.tell({ ...this.source(), kind: 'changed', changed });
    }
  }

  private source(): { life: string; changes: number } {
    return { life: this.life, changes: this.changes };
  }

  private limits(): { requestTimeoutMs: number } {
    return { requestTimeoutMs: this.options.requestTimeoutMs };
  }

  private tell(news: News): void {
    this.bus.publish(this.channel, encodeMessage(news)).catch(this.options.onFault);
  }
}
