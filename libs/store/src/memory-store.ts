import { type Agent, type AgentKey } from '#domain/agent';
import { AgentStore, type CommitAnswer, type CommitRequest, type Loaded } from '#engine/ports';
import { type JournalLine } from './journal-line';

export interface MemoryStoreOptions {
  /** Epoch ms; stands for Redis time. */
  readonly now: () => number;
  readonly issuingPerSecondMax?: number;
  /** Asked when a record would enter issuing; null lets it pass. Stands for the rules GEN and WAIT. */
  readonly refuseIssuing?: (agent: Agent) => 'generation' | 'replicas' | null;
}

export interface MemorySnapshot {
  readonly records: ReadonlyMap<string, { readonly agent: Agent; readonly version: number }>;
  readonly lines: readonly JournalLine[];
}

export class MemoryStore extends AgentStore {
  constructor(private readonly options: MemoryStoreOptions) {
    super();
  }
  override load(key: AgentKey): Promise<Loaded> {
    return Promise.reject(new Error(`not written yet ${key.agentId}${this.options.now()}`));
  }
  override commit(request: CommitRequest): Promise<CommitAnswer> {
    return Promise.reject(new Error(`not written yet ${request.expectedVersion}`));
  }
  agents(): readonly Agent[] {
    return [];
  }
  get lines(): readonly JournalLine[] {
    return [];
  }
  snapshot(): MemorySnapshot {
    return { records: new Map(), lines: [] };
  }
  restore(snapshot: MemorySnapshot): void {
    void snapshot;
  }
}
