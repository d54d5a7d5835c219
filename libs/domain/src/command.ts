import { type Agent, type Cause, type Desktop, type HoldReason, type Outcome, type Side } from './agent';
import { type Protection } from './mass-loss';
import { type Action } from './policy';

/** One line of the journal. The store stamps it with Redis time, agent and the record's epoch. */
export type Entry =
  | {
      readonly what: 'lossBegan';
      readonly loss: number;
      readonly cause: Cause;
      readonly desktop: Desktop | null;
      /** Store time; the line itself may be written later. Not in lines of older versions. */
      readonly lostAt?: number;
      readonly dueAt: number;
      readonly sentence: string;
    }
  | { readonly what: 'held'; readonly loss: number; readonly reasons: readonly HoldReason[]; readonly sentence: string }
  | { readonly what: 'graceRenewed'; readonly loss: number; readonly dueAt: number; readonly sentence: string }
  | { readonly what: 'released'; readonly loss: number; readonly by: string; readonly sentence: string }
  | {
      readonly what: 'issuing';
      readonly loss: number;
      readonly action: Action;
      readonly reasonCode: number;
      readonly attempt: number;
      readonly sentence: string;
    }
  | { readonly what: 'inDoubt'; readonly loss: number; readonly sentence: string }
  /** The CTI server keeps a state until the call ends. */
  | { readonly what: 'pending'; readonly loss: number; readonly state: Action; readonly sentence: string }
  | { readonly what: 'stageDone'; readonly loss: number; readonly nextDueAt: number; readonly sentence: string }
  | { readonly what: 'outcome'; readonly loss: number; readonly outcome: Outcome; readonly sentence: string }
  | { readonly what: 'alarm'; readonly loss: number; readonly sentence: string }
  /** Something that was deliberately not acted upon; `loss` is null when it belongs to none. */
  | { readonly what: 'suppressed'; readonly loss: number | null; readonly sentence: string }
  /** What an operator did; to a side or a queue it belongs to no agent. */
  | { readonly what: 'operatorActed'; readonly loss: number | null; readonly by: string; readonly sentence: string }
  /** A side's protection against a mass loss turned; it belongs to no agent. */
  | {
      readonly what: 'sideProtected';
      readonly loss: null;
      readonly side: Side;
      readonly state: Protection['state'];
      readonly sentence: string;
    }
  /** The store has forgotten what it was told; it belongs to no agent. */
  | { readonly what: 'dataLost'; readonly loss: null; readonly sentence: string }
  /** The clock of the store stepped, and `shiftMs` was added to store time; it belongs to no agent. */
  | { readonly what: 'clockCorrected'; readonly loss: null; readonly shiftMs: number; readonly sentence: string }
  /** Lines about this agent that repeated were left out (epoch ms by the clock of the store's host). */
  | {
      readonly what: 'linesLeftOut';
      readonly loss: null;
      readonly since: number;
      readonly until: number;
      /** Losses that a return ended, two lines each. */
      readonly losses: number;
      /** Events that were not acted upon. */
      readonly suppressed: number;
      readonly signIns: number;
      readonly sentence: string;
    }
  | { readonly what: 'signedOut'; readonly loss: null; readonly sentence: string }
  | { readonly what: 'signedIn'; readonly loss: null; readonly sentence: string }
  | { readonly what: 'restored'; readonly loss: null; readonly sentence: string };

/** What the engine is to do. Each can be derived again from the record, so a crash loses none of them. */
export type Command =
  /** See to it that this agent is looked at no later than `at` (epoch ms, Redis time). Carried out before the commit. */
  | { readonly type: 'armWakeUp'; readonly epoch: number; readonly at: number }
  | { readonly type: 'wakeNow'; readonly epoch: number }
  | { readonly type: 'disarmWakeUp'; readonly epoch: number }
  | { readonly type: 'findFacts'; readonly epoch: number }
  | { readonly type: 'askLastLook'; readonly epoch: number }
  | {
      readonly type: 'request';
      readonly epoch: number;
      readonly attempts: number;
      readonly action: Action;
      readonly reasonCode: number;
    }
  | {
      readonly type: 'settleDoubt';
      readonly epoch: number;
      readonly attempts: number;
      readonly action: Action;
    }
  /** A desktop is open again: replaces what is pending at the CTI server by the state that the agent would have without us. */
  | {
      readonly type: 'withdraw';
      readonly epoch: number;
      readonly attempts: number;
      readonly to: 'ready' | 'notReady';
      /** Of a Not Ready that replaces. */
      readonly reasonCode: number;
      /** Of the logout that is pending; null: it is a Not Ready. */
      readonly logoutReasonCode: number | null;
    }
  /** Gives Ready back if the agent still has our Not Ready with that reason code. */
  | { readonly type: 'restoreReady'; readonly epoch: number; readonly reasonCode: number }
  | { readonly type: 'note'; readonly entry: Entry }
  | { readonly type: 'alarm'; readonly loss: number; readonly sentence: string };

/** The record as it should be now, and what to do about it. The same `agent` object means: nothing to store. */
export interface Decision {
  readonly agent: Agent;
  readonly commands: readonly Command[];
}

export function note(entry: Entry): Command {
  return { type: 'note', entry };
}

/** An alarm is told to the operators and kept in the journal. */
export function alarm(loss: number, sentence: string): readonly Command[] {
  return [{ type: 'alarm', loss, sentence }, note({ what: 'alarm', loss, sentence })];
}
