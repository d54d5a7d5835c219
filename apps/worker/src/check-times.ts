import { ConfigError } from '#config/config-error';
import { type Policies } from '#config/policy-file';
import { sendWindowMs } from '#engine/engine';

/** Not Ready first, then the logout: each may take a whole request timeout. */
const requestsPerLogoutMax = 2;

/**
 * After `issuingMsMax` somebody else may ask the CTI server what became of a request, so by then its worker must have
 * given up on it.
 * @throws ConfigError naming each policy that leaves a request more time than that.
 */
export function checkTimes(policies: Policies, ctiRequestTimeoutMs: number): void {
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
