import { type Agent, type Side } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type Pace, type Protection } from '#domain/mass-loss';
import { type CommitAnswer, type CommitRequest, type IssuingRefusal, type Loaded } from '#engine/ports';
import { type LeftOut } from '#store/agent-lines';
import { type ClockCorrection, type ClockSample, correctedText, storeTimeOf } from '#store/clock/store-time';
import { generationAgeMs } from '#store/generation-age';
import { indexMoves, timelessPhases } from '#store/index-moves';
import { generationTooYoung, replicasLost, serverUnasserted } from '#store/issuing-refusals';
import { type JournalLine } from '#store/journal-line';
import { Keys } from '#store/keys';
import { MemoryStore } from '#store/memory-store';
import { type OverduePage } from '#store/roll';
import { type SideHold } from '#store/sides';
import { Jobs } from './jobs';
import { type VirtualTime } from './virtual-time';

export const peripheralId = 5000;
export const leaseMs = 15_000;
/** As a site of the usual size has it. */
export const usualIssuingPerSecondMax = 10;
export const keys = new Keys(peripheralId);
const sides = ['primary', 'secondary'] as const satisfies readonly Side[];

interface ServerEntry {
  readonly side: Side;
  readonly until: number;
  readonly asserted: string;
}

interface Generation {
  readonly id: string;
  readonly since: number;
  /** When the first server had told this life of all its desktops. */
  asserted: number | null;
}

export interface LinkEntry {
  holder: string;
  token: number;
  until: number;
  inService: boolean;
}

/** Which of the store's own rules are in force; a simulation of what a rule is for switches it off. */
export interface StoreRules {
  readonly epoch: boolean;
  readonly generation: boolean;
  readonly wait: boolean;
}

/** What nodes of one simulation share: versions never repeat, whichever node gives them out. */
export interface StoreFacts {
  readonly time: VirtualTime;
  readonly rules: StoreRules;
  readonly issuingPerSecondMax: number;
  versionsUsed: number;
  /** When each line of a journal was written, ms of true time; the clock that stamps them may step. */
  readonly lineTimes: WeakMap<JournalLine, number>;
}

/**
 * One node of the store: what Redis holds, and what its scripts do, each call one atomic step. A copy of it is a replica, a
 * backup or the other half of a split brain.
 */
export class StoreNode {
  readonly jobs: Jobs;
  readonly records: MemoryStore;
  private readonly held: Map<Side, SideHold>;
  private readonly index: Map<string, Map<string, number>>;
  private readonly servers: Map<string, ServerEntry>;
  private readonly links: Map<Side, LinkEntry>;
  private protectionsKept: Record<Side, Protection | null>;
  private generationKnown: Generation;
  /** Whether a commit of issuing reaches the replicas; null where there are none. */
  replicas: 'reached' | 'notReached' | null = null;
  private pace: Pace | undefined;
  /** The last correction of store time. */
  private clockText: string;

  constructor(
    private readonly facts: StoreFacts,
    /** Names this life of the store. */
    readonly runId: string,
    from?: StoreNode,
  ) {
    const { time, issuingPerSecondMax } = facts;
    this.records = new MemoryStore({
      now: () => this.now,
      lineTime: () => time.storeNow,
      issuingPerSecondMax,
      paceOf: () => this.pace,
      refuseIssuing: () => this.refuseIssuing(),
      nextVersion: () => String(++facts.versionsUsed),
    });
    if (from !== undefined) this.records.restore(from.records.snapshot());
    this.clockText = from?.clockText ?? '';
    this.jobs = new Jobs(from?.jobs);
    this.index = new Map([...(from?.index ?? [])].map(([key, members]) => [key, new Map(members)]));
    this.servers = new Map(from?.servers);
    this.held = new Map(from?.held);
    this.links = new Map([...(from?.links ?? [])].map(([side, entry]) => [side, { ...entry }]));
    this.protectionsKept = { ...(from?.protectionsKept ?? { primary: null, secondary: null }) };
    this.generationKnown = { ...(from?.generationKnown ?? { id: '', since: 0, asserted: null }) };
  }

  /** Store time. */
  get now(): number {
    return storeTimeOf(this.clock);
  }

  get clock(): ClockSample {
    return { raw: this.hostNow, text: this.clockText };
  }

  /** Keys that Redis itself ends do so by the clock of its host. */
  get hostNow(): number {
    return this.facts.time.storeNow;
  }

