/**
 * Whom to ask about next, so that the mirror knows every agent again after a gap. Pure: no clock, no link.
 *
 * The plan is **void** from a gap until it begins. Beginning, it is **filling**: every agent that is known by name waits
 * to be asked about, those first about whom somebody asked before. It is **complete** when all sources of names have said
 * what they have and every agent was asked about; it stays so until the next gap. Agents that become known by name later,
 * or whose calls have to be asked for again, wait in the same line.
 *
 * Names survive a gap, and everything has a limit: `agentsMax` names, each at most once in line, each asked about at most
 * `ATTEMPTS_MAX` times in vain.
 */

/** Times that an agent is asked about without an answer before it is left to the gates, which ask on demand. */
export const ATTEMPTS_MAX = 3;
/** Agents about whom somebody asked, to be asked about first after a gap: far more than there are losses at once. */
export const PREFERRED_MAX = 1_000;

export type WarmUpPhase = 'void' | 'filling' | 'complete';

/** How far the mirror is, for metrics. */
export interface WarmUpProgress {
  readonly phase: WarmUpPhase;
  /** Agents known by name. */
  readonly agents: number;
  /** To be asked about, now and after a pause. */
  readonly waiting: number;
  readonly underWay: number;
  /** Asked about in vain since the last gap. */
  readonly unanswered: number;
  /** Names that were turned away because there were too many. */
  readonly turnedAway: number;
}

/** Permission to ask about one agent; void after the next gap. */
export interface Enquiry {
  readonly agentId: string;
  readonly round: number;
}

export class WarmUpPlan {
  private phase: WarmUpPhase = 'void';
  private round = 0;
  private sourcesSettled = false;
  private turnedAway = 0;
  private nameChanges = 0;
  private readonly agents = new Set<string>();
  private readonly preferred = new Set<string>();
  /** In the order in which they are asked about. */
  private readonly line = new Set<string>();
  /** Without an answer so far; asked again after a pause. */
  private readonly later = new Set<string>();
  private readonly underWay = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly unanswered = new Set<string>();

  constructor(private readonly agentsMax: number) {}

  get progress(): WarmUpProgress {
    return {
      phase: this.phase,
      agents: this.agents.size,
      waiting: this.line.size + this.later.size,
      underWay: this.underWay.size,
      unanswered: this.unanswered.size,
      turnedAway: this.turnedAway,
    };
  }

  /** Names of all agents that are known. */
  get agentIds(): readonly string[] {
    return [...this.agents];
  }

  /** Changes with every change of the names. */
  get revision(): number {
    return this.nameChanges;
  }

  get isVoid(): boolean {
    return this.phase === 'void';
  }

  /** Whether somebody can be asked about right now. */
  get hasNext(): boolean {
    return this.line.size > 0;
  }

  /** Whether only those are left whose turn comes after a pause. */
  get mustPause(): boolean {
    return this.later.size > 0 && this.line.size === 0 && this.underWay.size === 0;
  }

  /** An agent exists. */
  learn(agentId: string): void {
    if (this.agents.has(agentId)) return;
    if (this.agents.size >= this.agentsMax) {
      this.turnedAway += 1;
      return;
    }
    this.agents.add(agentId);
    this.nameChanges += 1;
    if (!this.isVoid) this.line.add(agentId);
  }

  /** An agent exists and what is known of it does not suffice (any more). */
  renew(agentId: string): void {
    this.learn(agentId);
    if (this.isVoid || this.underWay.has(agentId) || !this.agents.has(agentId)) return;
    this.attempts.delete(agentId);
    this.unanswered.delete(agentId);
    this.later.delete(agentId);
    this.line.add(agentId);
  }

  /** An agent exists no more. */
  forget(agentId: string): void {
    if (this.agents.has(agentId)) this.nameChanges += 1;
    for (const list of [this.agents, this.preferred, this.line, this.later, this.unanswered]) list.delete(agentId);
    this.completeIfDone();
  }

  /** Somebody needs to know this agent. */
  prefer(agentId: string): void {
    this.preferred.delete(agentId);
    this.preferred.add(agentId);
    for (const oldest of this.preferred) {
      if (this.preferred.size <= PREFERRED_MAX) return;
      this.preferred.delete(oldest);
    }
  }

  gap(): void {
    this.phase = 'void';
    this.round += 1;
    this.sourcesSettled = false;
    for (const list of [this.line, this.later, this.underWay, this.unanswered]) list.clear();
    this.attempts.clear();
  }

  begin(): void {
    this.phase = 'filling';
    for (const agentId of this.preferred) if (this.agents.has(agentId)) this.line.add(agentId);
    for (const agentId of this.agents) this.line.add(agentId);
    this.completeIfDone();
  }

  /** An upload begins: others may be named. */
  awaitSources(): void {
    this.sourcesSettled = false;
  }

  /** Nobody else will be named for now: the upload is over, or there is none. */
  settleSources(): void {
    this.sourcesSettled = true;
    this.completeIfDone();
  }

  take(): Enquiry | undefined {
    for (const agentId of this.line) {
      this.line.delete(agentId);
      this.underWay.add(agentId);
      return { agentId, round: this.round };
    }
    return undefined;
  }

  /** An enquiry ended, with an answer or in vain. */
  settle({ agentId, round }: Enquiry, isAnswered: boolean): void {
    if (round !== this.round || !this.underWay.delete(agentId)) return;
    const failures = (this.attempts.get(agentId) ?? 0) + 1;
    if (isAnswered) this.attempts.delete(agentId);
    else if (!this.agents.has(agentId)) this.attempts.delete(agentId);
    else if (failures < ATTEMPTS_MAX) {
      this.attempts.set(agentId, failures);
      this.later.add(agentId);
    } else {
      this.attempts.delete(agentId);
      this.unanswered.add(agentId);
    }
    this.completeIfDone();
  }

  /** The pause is over. */
  resume(): void {
    for (const agentId of this.later) this.line.add(agentId);
    this.later.clear();
  }

  private completeIfDone(): void {
    const isDone = this.line.size + this.later.size + this.underWay.size === 0;
    if (this.phase === 'filling' && this.sourcesSettled && isDone) this.phase = 'complete';
  }
}
