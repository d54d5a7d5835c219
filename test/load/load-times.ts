import { type FaultTimes } from '../faults/fault-times';

/**
 * Times of a site under load: scaled down like those of the fault table, but 12 000 desktops are pinged as seldom as in
 * production, and everything that must not run out while two cores are busy is longer.
 */
export const crowdTimes: FaultTimes = {
  graceMs: 10_000,
  graceServerLostMs: 20_000,
  detectionMs: 25_000,
  leaseMs: 15_000,
  sweepMs: 2_000,
  requestTimeoutMs: 5_000,
  issuingMsMax: 15_000,
  retryMs: 500,
  heldLookMs: 2_000,
  epsilonMs: 2_000,
  massLoss: { windowMs: 5_000, holdMsMin: 20_000, holdMsMax: 60_000, slowPerSecondMax: 10 },
};

/** For a site that runs for long: short waits, so that each agent goes through many losses. */
export const soakTimes: FaultTimes = {
  ...crowdTimes,
  graceMs: 3_000,
  graceServerLostMs: 8_000,
  detectionMs: 15_000,
  leaseMs: 6_000,
  sweepMs: 1_000,
  massLoss: { windowMs: 2_000, holdMsMin: 8_000, holdMsMax: 16_000, slowPerSecondMax: 10 },
};
