import { type Environment } from '../app';
import { type SiteOptions } from './site-options';

type PolicyOptions = Pick<SiteOptions, 'massLoss' | 'policy' | 'teams' | 'agents'>;

/** Times of a site, all in milliseconds. */
export interface SiteTimes {
  readonly graceMs: number;
  readonly graceServerLostMs: number;
  readonly detectionMs: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly requestTimeoutMs: number;
  /** How long a request may be under way before somebody else may ask what became of it: two request timeouts and 2 s. */
  readonly issuingMsMax: number;
  readonly retryMs: number;
  readonly heldLookMs: number;
}

/**
 * Of a site whose test does not say otherwise. What ends when nobody renews or answers it (desktops, leases, requests) lasts
 * for a process that gets no processor for two seconds: pings come every 0.4 of the time of detection, leases are
 * renewed every third of theirs. What every test waits for (grace, sweep, looks) is short. A test that waits for the
 * end of one of the others makes that one shorter for itself.
 */
export const siteTimes: SiteTimes = {
  graceMs: 1_500,
  graceServerLostMs: 3_000,
  detectionMs: 5_000,
  leaseMs: 5_000,
  sweepMs: 500,
  requestTimeoutMs: 10_000,
  issuingMsMax: 22_000,
  retryMs: 300,
  heldLookMs: 1_000,
};

/** So many losses are no mass loss: everywhere but where it is what a test is about. */
const noMassLoss = { lossesMin: 100_000 };

/** What POLICY_FILE says. */
export function policyOf(
  { heldLookMs, issuingMsMax, retryMs }: SiteTimes,
  { massLoss = noMassLoss, policy = {}, teams = {}, agents = {} }: PolicyOptions = {},
): object {
  return { default: { heldLookMs, issuingMsMax, retryMs, massLoss, ...policy }, teams, agents };
}

export function environmentOf(times: SiteTimes): Environment {
  return {
    GRACE_MS: String(times.graceMs),
    GRACE_SERVER_LOST_MS: String(times.graceServerLostMs),
    DETECTION_MS: String(times.detectionMs),
    LEASE_MS: String(times.leaseMs),
    SWEEP_MS: String(times.sweepMs),
    CTI_REQUEST_TIMEOUT_MS: String(times.requestTimeoutMs),
    CTI_BACK_OFF_MS: '200ms',
    CTI_REQUESTS_PER_SECOND_MAX: '1000',
  };
}
