import { type Outcome } from '#domain/agent';
import { type RedisConnection } from './connection';
import { type JournalLine, type LossSummary } from './journal-line';

export interface LossQuery {
  readonly agent?: string;
  readonly outcome?: Outcome;
  /** Epoch ms: only losses that began at or after it. */
  readonly since?: number;
  readonly limit: number;
  /** Cursor: only losses that began before the one whose summary has this `id`. */
  readonly before?: string;
}

/** Reads the journal. Writing happens only inside the commit of a record. */
export class Journal {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number },
  ) {}
  /** Losses, the latest first. */
  read(query: LossQuery): Promise<LossSummary[]> {
    return Promise.reject(
      new Error(`not written yet ${query.limit} ${this.redis.status} ${this.options.peripheralId}`),
    );
  }
  /** Every line of one loss in the order of time; empty when it is unknown or trimmed away. */
  story(agentId: string, lossEpoch: number): Promise<JournalLine[]> {
    return Promise.reject(new Error(`not written yet ${agentId} ${lossEpoch}`));
  }
  /** Lines after `afterId` (`$` = from now on); waits up to `blockMs` (0 = not at all) for the first one. */
  tail(afterId: string, blockMs: number, limit: number): Promise<JournalLine[]> {
    return Promise.reject(new Error(`not written yet ${afterId} ${blockMs} ${limit}`));
  }
  /** Closes the connection that `tail` waits on; the one it was given stays open. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
