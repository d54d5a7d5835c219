import { type Logger } from 'pino';
import { type Side } from '#domain/agent';
import { type Assertion } from './assertion';
import { type Lease, type Missing, type OtherServer, type Renewal, type Service, type StoreReport } from './lease';

/** A lease is renewed so many times in its length. */
const renewalsPerLease = 3;

/** A renewal that failed is tried again after this long, so that a server is back soon after its store. */
export const renewRetryMsMax = 500;

/** Desktops that are here stay acknowledged until they are sent away; no other one is let in. */
const inMaintenance = {
  status: 'OUT_OF_SERVICE',
  missing: ['maintenance'],
  why: 'maintenance: desktops go to the other side',
} as const satisfies Service;

export interface LeaseKeeperParts {
  readonly lease: Lease;
  readonly assertion: Pick<Assertion, 'assertAll' | 'compare' | 'desktops'>;
  readonly serverId: string;
  readonly side: Side;
  readonly leaseMs: number;
  readonly log: Logger;
  readonly outage: StoreReport;
  /** The server went in or out of service. */
  readonly onService: (service: Service) => void;
  /** The store answered: what waits for it can go on. */
  readonly onStoreAnswers: () => void;
}

/**
 * Keeps this server's lease, and with it the right to acknowledge desktops.
 *
 * It starts out of service. The first renewal names the store's generation; when all desktops have been asserted for it,
 * the server is in service. While renewals succeed it stays so; a new generation, or a lease that had lapsed, makes it
 * assert everything again, and only then does it tell the store that it has (rule GEN). When no renewal has succeeded
 * for the length of the lease, others may hold this server for dead: it is out of service until the next renewal and a
 * whole assertion after it. A renewal counts from when it was begun, on the monotonic clock, so the server never
 * believes in its lease for longer than the store does.
 */
export class LeaseKeeper {
  private service: Service = { status: 'OUT_OF_SERVICE', missing: ['store', 'lease'], why: 'starting' };
  private renewedAtMs: number | null = null;
  private generation = '';
  private asserted = '';
  private fault: string | null = null;
  private lookFault: { readonly why: string; readonly isLogged: boolean } | null = null;
  private renewing = false;
  /** Renew again at once when the renewal under way is done. */
  private renewAgain = false;
  private asserting = false;
  /** Out of service since the store is away, which the log has already. */
  private leftByOutage = false;
  private stopped = false;
  private maintained = false;
  private timer: NodeJS.Timeout | undefined;
  private lapseTimer: NodeJS.Timeout | undefined;
  private others: readonly OtherServer[] = [];

  constructor(private readonly parts: LeaseKeeperParts) {}

  start(): void {
    void this.renew();
  }

  /** No further renewals: the lease ends by itself, and nobody is acknowledged any more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.lapseTimer);
    this.service = { status: 'OUT_OF_SERVICE', missing: ['lease'], why: 'the server is being stopped' };
    this.parts.onService(this.service);
  }

  /** The connection to the store was made anew, perhaps to another store: renew now instead of at the next turn. */
  nudge(): void {
    if (this.stopped) return;
    this.renewSoon();
  }

  /** This server's side is in maintenance, or not any more. */
  maintain(on: boolean): void {
    this.maintained = on;
  }

  /** Whether desktops may be acknowledged at this moment, even if no timer has had its turn since the lease ended. */
  serviceNow(): Service {
    if (this.service.status === 'IN_SERVICE' && !this.isLeaseLive()) this.leaveService();
    return this.service.status === 'IN_SERVICE' && this.maintained ? inMaintenance : this.service;
  }

  /** What keeps this server from being ready; stricter than `serviceNow`, which bears a short absence of the store. */
  get missing(): readonly Missing[] {
    const missing: Missing[] = [];
    if (this.storeFault !== null || this.renewedAtMs === null) missing.push('store');
    if (!this.isLeaseLive()) missing.push('lease');
    if (this.asserted === '' || this.asserted !== this.generation) missing.push('assertion');
    if (this.maintained) missing.push('maintenance');
    return missing;
  }

  /** Why the last renewal failed, or what is asked with it, for a person; null: neither did. */
  get storeFault(): string | null {
    return this.fault ?? this.lookFault?.why ?? null;
  }

  get otherServers(): readonly OtherServer[] {
    return this.others;
  }

  /** Ms since the last renewal that succeeded was begun; null before the first. */
  get ageMs(): number | null {
    return this.renewedAtMs === null ? null : performance.now() - this.renewedAtMs;
  }

