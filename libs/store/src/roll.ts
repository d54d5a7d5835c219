import { type Agent, type PhaseName } from '#domain/agent';
import { type RedisConnection } from './connection';
import { type StoreError } from './store-error';

export interface RollPage {
  readonly limit: number;
  /** How many to leave out; 0 by default. */
  readonly offset?: number;
}

export interface RollOptions {
  readonly peripheralId: number;
  /** Told of every record that cannot be read; it is left out of the answer, and nothing is done about its agent. */
  readonly onUnreadable: (error: StoreError) => void;
}

/** Reads records: for the console, and for the sweep. */
export class Roll {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RollOptions,
  ) {}
  phaseCounts(): Promise<Record<PhaseName, number>> {
    return this.missing();
  }
  byPhase(phase: PhaseName, page: RollPage): Promise<Agent[]> {
    return this.missing(phase, page);
  }
  /** In the order asked for; agents without a record are left out. */
  agents(agentIds: readonly string[]): Promise<Agent[]> {
    return this.missing(agentIds);
  }
  /** Agents in grace, issuing or held whose due time or deadline is before `before` (epoch ms), the most overdue of each first. */
  overdue(before: number, limit: number, offset = 0): Promise<Agent[]> {
    return this.missing(before, limit, offset);
  }
  /** Redis time, epoch ms. */
  now(): Promise<number> {
    return this.missing();
  }
  private missing<T>(...args: unknown[]): Promise<T> {
    return Promise.reject(new Error(`not written yet ${args.length}${this.redis.status}${this.options.peripheralId}`));
  }
}
