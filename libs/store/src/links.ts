import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';

export interface LinkGrant {
  readonly held: boolean;
  /** Rises with every change of holder, for ever: a request that carries a lower one is late. */
  readonly token: number;
  /** The worker that holds it now: the caller, or somebody else. */
  readonly holder: string;
}

export interface LinkHolder {
  readonly side: Side;
  readonly workerId: string;
  readonly inService: boolean;
  readonly token: number;
}

/** One active CTI link per side and peripheral; the other workers stand by. */
export class LinkLease {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number; readonly leaseMs: number },
  ) {}
  /** Takes the lease when it is free or ended, renews it when it is the caller's. */
  acquire(side: Side, workerId: string): Promise<LinkGrant> {
    return this.missing(side, workerId);
  }
  /** Gives it up; nothing happens when somebody else holds it. */
  release(side: Side, workerId: string): Promise<void> {
    return this.missing(side, workerId);
  }
  /** Says whether the link is in service; only the holder's word counts, and only for as long as its lease. */
  report(side: Side, workerId: string, inService: boolean): Promise<void> {
    return this.missing(side, workerId, inService);
  }
  /** Those whose lease has not ended. */
  holders(): Promise<LinkHolder[]> {
    return this.missing();
  }
  private missing<T>(...args: unknown[]): Promise<T> {
    return Promise.reject(new Error(`not written yet ${args.length}${this.redis.status}${this.options.leaseMs}`));
  }
}