  private async renew(): Promise<void> {
    const { lease, serverId, side, leaseMs } = this.parts;
    this.renewing = true;
    const begunMs = performance.now();
    try {
      const renewal = await lease.renew(serverId, side, this.asserted);
      if (this.stopped) return;
      this.renewed(renewal, begunMs);
      await this.lookAround(renewal.agents);
    } catch (error) {
      this.failed(error);
    } finally {
      this.renewing = false;
      const everyMs = leaseMs / renewalsPerLease;
      const afterMs = this.renewAgain ? 0 : this.storeFault === null ? everyMs : Math.min(everyMs, renewRetryMsMax);
      this.renewAgain = false;
      if (!this.stopped) this.timer = setTimeout(() => void this.renew(), afterMs);
    }
  }

  /** What is asked with each renewal and is no part of it: the lease holds, whatever the store says to this. */
  private async lookAround(recorded: number): Promise<void> {
    const { lease, assertion, serverId, log, outage } = this.parts;
    try {
      this.others = (await lease.live()).filter((other) => other.serverId !== serverId);
      if (this.asserted === this.generation) await assertion.compare(recorded);
      if (this.lookFault?.isLogged === true)
        log.info('the other servers and the records of this one can be read again');
      this.lookFault = null;
    } catch (error) {
      const why = messageOf(error);
      const isNew = this.lookFault === null && !this.stopped && !outage.isTold;
      if (isNew) log.warn({ why }, 'the lease holds, but the other servers and the records of this one cannot be read');
      this.lookFault = { why, isLogged: isNew || this.lookFault?.isLogged === true };
    }
  }

  private renewed(renewal: Renewal, begunMs: number): void {
    const { log, outage, onStoreAnswers, assertion } = this.parts;
    const wasAway = this.fault !== null;
    this.fault = null;
    outage.answered();
    this.renewedAtMs = begunMs;
    this.watchLease();
    onStoreAnswers();

    const isNew = renewal.generation !== this.generation;
    // The answer to a renewal that failed may have said "lapsed": after a failure nothing is taken for asserted.
    const isDoubtful = renewal.lapsed || wasAway || (this.service.status === 'OUT_OF_SERVICE' && !this.asserting);
    if (!isNew && !isDoubtful) return;
    if (isNew && this.generation !== '') {
      log.warn(
        { generation: renewal.generation, desktops: assertion.desktops },
        'Redis changed: telling it of all desktops again',
      );
    }
    this.generation = renewal.generation;
    this.asserted = '';
    this.asserting = true;
    void assertion.assertAll().then((complete) => {
      if (complete) this.assertedAll();
    });
  }

  /** A round that a newer generation has overtaken is not complete, so this one was for the present generation. */
  private assertedAll(): void {
    if (this.stopped) return;
    this.asserting = false;
    this.asserted = this.generation;
    this.enterService();
    // The store is to know it soon: no request goes out for anybody before every server has said so.
    this.renewSoon();
  }

  private renewSoon(): void {
    if (this.renewing) {
      this.renewAgain = true;
      return;
    }
    clearTimeout(this.timer);
    void this.renew();
  }

  private failed(error: unknown): void {
    this.fault = messageOf(error);
    if (!this.stopped) this.parts.outage.failed(error);
  }

  /** Leaves service at the end of the lease. Timers can fire a little early: then it looks again. */
  private watchLease(): void {
    clearTimeout(this.lapseTimer);
    if (this.serviceNow().status === 'OUT_OF_SERVICE' && !this.isLeaseLive()) return;
    const leftMs = this.parts.leaseMs - (this.ageMs ?? 0);
    this.lapseTimer = setTimeout(
      () => {
        this.watchLease();
      },
      Math.max(1, Math.ceil(leftMs)),
    );
  }

  private isLeaseLive(): boolean {
    return this.renewedAtMs !== null && performance.now() - this.renewedAtMs < this.parts.leaseMs;
  }

  private enterService(): void {
    if (this.service.status === 'IN_SERVICE' || !this.isLeaseLive()) return;
    this.service = { status: 'IN_SERVICE' };
    this.parts.log[this.leftByOutage ? 'debug' : 'info']({ desktops: this.parts.assertion.desktops }, 'in service');
    this.leftByOutage = false;
    this.parts.onService(this.service);
  }

  private leaveService(): void {
    const why = `no renewal of the lease succeeded for ${String(this.parts.leaseMs)} ms: ${this.fault ?? 'this process stood still'}`;
    this.service = { status: 'OUT_OF_SERVICE', missing: this.missing, why };
    this.asserted = '';
    this.asserting = false;
    this.leftByOutage = this.fault !== null;
    this.parts.log[this.leftByOutage ? 'debug' : 'error'](
      { why, desktops: this.parts.assertion.desktops },
      'out of service',
    );
    this.parts.onService(this.service);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
