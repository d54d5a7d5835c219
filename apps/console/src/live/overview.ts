import { type Finding } from '#store/store-checks';
import { type PolicyDifference } from '#store/policy-watch';
import { type ListedAgent } from '#store/without-desktop';
import { type HoldReason, type PhaseName, type Side } from '#domain/agent';
import { type Crowd } from './crowds';
import { type RejectedShown } from './held-reader';

/** One server process of a side. `mustAssert`: alive, but it has not said which desktops it holds since Redis changed. */
export interface ServerState {
  readonly serverId: string;
  readonly state: 'live' | 'mustAssert' | 'lapsed';
}

export interface SideState {
  readonly side: Side;
  /** Agents with at least one open desktop on this side. */
  readonly present: number;
  readonly servers: readonly ServerState[];
  /** Who holds this side's CTI link; null when nobody does. */
  readonly link: { readonly workerId: string; readonly inService: boolean } | null;
  readonly hold: { readonly by: string; readonly since: number } | null;
  /** Its desktops are sent to the other side since then, over so many ms; null when it is not in maintenance. */
  readonly drain: { readonly by: string; readonly since: number; readonly overMs: number } | null;
  /** Its losses are held, or signed out slowly, since a mass loss; null when they are not. */
  readonly protection: { readonly state: 'held' | 'slow'; readonly since: number } | null;
  /** Desktops lost (byes left out) in each of the last minutes, the oldest first; the last one ends now. */
  readonly lossesPerMinute: readonly number[];
}

/** What was read of the store at one moment. */
export interface Reading {
  readonly peripheralId: number;
  /** Redis time, epoch ms. */
  readonly now: number;
  readonly phases: Readonly<Record<PhaseName, number>>;
  readonly sides: readonly SideState[];
  /** Held losses by reason, counted over `heldCounted` of them: all, up to 20 000. */
  readonly heldReasons: Readonly<Partial<Record<HoldReason, number>>>;
  readonly heldCounted: number;
  /** Held losses that wait for a limit or the end of a protection, with the expected end; the last one first. */
  readonly crowds: readonly Crowd[];
  /** The held loss that has waited longest; null when none is held. */
  readonly heldSince: number | null;
  /** Held so long that an alarm was raised. */
  readonly alarmed: readonly LossName[];
  /** Losses that ended badly lately. */
  readonly failed: readonly (LossName & { readonly outcome: 'failed' | 'raced'; readonly sentence: string })[];
  /** What Redis was seen to have forgotten lately, as a sentence; null: nothing. */
  readonly dataLoss: string | null;
  /** What is wrong with Redis itself, the worst first. */
  readonly findings: readonly Finding[];
  /** What is wrong with records that were met lately and cannot be read. */
  readonly unreadable: readonly string[];
  /** Processes that act by another policy than the console; all of them should act by one. */
  readonly policyDifferences: readonly PolicyDifference[];
  /** That no worker acts for this console's peripheral, while some act for others. */
  readonly aloneAmongPeripherals: string | undefined;
  /** Signed in at the CTI server, with no desktop open and no loss under way: how many, and those of the longest time. */
  readonly withoutDesktop: { readonly count: number; readonly longest: readonly ListedAgent[] };
  /** Ghosts whose sign-out the CTI server has rejected: how many, and those of the longest time. */
  readonly rejected: RejectedShown;
  readonly overdueWakeUps: number;
  readonly queuePaused: boolean;
}

export interface LossName {
  readonly agentId: string;
  readonly epoch: number;
}

export interface Overview extends Reading {
  readonly verdict: Verdict;
  readonly alarms: readonly Alarm[];
}

/** One agent or everybody? The first question of whoever is woken up. */
export interface Verdict {
  readonly scope: 'quiet' | 'one' | 'several' | 'many' | 'blind';
  readonly sentence: string;
}

export interface Alarm {
  readonly level: 'alarm' | 'warning';
  readonly sentence: string;
  /** The loss that it is about, if it is about one. */
  readonly loss: LossName | null;
}
