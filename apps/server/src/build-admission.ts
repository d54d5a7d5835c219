import { type Config } from '#config/table';
import { Admission } from '#presence/admission';
import { type AgentIdsAsked } from '#presence/agent-ids';
import { AgentTokens } from '#presence/agent-tokens';
import { DesktopTokens } from '#presence/desktop-token';
import { OidcTokens } from '#presence/oidc-tokens';
import { type RedisConnection } from '#store/connection';
import { OneTimeKeys } from '#store/one-time';

export interface AdmissionSet {
  /** Null without OIDC_ISSUER. */
  readonly oidcTokens: OidcTokens | null;
  readonly admission: Admission;
}

/** Who may open a desktop here: our own tokens, those of the OpenID provider if there is one, and tickets. */
export function buildAdmission(config: Config<'server'>, redis: RedisConnection, ids: AgentIdsAsked): AdmissionSet {
  const { ctiPeripheralId: peripheralId, oidcIssuer, oidcAudience, oidcAgentClaim } = config;
  const now = (): number => Date.now();
  const oidcTokens =
    oidcIssuer === undefined
      ? null
      : new OidcTokens({
          issuer: oidcIssuer,
          audience: oidcAudience,
          agentClaim: oidcAgentClaim,
          now,
          fetch: (url, init) => fetch(url, init),
        });
  const own = new DesktopTokens(config.desktopTokenSecret, peripheralId, now);
  const admission = new Admission({
    tokens: new AgentTokens(own, oidcTokens),
    ids,
    once: new OneTimeKeys(redis, { peripheralId }),
    now,
    monotonicMs: () => performance.now(),
  });
  return { oidcTokens, admission };
}
