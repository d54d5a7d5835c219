import { type Cause, type Outcome, type Side } from '#domain/agent';
import { type Entry } from '#domain/command';

/** What stands in a line that cannot be read: it was damaged, or a program that is none of ours wrote it. */
export interface UnreadableEntry {
  readonly what: 'unreadable';
  readonly loss: null;
  readonly sentence: string;
}

/** One line of the journal as it was committed. */
export interface JournalLine {
  /** Stream id, such as `1700000000000-0`; rises for ever. */
  readonly id: string;
  /** Epoch ms, Redis time of the commit. */
  readonly at: number;
  readonly agentId: string;
  /** The record's epoch after the commit. */
  readonly epoch: number;
  readonly entry: Entry | UnreadableEntry;
}

/** One loss, put together from its lines. */
export interface LossSummary {
  readonly agentId: string;
  /** The epoch that names the loss: `agentId@epoch`. */
  readonly epoch: number;
  readonly cause: Cause;
  /** Where its last desktop was; null when an operator ordered the logout of an agent without any. */
  readonly side: Side | null;
  readonly desktopId: string | null;
  /** Stream id of its first line: the cursor for `before`. */
  readonly id: string;
  readonly lostAt: number;
  readonly dueAt: number;
  /** Null while it goes on. */
  readonly outcome: Outcome | null;
  readonly endedAt: number | null;
  /** The latest sentence that was written about it. */
  readonly sentence: string;
}
