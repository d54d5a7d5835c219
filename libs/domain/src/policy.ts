import { type Cause } from './agent';

/** What a forced change asks for. What it becomes is for the CTI server to say (LOAD 0 turns a logout into Not Ready). */
export type Action = 'notReady' | 'logout';

/** One step of a loss. It comes `afterMs` after the loss, but never before the grace of the loss's cause has passed. */
export interface Stage {
  readonly afterMs: number;
  readonly action: Action;
  /** EventReasonCode of the request, 0…65535. 255 is what a Finesse server sends. */
  readonly reasonCode: number;
}

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

/** How one team's losses are treated. All times are milliseconds. */
export interface Policy {
  /** At least one, by rising `afterMs`. */
  readonly stages: readonly [Stage, ...Stage[]];
  /** A desktop that was sent to the other side has the grace of one whose server was lost: both have to move. */
  readonly graceMs: Readonly<Record<Exclude<Cause, 'movedAway'>, number>>;
  /** A loss held longer than this raises an alarm; it stays held. */
  readonly heldMsMax: number;
  /** A held loss is looked at again after this long, whatever else happens. */
  readonly heldLookMs: number;
  /** Time for a request and its outcome. After it, whoever finds the record asks the CTI server. */
  readonly issuingMsMax: number;
  /** Requests for one loss; then the loss has failed and an alarm is raised. */
  readonly attemptsMax: number;
  /** Wait before the second request; it doubles with each further one. */
  readonly retryMs: number;
  /** Give back the state an agent had before a Not Ready stage when the agent returns. */
  readonly restoreOnReturn: boolean;
  readonly massLoss: MassLossPolicy;
}

/** The default of design and manual: one stage, a forced logout with reason 255 after 60 s. */
export const defaultPolicy: Policy = {
  stages: [{ afterMs: 60_000, action: 'logout', reasonCode: 255 }],
  graceMs: { bye: 60_000, lost: 60_000, serverLost: 120_000, operator: 0 },
  heldMsMax: 30 * 60_000,
  heldLookMs: 15_000,
  issuingMsMax: 45_000,
  attemptsMax: 5,
  retryMs: 2_000,
  restoreOnReturn: false,
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

/** How long an agent has to come back after a loss of that cause. */
export function graceOf(policy: Policy, cause: Cause): number {
  return policy.graceMs[cause === 'movedAway' ? 'serverLost' : cause];
}

/** When the stage of that number is due for a loss at `lostAt` (epoch ms, Redis time). */
export function dueAtOf(policy: Policy, cause: Cause, stage: number, lostAt: number): number {
  const afterMs = cause === 'operator' ? 0 : (policy.stages[stage] ?? policy.stages[0]).afterMs;
  return lostAt + Math.max(afterMs, graceOf(policy, cause));
}
