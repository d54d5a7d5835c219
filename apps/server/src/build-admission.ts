import { type Config } from '#config/table';
import { Admission } from '#presence/admission';
import { type AgentIdsAsked } from '#presence/agent-ids';
import { AgentTokens } from '#presence/agent-tokens';
import { DesktopTokens } from '#presence/desktop-token';
import { OidcProvider } from '#presence/oidc-provider';
import { OidcTokens } from '#presence/oidc-tokens';
import { type RedisConnection } from '#store/connection';
import { OneTimeKeys } from '#store/one-time';
import { type Logger } from 'pino';

export interface AdmissionSet {
  /** Null without OIDC_ISSUER. */
  readonly oidcTokens: OidcTokens | null;
  /** Where their keys come from. */
  readonly oidcProvider: OidcProvider | null;
  readonly admission: Admission;
}

/** Who may open a desktop here: our own tokens, those of the OpenID provider if there is one, and tickets. */
export function buildAdmission(
  config: Config<'server'>,
  redis: RedisConnection,
  { ids, log }: { readonly ids: AgentIdsAsked; readonly log: Logger },
): AdmissionSet {
  const { ctiPeripheralId: peripheralId, oidcAudience: audience, oidcAgentClaim: agentClaim } = config;
  const now = (): number => Date.now();
  const oidcProvider = buildProvider(config, log);
  const oidcTokens =
    oidcProvider === null ? null : new OidcTokens({ provider: oidcProvider, audience, agentClaim, now });
  const own = new DesktopTokens(config.desktopTokenSecret, peripheralId, now);
  const admission = new Admission({
    tokens: new AgentTokens(own, oidcTokens),
    ids,
    once: new OneTimeKeys(redis, { peripheralId }),
    now,
    monotonicMs: () => performance.now(),
  });
  return { oidcTokens, oidcProvider, admission };
}

function buildProvider(
  { oidcIssuer: issuer, oidcKeysOrigins: keysOrigins }: Config<'server'>,
  log: Logger,
): OidcProvider | null {
  if (issuer === undefined) return null;
  return new OidcProvider({
    issuer,
    keysOrigins,
    log,
    monotonicMs: () => performance.now(),
    fetch: (url, init) => fetch(url, init),
  });
}
