import { type LeaseKeeper } from '#presence/lease-keeper';
import { type AgentLink } from '#store/link-call';
import { type FinesseServiceState } from './system-info-document';

export interface FinesseServiceParts {
  readonly keeper: Pick<LeaseKeeper, 'serviceNow'>;
  readonly link: Pick<AgentLink, 'service'>;
}

/** How often it is looked whether followers must be told. A lease can end without anything that happens. */
const lookMs = 200;

/**
 * Whether this server's REST surface is in service: only while its lease lets it acknowledge desktops and its side's CTI
 * link does what agents ask. Desktops that are told OUT_OF_SERVICE go to the other side.
 */
export class FinesseService {
  private readonly listeners = new Set<(now: FinesseServiceState) => void>();
  private told: FinesseServiceState;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: FinesseServiceParts) {
    this.told = this.now();
  }

  now(): FinesseServiceState {
    const own = this.parts.keeper.serviceNow();
    if (own.status === 'OUT_OF_SERVICE') return { status: 'OUT_OF_SERVICE', why: own.why };
    const link = this.parts.link.service();
    return link.inService ? { status: 'IN_SERVICE' } : { status: 'OUT_OF_SERVICE', why: link.why };
  }

  /** Told with every change, reasons included. Answers the function that ends it. */
  follow(listener: (now: FinesseServiceState) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  start(): void {
    this.timer = setInterval(this.look.bind(this), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Tells the followers if it has changed since they were told last. */
  look(): void {
    const now = this.now();
    const isSame =
      now.status === this.told.status && (now.status === 'IN_SERVICE' || now.why === (this.told as typeof now).why);
    if (isSame) return;
    this.told = now;
    for (const listener of this.listeners) listener(now);
  }
}
