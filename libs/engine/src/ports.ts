import { type Agent, type AgentKey } from '#domain/agent';
import { type Command, type Entry } from '#domain/command';
import { type AgentEvent, type Facts, type LastLook, type RequestResult } from '#domain/event';

/** A record with the version to commit against and the store's own time (epoch ms) at which it was read. */
export interface Loaded {
  readonly agent: Agent;
  /** Opaque, never repeated, not even by a store that was rolled back; '' for a record that does not exist yet. */
  readonly version: string;
  readonly now: number;
}

/** What the store must check besides the version before a request may be issued. */
export interface IssuingGuard {
  /** Store time before which the commit is refused (epoch ms). */
  readonly notBefore: number;
}

export interface CommitRequest {
  readonly before: Agent;
  readonly agent: Agent;
  readonly expectedVersion: string;
  readonly entries: readonly Entry[];
  /** Given exactly when the record enters `issuing`. */
  readonly issuing: IssuingGuard | null;
}

/**
 * `conflict`: somebody else committed first. `early`: the store's clock is before `notBefore`. Only `committed`, and a
 * refusal that says so, wrote.
 */
export type CommitAnswer = 'committed' | 'conflict' | 'early' | IssuingRefusal;

/** Why the store let no request out. */
export interface IssuingRefusal {
  /**
   * `generation`: Redis changed, and not every live server has re-asserted its desktops for a whole lease. `rate`: a
   * limit of requests is reached, in all or of one side (rule M4). `replicas`: too few replicas take what is written.
   */
  readonly refused: 'generation' | 'rate' | 'replicas';
  /** When a try is likely to pass (epoch ms, store time); null: not known. */
  readonly nextAt: number | null;
  /** Whether the loss has a turn, at `nextAt`, in the line of those that a limit refused. False: it tries again then. */
  readonly isTurn: boolean;
  /** What is missing, as a sentence for the journal; empty when the reason says it all. */
  readonly evidence: string;
  /** The record was committed all the same: only that it reached every replica is not known. */
  readonly wrote: boolean;
}

/** The records of all agents. One commit is one atomic transition. */
export abstract class AgentStore {
  abstract load(key: AgentKey): Promise<Loaded>;
  abstract commit(request: CommitRequest): Promise<CommitAnswer>;
}

/** Wake-ups: hints that say "look at this agent". They may come late, twice or never; the sweep repairs that. */
export abstract class WakeUps {
  /** There will be a wake-up at `at` (epoch ms, store time; `now` is the store's time now). Doing it twice is harmless. */
  abstract arm(key: AgentKey, epoch: number, at: number, now: number): Promise<void>;
  abstract disarm(key: AgentKey, epoch: number): Promise<void>;
  abstract wakeNow(key: AgentKey, epoch: number): Promise<void>;
}

/** Who is asked before a request: the CTI link and the sides for the facts, all live servers for the last look. */
export abstract class Witnesses {
  abstract findFacts(agent: Agent, now: number): Promise<Facts>;
  abstract askLastLook(agent: Agent): Promise<LastLook>;
}

/** Requests to the CTI server about one agent. `mayStillSend` is asked right before each write. */
export abstract class CtiDesk {
  abstract request(agent: Agent, command: CommandOf<'request'>, mayStillSend: () => boolean): Promise<RequestResult>;
  abstract settleDoubt(agent: Agent, command: CommandOf<'settleDoubt'>): Promise<RequestResult>;
  /** Replaces what is pending at the CTI server. Whatever goes wrong with it is in doubt: it is tried again. */
  abstract withdraw(agent: Agent, command: CommandOf<'withdraw'>, mayStillSend: () => boolean): Promise<RequestResult>;
  abstract restoreReady(
    agent: Agent,
    command: CommandOf<'restoreReady'>,
    mayStillSend: () => boolean,
  ): Promise<RestoreResult>;
}

export type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;

/** `isOver` false: it could not be tried now. `evidence` is a sentence for the journal. */
export interface RestoreResult {
  readonly isOver: boolean;
  readonly evidence: string;
}

/** Told what was decided, after it was committed: for metrics, log and alarms. Never awaited. */
export abstract class Observer {
  abstract committed(before: Agent, agent: Agent, event: AgentEvent, entries: readonly Entry[], now: number): void;
  abstract raised(agent: Agent, sentence: string): void;
  abstract conflicted(key: AgentKey, event: AgentEvent): void;
  /** What became of a request; one that was `notSent` never left. */
  abstract requested(command: CommandOf<'request'>, result: RequestResult): void;
}
