import { type AgentKey } from '#domain/agent';
import { AgentStore, type CommitAnswer, type CommitRequest, type Loaded } from '#engine/ports';
import { type RedisConnection } from './connection';

export interface RedisStoreOptions {
  readonly peripheralId: number;
  /** Replicas that must hold the commit of an issuing record before its request goes out; 0 = do not ask. */
  readonly replicas: number;
  /** Requests per second over all workers of the peripheral. */
  readonly issuingPerSecondMax: number;
  /** Lease of a server; a generation of the store must be at least this old before anything is issued. */
  readonly leaseMs: number;
  /** The journal is trimmed to about this many lines. */
  readonly journalEntriesMax: number;
}

export class RedisStore extends AgentStore {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisStoreOptions,
  ) {
    super();
  }
  override load(key: AgentKey): Promise<Loaded> {
    return Promise.reject(
      new Error(`not written yet ${key.agentId} ${this.options.peripheralId} ${this.redis.status}`),
    );
  }
  override commit(request: CommitRequest): Promise<CommitAnswer> {
    return Promise.reject(new Error(`not written yet ${request.expectedVersion}`));
  }
  /** Closes the connection it opened for issuing commits; the one it was given stays open. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