  /** @param epochMs true time is added to it */
  journalByTrueTime(epochMs: number): JournalLine[] {
    return this.records.lines.map((line) => ({ ...line, at: epochMs + (this.facts.lineTimes.get(line) ?? 0) }));
  }

  correctClock({ expected, shiftMs, spanMs }: ClockCorrection, sentence: string): boolean {
    if (this.clockText !== expected) return false;
    this.clockText = correctedText(this.clock, { shiftMs, spanMs });
    this.note({ what: 'clockCorrected', loss: null, shiftMs, sentence });
    return true;
  }

  load(agentId: string): Loaded & { readonly time: ClockSample } {
    return { ...this.records.loadNow({ peripheralId, agentId }), time: this.clock };
  }

  commit(asked: CommitRequest, pace: Pace | undefined): CommitAnswer {
    const { rules } = this.facts;
    const { agentId } = asked.agent.key;
    const request =
      rules.epoch || asked.issuing === null
        ? asked
        : { ...asked, expectedVersion: this.records.find(agentId)?.version ?? '' };
    this.pace = pace;
    const answer = this.records.commitNow(request);
    this.dateLines();
    const wrote = answer === 'committed' || (typeof answer === 'object' && answer.wrote);
    if (wrote && request.agent !== request.before) this.moveIndexes(request);
    return answer;
  }

  note(entry: Entry): void {
    this.records.note(entry);
    this.dateLines();
  }

  tellLeftOut(): LeftOut[] {
    const told = this.records.tellLeftOut();
    this.dateLines();
    return told;
  }

  /** The last lines of the journal, which were written just now. */
  private dateLines(): void {
    const { lines } = this.records;
    const { lineTimes, time } = this.facts;
    for (let place = lines.length - 1; place >= 0; place--) {
      const line = lines[place] as JournalLine;
      if (lineTimes.has(line)) return;
      lineTimes.set(line, Math.floor(time.now));
    }
  }

  trimJournal(beforeMs: number): number {
    return this.records.trim(beforeMs);
  }

  private moveIndexes(request: CommitRequest): void {
    const { agentId } = request.agent.key;
    for (const { command, key, score } of indexMoves(keys, request)) {
      const members = this.index.get(key) ?? new Map<string, number>();
      this.index.set(key, members);
      if (command === 'ZADD' || command === 'SADD') members.set(agentId, score ?? 0);
      else members.delete(agentId);
    }
  }

  private refuseIssuing(): IssuingRefusal | null {
    const { rules } = this.facts;
    const { now } = this;
    const { id, since, asserted: firstAsserted } = this.generation();
    const ageMs = generationAgeMs(leaseMs);
    const live = [...this.servers].filter(([, { until }]) => until > now);
    const oldEnoughAt = (firstAsserted ?? since + ageMs) + ageMs;
    if (rules.generation && now < oldEnoughAt) return generationTooYoung(oldEnoughAt);
    const [silent] = live.flatMap(([serverId, { asserted }]) => (asserted === id ? [] : [serverId])).sort();
    if (rules.generation && silent !== undefined) return serverUnasserted(silent);
    return rules.wait && this.replicas === 'notReached' ? replicasLost(0, 1) : null;
  }

  private generation(): Generation {
    if (this.generationKnown.id !== this.runId)
      this.generationKnown = { id: this.runId, since: this.now, asserted: null };
    return this.generationKnown;
  }

  members(key: string): ReadonlyMap<string, number> {
    return this.index.get(key) ?? new Map<string, number>();
  }

  renew(
    serverId: string,
    side: Side,
    asserted: string,
  ): { generation: string; now: number; lapsed: boolean; agents: number } {
    const { now } = this;
    const { id } = this.generation();
    const lapsed = (this.servers.get(serverId)?.until ?? 0) <= now;
    const said = lapsed || asserted !== id ? '' : asserted;
    if (said !== '') this.generationKnown.asserted ??= now;
    this.servers.set(serverId, { side, until: now + leaseMs, asserted: said });
    return { generation: id, now, lapsed, agents: this.members(keys.desktops(serverId)).size };
  }

  serversWhere(isLive: boolean): { serverId: string; side: Side; asserted: string }[] {
    const { now } = this;
    return [...this.servers]
      .filter(([, { until }]) => until > now === isLive)
      .map(([serverId, { side, asserted }]) => ({ serverId, side, asserted }));
  }

  agentsOf(serverId: string): string[] {
    return [...this.members(keys.desktops(serverId)).keys()];
  }

  agentsOfLapsed(serverId: string, limit: number): string[] {
    if ((this.servers.get(serverId)?.until ?? 0) > this.now) return [];
    return [...this.members(keys.desktops(serverId)).keys()].slice(0, limit);
  }

