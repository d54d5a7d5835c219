import { type Agent, type AgentKey, type Side, unseenAgent } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type Pace } from '#domain/mass-loss';
import {
  AgentStore,
  type CommitAnswer,
  type CommitRequest,
  type IssuingGuard,
  type IssuingRefusal,
  type Loaded,
} from '#engine/ports';
import { AgentLines, type LeftOut, linesLeftOutOf } from './agent-lines';
import { limitReached, lineFull } from './issuing-refusals';
import { lineMsMax } from './lua/admission.lua';
import { type JournalLine } from './journal-line';
import { MemoryLine } from './memory-line';
import { limitedSideOf } from './side-of-loss';

export interface MemoryStoreOptions {
  /** Epoch ms; stands for Redis time. */
  readonly now: () => number;
  /** Stamps lines of the journal, never with less than the line before: the clock of the store's host. Default: `now`. */
  readonly lineTime?: () => number;
  /** Default: no limit. */
  readonly issuingPerSecondMax?: number;
  /** Limits of one side (rule M4). Default: none. */
  readonly paceOf?: (side: Side) => Pace | undefined;
  /** Asked when a record would enter issuing; null lets it pass. Stands for the rules GEN and WAIT. */
  readonly refuseIssuing?: (agent: Agent) => IssuingRefusal | null;
  /** Never the same one twice, also where several stores have a common past. Default: a count of this store's own. */
  readonly nextVersion?: () => string;
}

interface StoredRecord {
  readonly agent: Agent;
  readonly version: string;
}

export interface MemorySnapshot {
  readonly records: ReadonlyMap<string, StoredRecord>;
  readonly lines: readonly JournalLine[];
  readonly line: MemoryLine;
  readonly agentLines: AgentLines;
}

/** Records in memory, under the same contract as those in Redis. For tests; nothing survives the process. */
export class MemoryStore extends AgentStore {
  private records = new Map<string, StoredRecord>();
  private journal: JournalLine[] = [];
  private line = new MemoryLine();
  private agentLines = AgentLines.empty();
  /** Never goes back, not even with `restore`: a version is used once. */
  private versionsUsed = 0;
  private linesWritten = 0;

  constructor(private readonly options: MemoryStoreOptions) {
    super();
  }

  override load(key: AgentKey): Promise<Loaded> {
    return Promise.resolve(this.loadNow(key));
  }

  /** The same at once, for a simulation that decides itself when an answer comes. */
  loadNow(key: AgentKey): Loaded {
    const found = this.records.get(key.agentId) ?? { agent: unseenAgent(key), version: '' };
    return { ...found, now: this.options.now() };
  }

  override commit(request: CommitRequest): Promise<CommitAnswer> {
    return Promise.resolve(this.commitNow(request));
  }

  find(agentId: string): StoredRecord | undefined {
    return this.records.get(agentId);
  }

  agents(): readonly Agent[] {
    return [...this.records.values()].map(({ agent }) => agent);
  }

  get lines(): readonly JournalLine[] {
    return this.journal;
  }

  /** What a backup would hold. */
  snapshot(): MemorySnapshot {
    const { journal, line, agentLines } = this;
    return { records: new Map(this.records), lines: [...journal], line: line.copy(), agentLines: agentLines.copy() };
  }

  /** A restored backup, or a replica that lacked the last writes. */
  restore(snapshot: MemorySnapshot): void {
    this.records = new Map(snapshot.records);
    this.journal = [...snapshot.lines];
    this.line = snapshot.line.copy();
    this.agentLines = snapshot.agentLines.copy();
  }

  /** A line that belongs to no record. */
  note(entry: Entry): void {
    this.write('', 0, entry);
  }

  /** Removes lines older than `beforeMs`. Answers how many went. */
  trim(beforeMs: number): number {
    const kept = this.journal.filter(({ at }) => at >= beforeMs);
    const removed = this.journal.length - kept.length;
    this.journal = kept;
    return removed;
  }

  /** Writes the lines that say what was left out, where that is due. */
  tellLeftOut(): LeftOut[] {
    const due = this.agentLines.takeDue(this.hostTime);
    for (const { leftOut, lines } of due) {
      for (const { epoch, entry } of lines) this.write(leftOut.agentId, epoch, entry);
    }
    return due.map(({ leftOut }) => leftOut).filter((leftOut) => linesLeftOutOf(leftOut) > 0);
  }

  commitNow({ before, agent, expectedVersion, entries, issuing }: CommitRequest): CommitAnswer {
    const { agentId } = agent.key;
    if ((this.records.get(agentId)?.version ?? '') !== expectedVersion) return 'conflict';
    const verdict = issuing === null ? null : this.refusalOf(agent, issuing);
    if (verdict === 'early' || verdict?.wrote === false) return verdict;
    if (agent !== before) this.records.set(agentId, { agent, version: this.nextVersion() });
    const { epoch } = agent;
    for (const entry of entries) {
      const lines = this.agentLines.write(agentId, { epoch, entry }, this.hostTime);
      for (const line of lines) this.write(agentId, line.epoch, line.entry);
    }
    return verdict ?? 'committed';
  }

  private nextVersion(): string {
    return this.options.nextVersion?.() ?? String(++this.versionsUsed);
  }

  private get hostTime(): number {
    const { now, lineTime = now } = this.options;
    return lineTime();
  }

  private write(agentId: string, epoch: number, entry: Entry): void {
    const at = Math.max(this.hostTime, this.journal.at(-1)?.at ?? 0);
    this.journal.push({ id: `${String(at)}-${String(this.linesWritten++)}`, at, agentId, epoch, entry });
  }

  private refusalOf(agent: Agent, { notBefore }: IssuingGuard): IssuingRefusal | 'early' | null {
    const now = this.options.now();
    if (now < notBefore) return 'early';
    const refused = this.options.refuseIssuing?.(agent) ?? null;
    if (refused?.wrote === false) return refused;
    const nextAt = this.line.admit(now, agent.key.agentId, limitedSideOf(agent), this.options);
    if (nextAt !== null) return nextAt >= now + lineMsMax ? lineFull(nextAt) : limitReached(nextAt);
    if (refused !== null) this.line.giveBack(limitedSideOf(agent), this.options);
    return refused;
  }
}
