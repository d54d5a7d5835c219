import { type Cause } from './agent';

/** What becomes of agents who are signed in and never had a desktop: nothing, an alarm, or the same as of a loss. */
export const withoutDesktopRules = ['leave', 'warn', 'logout'] as const;
export type WithoutDesktopRule = (typeof withoutDesktopRules)[number];

/** What a forced change asks for. What it becomes is for the CTI server to say (LOAD 0 turns a logout into Not Ready). */
export type Action = 'notReady' | 'logout';

/** One step of a loss. It comes `afterMs` after the loss, but never before the grace of the loss's cause has passed. */
export interface Stage {
  readonly afterMs: number;
  readonly action: Action;
  /** EventReasonCode of the request, 0…65535. 255 is what a Finesse server sends. */
  readonly reasonCode: number;
}

/** A stage that a loss waits for. `warn` asks the CTI server for nothing: an alarm is raised instead. */
export type DueStage = Stage | { readonly afterMs: number; readonly action: 'warn'; readonly reasonCode: 0 };

/** When a side that loses many desktops at once is protected: its losses are held. */
export interface MassLossPolicy {
  readonly windowMs: number;
  /** A side is protected when at least this many of its agents are lost within the window… */
  readonly lossesMin: number;
  /** …and at least this share of them, 0…1. */
  readonly share: number;
  /** Its losses are held this long at the least, since an ordinary fail-over takes 50 to 110 s… */
  readonly holdMsMin: number;
  /** …until this share of those that were lost is back, 0…1… */
  readonly backShare: number;
  /** …but this long at the most. */
  readonly holdMsMax: number;
  /** After the longest hold so many of the side are signed out per second. */
  readonly slowPerSecondMax: number;
  /** Always: at most this share of the side's signed-in agents is signed out per minute, 0…1, but `lossesMin` may be. */
  readonly logoutShare: number;
}

type GraceCause = Exclude<Cause, 'movedAway' | 'feedLost'>;

/** How one team's losses are treated. All times are milliseconds. */
export interface Policy {
  /** At least one, by rising `afterMs`. */
  readonly stages: readonly [Stage, ...Stage[]];
  /** Where a desktop has to find another server (`movedAway`, `feedLost`) the grace of `serverLost` counts. */
  readonly graceMs: Readonly<Record<GraceCause, number>>;
  /** A loss held longer than this raises an alarm; it stays held. */
  readonly heldMsMax: number;
  /** A held loss is looked at again after this long, whatever else happens. */
  readonly heldLookMs: number;
  /** Time for a request and its outcome. After it, whoever finds the record asks the CTI server. */
  readonly issuingMsMax: number;
  /** After so many rejected requests for one stage an alarm is raised; they go on, at most `retryMsMax` apart. */
  readonly attemptsMax: number;
  /** Wait before the second request; it doubles with each further one, up to `retryMsMax`. */
  readonly retryMs: number;
  /** Give Ready back to an agent who returns and whom we made Not Ready, if nobody has changed the state since. */
  readonly restoreOnReturn: boolean;
  /** For agents who are signed in at the CTI server and of whom no desktop was ever known. */
  readonly withoutDesktop: WithoutDesktopRule;
  readonly massLoss: MassLossPolicy;
}

/** The default of design and manual: one stage, a forced logout with reason 255 after 60 s. */
export const defaultPolicy: Policy = {
  stages: [{ afterMs: 60_000, action: 'logout', reasonCode: 255 }],
  graceMs: { bye: 60_000, lost: 60_000, serverLost: 120_000, withoutDesktop: 120_000, operator: 0 },
  heldMsMax: 30 * 60_000,
  heldLookMs: 15_000,
  issuingMsMax: 45_000,
  attemptsMax: 5,
  retryMs: 2_000,
  restoreOnReturn: false,
  withoutDesktop: 'leave',
  massLoss: {
    windowMs: 30_000,
    lossesMin: 5,
    share: 0.15,
    holdMsMin: 120_000,
    backShare: 0.85,
    holdMsMax: 15 * 60_000,
    slowPerSecondMax: 1,
    logoutShare: 0.15,
  },
};

/** Requests that the CTI server rejects are repeated at least so often. */
export const retryMsMax = 5 * 60_000;

/** Ready is given back within this time of the return, or not at all. */
export const restoreMsMax = 60_000;

const warning: DueStage = { afterMs: 0, action: 'warn', reasonCode: 0 };

/** How long an agent has to come back after a loss of that cause. */
export function graceOf(policy: Policy, cause: Cause): number {
  return policy.graceMs[cause === 'movedAway' || cause === 'feedLost' ? 'serverLost' : cause];
}

/** The first stage of a loss; `isWarned`: nothing but an alarm is wanted. */
export function firstStage(policy: Policy, isWarned: boolean): DueStage {
  return isWarned ? warning : policy.stages[0];
}

/**
 * The stage that follows; undefined: none. The one before may come from another policy, which reached this process later or
 * earlier: where that was Not Ready, and all of this policy's stages are past, its logout is still to come.
 */
export function stageAfter(policy: Policy, done: DueStage): Stage | undefined {
  if (done.action === 'logout') return undefined;
  const { stages } = policy;
  return stages.find(({ afterMs }) => afterMs > done.afterMs) ?? stages.find(({ action }) => action === 'logout');
}

/** When that stage is due for a loss at `lostAt` (epoch ms, store time). */
export function dueAtOf(policy: Policy, cause: Cause, stage: DueStage, lostAt: number): number {
  const afterMs = cause === 'operator' ? 0 : stage.afterMs;
  return lostAt + Math.max(afterMs, graceOf(policy, cause));
}

/** Wait before the next request after so many were rejected. */
export function retryWaitMs(policy: Policy, attempts: number): number {
  return Math.min(policy.retryMs * 2 ** (attempts - 1), Math.max(retryMsMax, policy.retryMs));
}
