import { type Logger } from 'pino';
import { type Side } from '#domain/agent';
import { type Gateway } from './gateway';
import { type LeaseKeeper } from './lease-keeper';

/** The store, as far as maintenance needs it. */
export abstract class DrainOrders {
  /** How long that side's desktops may still take to leave; null when it is not in maintenance. */
  abstract leftMs(side: Side): Promise<number | null>;
}

/** Desktops go in waves so far apart: small enough that none is a burst on the other side. */
export const waveMs = 500;

export interface DrainParts {
  readonly orders: DrainOrders;
  readonly side: Side;
  readonly keeper: Pick<LeaseKeeper, 'maintain' | 'otherServers' | 'missing'>;
  readonly gateway: Pick<Gateway, 'size' | 'moveAway'>;
  readonly log: Logger;
  readonly monotonicMs: () => number;
}

/**
 * Carries out the maintenance of this server's side. It is looked for with every sign of life of the lease. While it
 * lasts, no desktop is let in, and those that are here are sent to the other side in equal waves until the chosen time is
 * over. Without the store or a live server on the other side they would go nowhere: then nobody is sent, and without the
 * other side this one serves again, whatever the operator wanted.
 */
export class Drain {
  private endsAtMs: number | null = null;
  private serves = true;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: DrainParts) {}

  /** Looks whether the side is in maintenance; called whenever the store answered. */
  async look(): Promise<void> {
    const { orders, side, gateway, log, monotonicMs } = this.parts;
    const leftMs = await orders.leftMs(side);
    const wasActive = this.endsAtMs !== null;
    this.endsAtMs = leftMs === null ? null : monotonicMs() + leftMs;
    if (leftMs !== null && !wasActive) {
      log.warn({ desktops: gateway.size, leftMs }, 'maintenance: desktops are sent to the other side');
      this.timer = setInterval(this.wave.bind(this), waveMs);
    }
    if (leftMs === null && wasActive) {
      log.info('the maintenance is over: desktops are let in again');
      clearInterval(this.timer);
    }
    this.judge();
  }

  stop(): void {
    clearInterval(this.timer);
    this.endsAtMs = null;
  }

  /** Sends the share of this wave away; the last wave takes all that are left. */
  wave(): void {
    const { keeper, gateway, monotonicMs } = this.parts;
    this.judge();
    if (this.endsAtMs === null || this.serves || keeper.missing.includes('store')) return;
    const wavesLeft = Math.max(1, Math.floor((this.endsAtMs - monotonicMs()) / waveMs));
    gateway.moveAway(Math.ceil(gateway.size / wavesLeft));
  }

  private judge(): void {
    const { keeper, side, log } = this.parts;
    const hasOther = keeper.otherServers.some((other) => other.side !== side);
    const serves = this.endsAtMs === null || !hasOther;
    if (serves && !this.serves && this.endsAtMs !== null) {
      log.error({ alarm: true }, 'the other side has no live server: the maintenance is interrupted');
    }
    this.serves = serves;
    keeper.maintain(!serves);
  }
}