  removeServer(serverId: string): 'removed' | 'alive' | 'notEmpty' {
    if ((this.servers.get(serverId)?.until ?? 0) > this.now) return 'alive';
    if (this.members(keys.desktops(serverId)).size > 0) return 'notEmpty';
    this.servers.delete(serverId);
    return 'removed';
  }

  acquireLink(side: Side, workerId: string, forMs: number): { held: boolean; token: number; holder: string } {
    const { now } = this;
    const entry = this.links.get(side) ?? { holder: '', token: 0, until: 0, inService: false };
    this.links.set(side, entry);
    if (entry.until > now && entry.holder !== workerId)
      return { held: false, token: entry.token, holder: entry.holder };
    if (entry.until <= now) {
      entry.token = Math.max(entry.token + 1, this.clock.raw * 1_000);
      entry.holder = workerId;
      entry.inService = false;
    }
    entry.until = now + forMs;
    return { held: true, token: entry.token, holder: workerId };
  }

  /** Writes for the holder alone, and only while its lease lasts. */
  reportLink(side: Side, workerId: string, change: Partial<Pick<LinkEntry, 'inService' | 'until'>>): void {
    const entry = this.links.get(side);
    if (entry?.holder === workerId && entry.until > this.now) Object.assign(entry, change);
  }

  linkHolders(): { side: Side; workerId: string; inService: boolean; token: number }[] {
    const { now } = this;
    return sides.flatMap((side) => {
      const entry = this.links.get(side);
      if (entry === undefined || entry.until <= now) return [];
      return [{ side, workerId: entry.holder, inService: entry.inService, token: entry.token }];
    });
  }

  hold(side: Side, by: string): boolean {
    if (this.held.has(side)) return false;
    this.held.set(side, { side, by, since: this.now });
    return true;
  }

  release(side: Side): boolean {
    return this.held.delete(side);
  }

  get holds(): SideHold[] {
    return [...this.held.values()];
  }

  presentCount(side: Side): number {
    return this.members(keys.present(side)).size;
  }

  lossCount(side: Side, fromMs: number, toMs: number): number {
    return [...this.members(keys.losses(side)).values()].filter((at) => at >= fromMs && at <= toMs).length;
  }

  clearedSince(side: Side, fromMs: number): number {
    return [...this.members(keys.cleared(side)).values()].filter((at) => at >= fromMs).length;
  }

  absentSince(side: Side, fromMs: number): number {
    const phases = (['grace', 'held', 'issuing'] as const).map((name) => this.members(keys.phase(name)));
    return [...this.members(keys.losses(side))].filter(
      ([agentId, at]) => at >= fromMs && phases.some((phase) => phase.has(agentId)),
    ).length;
  }

  get protections(): Record<Side, Protection | null> {
    return { ...this.protectionsKept };
  }

  protect(side: Side, before: Protection | null, after: Protection | null): boolean {
    if (!isSameProtection(this.protectionsKept[side], before)) return false;
    this.protectionsKept[side] = after;
    return true;
  }

  overdue(before: number, { phases, limit, offset = 0 }: OverduePage): Agent[] {
    const ids = phases.flatMap((name) =>
      [...this.members(keys.phase(name))]
        .filter(([, score]) => score < before)
        .sort(inOrderOfScores)
        .slice(offset, offset + limit)
        .map(([agentId]) => agentId),
    );
    return ids.slice(0, limit).flatMap((agentId) => this.records.find(agentId)?.agent ?? []);
  }

  restoring(limit: number): Agent[] {
    const ids = [...this.members(keys.restores)].sort(inOrderOfScores).slice(0, limit);
    return ids.flatMap(([agentId]) => this.records.find(agentId)?.agent ?? []);
  }

  /** Agents in a phase that has an end, for the end of a simulation. */
  get unsettled(): number {
    const lasting = timelessPhases.concat('settled');
    return this.records.agents().filter(({ phase }) => !lasting.includes(phase.name)).length;
  }
}

/** As a sorted set keeps its members: by their scores, and those of one score by their names. */
function inOrderOfScores([one, scoreOfOne]: [string, number], [other, scoreOfOther]: [string, number]): number {
  return scoreOfOne - scoreOfOther || (one < other ? -1 : 1);
}

function isSameProtection(one: Protection | null, other: Protection | null): boolean {
  if (one === null || other === null) return one === other;
  return one.state === other.state && one.since === other.since && one.lost === other.lost;
}
