import { ConfigError } from '#config/config-error';
import { type Policies } from '#config/policy-file';
import { sendWindowMs } from '#engine/engine';
import { leaseMsMin } from './link-keeper';

/** Not Ready first, then the logout: each may take a whole request timeout. */
const requestsPerLogoutMax = 2;

/**
 * After `issuingMsMax` somebody else may ask the CTI server what became of a request, so by then its worker must have
 * given up on it; and a lease must be longer than the margin before its end.
 * @throws ConfigError naming LEASE_MS or each policy whose times do not fit.
 */
export function checkTimes(policies: Policies, times: { ctiRequestTimeoutMs: number; leaseMs: number }): void {
  const { ctiRequestTimeoutMs, leaseMs } = times;
  if (leaseMs < leaseMsMin) {
    const tooShort = `is too short for the lease of a CTI link; expected at least ${String(leaseMsMin)} ms`;
    throw new ConfigError('worker', [{ key: 'LEASE_MS', sentence: tooShort }]);
  }
  const neededMs = requestsPerLogoutMax * ctiRequestTimeoutMs + sendWindowMs;
  const named = [['default', policies.default] as const, ...policies.teams];
  const short = named.filter(([, policy]) => policy.issuingMsMax < neededMs);
  if (short.length === 0) return;
  const sentence = `is shorter than a logout may take: ${String(neededMs)} ms with CTI_REQUEST_TIMEOUT_MS as it is`;
  throw new ConfigError(
    'worker',
    short.map(([name]) => ({ key: `${name === 'default' ? name : `teams.${name}`}.issuingMsMax`, sentence })),
  );
}
