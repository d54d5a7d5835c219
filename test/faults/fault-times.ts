import { type SiteTimes } from '../kit/site/site-times';
import { type OracleRules, usualRules } from '../sim/oracle-rules';

/** The times of a site under faults; rows give their own as multiples of these. All in milliseconds. */
export interface FaultTimes extends SiteTimes {
  /** How late a ghost may be signed out beyond its times (I3). */
  readonly epsilonMs: number;
  readonly massLoss: MassLossTimes;
}

interface MassLossTimes {
  readonly windowMs: number;
  readonly holdMsMin: number;
  readonly holdMsMax: number;
  readonly slowPerSecondMax: number;
}

/** As documented for operators. */
export const realTimes: FaultTimes = {
  graceMs: 60_000,
  graceServerLostMs: 120_000,
  detectionMs: 25_000,
  leaseMs: 15_000,
  sweepMs: 15_000,
  requestTimeoutMs: 20_000,
  issuingMsMax: 45_000,
  retryMs: 2_000,
  heldLookMs: 15_000,
  epsilonMs: usualRules.epsilonMs,
  massLoss: { windowMs: 30_000, holdMsMin: 120_000, holdMsMax: 15 * 60_000, slowPerSecondMax: 1 },
};

/** Everything scaled down, the order of the times kept; the desktops' one busy process must not look like silence. */
export const scaledTimes: FaultTimes = {
  graceMs: 1_500,
  graceServerLostMs: 3_000,
  detectionMs: 2_500,
  leaseMs: 3_000,
  sweepMs: 500,
  requestTimeoutMs: 2_000,
  issuingMsMax: 6_000,
  retryMs: 300,
  heldLookMs: 1_000,
  // Where thirty processes wait for two processors, a last look is not answered in its 400 ms and the loss is held, rightly.
  epsilonMs: 5_000,
  massLoss: { windowMs: 2_000, holdMsMin: 4_000, holdMsMax: 8_000, slowPerSecondMax: 5 },
};

/** A mass loss is a row of its own; everywhere else any number of agents may be lost at once. */
export const manyLosses = 100_000;
export const requestsPerSecondMax = 1_000;

export const massLossRule = { lossesMin: 5, share: 0.15, backShare: 0.85 } as const;

/** What the policy says of mass losses. */
export function massLossOf({ massLoss }: FaultTimes, protectsSides: boolean): object {
  return protectsSides ? { ...massLossRule, ...massLoss, logoutShare: 1 } : { lossesMin: manyLosses };
}

/** What the oracle holds the site to. */
export function rulesOf(times: FaultTimes, protectsSides: boolean): OracleRules {
  const { graceMs, graceServerLostMs, detectionMs, leaseMs, sweepMs, epsilonMs, massLoss } = times;
  const { holdMsMin, holdMsMax, slowPerSecondMax } = massLoss;
  return {
    ...usualRules,
    ...{ graceMs, graceServerLostMs, detectionMs, leaseMs, sweepMs, epsilonMs },
    perSecondMax: requestsPerSecondMax,
    massLoss: protectsSides
      ? { lossesMin: massLossRule.lossesMin, share: 1, holdMsMin, holdMsMax, slowPerSecondMax }
      : { lossesMin: manyLosses, share: 1, holdMsMin, holdMsMax, slowPerSecondMax },
  };
}
