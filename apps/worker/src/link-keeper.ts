import { EventEmitter } from 'node:events';
import { type Side } from '#domain/agent';
import { type LinkLease } from '#store/links';
import { whyStoreFails } from '#store/store-error';
import { type StoreOutage } from '#store/store-outage';
import { type Logger } from 'pino';

/** A request must have left this long before the lease can end: no clock, no freeze may let two links write at once. */
export const leaseMarginMs = 2_000;

/** A shorter lease would leave no time in which it is believed. */
export const leaseMsMin = leaseMarginMs + 500;

/** What the keeper needs to know of the link. */
export interface KeptLink {
  readonly inService: boolean;
  readonly why: string;
}

interface KeeperEvents {
  /** This worker's part may have changed. */
  turned: [];
}

/**
 * Keeps the lease of this side's CTI link. Every worker opens its link and mirrors the agents; the one that holds the
 * lease may send requests, the others are hot stand-bys. The lease is only believed until `leaseMarginMs` before its
 * end, counted on the monotonic clock from before it was asked for: a worker that was frozen finds itself without it.
 */
export class LinkKeeper extends EventEmitter<KeeperEvents> {
  private heldSinceMs = Number.NEGATIVE_INFINITY;
  private holder = '';
  private lastToken = 0;
  private othersInService = false;
  private timer: NodeJS.Timeout | undefined;
  private storeFault: string | null = null;

  constructor(
    private readonly link: KeptLink,
    private readonly lease: Pick<LinkLease, 'acquire' | 'release' | 'report' | 'holders'>,
    private readonly options: {
      side: Side;
      workerId: string;
      leaseMs: number;
      monotonicMs: () => number;
      /** False when what this process knows of the link may be out of date, since it stood still. */
      isSteady: () => boolean;
      log: Logger;
      outage: Pick<StoreOutage, 'failed' | 'answered'>;
    },
  ) {
    super();
  }

  /** Asks for the lease now, and again so often that one answer that got lost does not end the belief in it. */
  start(): void {
    const { leaseMs } = this.options;
    const everyMs = Math.min(leaseMs / 3, (leaseMs - leaseMarginMs) / 2);
    const again = (): void => {
      this.timer = setTimeout(() => void this.keep().finally(again), everyMs);
    };
    void this.keep().finally(again);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.heldSinceMs = Number.NEGATIVE_INFINITY;
    const { side, workerId } = this.options;
    await this.lease.release(side, workerId).catch(() => undefined);
  }

  /** True while a request may be sent through this worker's link. */
  mayRequest(): boolean {
    return this.link.inService && this.holdsLease() && this.options.isSteady();
  }

  /** The fencing token of the lease last granted to this worker; 0 before the first. */
  get token(): number {
    return this.lastToken;
  }

  get storeAnswers(): boolean {
    return this.storeFault === null;
  }

  /** What is wrong with the store, for a person; null: nothing. */
  get whyStoreFails(): string | null {
    return this.storeFault;
  }

  /** True when this worker should take wake-ups: it may request, or nobody may and somebody must say so. */
  shouldLook(): boolean {
    return this.mayRequest() || !this.othersInService;
  }

  /** Why no request may be sent, as a sentence for the journal. */
  get whyNot(): string {
    if (!this.link.inService) return `The CTI link is not in service: ${this.link.why}.`;
    if (!this.options.isSteady()) return 'This worker stood still and has yet to hear what came meanwhile.';
    if (this.holder === this.options.workerId)
      return 'This worker could not renew its lease of the CTI link in time; Redis did not answer or refused it.';
    return this.holder === ''
      ? 'No worker holds the lease of the CTI link.'
      : `The CTI link's lease is held by ${this.holder}.`;
  }

  /** True while this worker holds the lease of its side's link, in service or not, and may believe it. */
  holdsLease(): boolean {
    const { leaseMs, monotonicMs } = this.options;
    return monotonicMs() - this.heldSinceMs < leaseMs - leaseMarginMs;
  }

  /** Asks for the lease once. */
  async keep(): Promise<void> {
    const { side, workerId, monotonicMs, log, outage } = this.options;
    const askedMs = monotonicMs();
    try {
      const grant = await this.lease.acquire(side, workerId);
      const wasHolder = this.holder === workerId;
      this.holder = grant.holder;
      if (grant.held) {
        this.heldSinceMs = askedMs;
        this.lastToken = grant.token;
        await this.lease.report(side, workerId, this.link.inService);
        if (!wasHolder) log.info({ fencing: grant.token }, 'this worker holds the active CTI link of its side');
      } else {
        this.heldSinceMs = Number.NEGATIVE_INFINITY;
        if (wasHolder) log.warn({ holder: grant.holder }, 'the active CTI link has passed to another worker');
      }
      const holders = await this.lease.holders();
      this.othersInService = holders.some((other) => other.workerId !== workerId && other.inService);
      this.storeFault = null;
      outage.answered();
    } catch (error) {
      this.storeFault = whyStoreFails(error);
      outage.failed(error);
    }
    this.emit('turned');
  }
}
