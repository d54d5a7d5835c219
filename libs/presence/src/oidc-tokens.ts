import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTPayload, jwtVerify } from 'jose';
import { isAgentId, notAnAgentId } from '#domain/agent-id';
import { isTokenId, notATokenId, tokenClockToleranceS } from './desktop-token';

/** Who a token of the OpenID provider stands for. */
export type OidcVerdict =
  | {
      readonly kind: 'agent';
      readonly agentId: string;
      /** Seconds since 1970. */
      readonly expiresAtS: number;
      /** The token's own id (`jti`), where it has one. */
      readonly tokenId: string | undefined;
    }
  /** `sentence` names what is wrong and never repeats the token. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** The provider's keys cannot be had, so nothing can be said of the token. */
  | { readonly kind: 'unavailable'; readonly sentence: string };

export interface OidcOptions {
  /** As in the tokens' `iss`, without a trailing slash; the provider's own may have one. */
  readonly issuer: string;
  readonly audience: string;
  /** The claim that holds the agent's id. */
  readonly agentClaim: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly fetch: FetchImplementation;
}

/**
 * Signatures by a key pair, and nothing else. `none` proves nothing, and with HS256 the provider's public key, which
 * everybody has, would be the secret.
 */
export const oidcAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

/** Access tokens with groups in them reach a few kilobytes; Node refuses more than 16 of headers. */
export const oidcTokenLengthMax = 8_192;

/** The provider is asked again for its address of keys after this long, and after a failure at the earliest after that. */
const discoveryKeptMs = 3_600_000;
const discoveryRetryMs = 2_000;
const fetchMsMax = 5_000;
const discoveryBytesMax = 65_536;

/** A token with an unknown `kid` has the keys fetched anew, so often and no more: anybody can send one. */
const keysCooldownMs = 10_000;
const keysKeptMs = 600_000;

type KeySet = ReturnType<typeof createRemoteJWKSet>;

interface Discovered {
  readonly issuer: string;
  readonly keys: KeySet;
}

/** Verifies JWTs against one OpenID provider. Addresses that stand in a token (`jku`, `x5u`) are never looked at. */
export class OidcTokens {
  private discovered: { readonly promise: Promise<Discovered>; readonly until: number } | undefined;

  constructor(private readonly options: OidcOptions) {}

  async check(token: string): Promise<OidcVerdict> {
    if (token.length > oidcTokenLengthMax) return refused('the token is too long');
    const { agentClaim, audience, now } = this.options;
    try {
      const { issuer, keys } = await this.discover();
      const { payload } = await jwtVerify(token, keys, {
        algorithms: oidcAlgorithms,
        issuer,
        audience,
        requiredClaims: ['exp', agentClaim],
        clockTolerance: tokenClockToleranceS,
        currentDate: new Date(now()),
      });
      return this.agentOf(payload);
    } catch (error) {
      if (error instanceof ProviderAway || isKeysAway(error)) {
        return { kind: 'unavailable', sentence: `the OpenID provider does not give its keys (${codeOf(error)})` };
      }
      if (error instanceof errors.JOSEError) return refused(sentenceOf(error));
      throw error;
    }
  }

  private agentOf(payload: JWTPayload): OidcVerdict {
    const { agentClaim } = this.options;
    const agentId = payload[agentClaim];
    if (!isAgentId(agentId)) return refused(`${agentClaim} ${notAnAgentId}`);
    if (!isTokenId(payload.jti)) return refused(notATokenId);
    return { kind: 'agent', agentId, expiresAtS: payload.exp ?? 0, tokenId: payload.jti };
  }

  private discover(): Promise<Discovered> {
    const nowMs = this.options.now();
    if (this.discovered !== undefined && nowMs < this.discovered.until) return this.discovered.promise;
    const promise = this.readProvider();
    this.discovered = { promise, until: nowMs + discoveryKeptMs };
    promise.catch(() => {
      this.discovered = { promise, until: this.options.now() + discoveryRetryMs };
    });
    return promise;
  }

  private async readProvider(): Promise<Discovered> {
    const { issuer: configured, fetch } = this.options;
    const document = await this.fetchDocument(`${configured}/.well-known/openid-configuration`);
    const issuer: unknown = document['issuer'];
    if (typeof issuer !== 'string' || issuer.replace(/\/$/, '') !== configured) throw new ProviderAway('WRONG_ISSUER');
    const keysAt: unknown = document['jwks_uri'];
    // Whoever could name a foreign address of keys could sign everybody's tokens.
    if (typeof keysAt !== 'string' || !URL.canParse(keysAt) || new URL(keysAt).origin !== new URL(configured).origin) {
      throw new ProviderAway('FOREIGN_KEYS');
    }
    const keys = createRemoteJWKSet(new URL(keysAt), {
      timeoutDuration: fetchMsMax,
      cooldownDuration: keysCooldownMs,
      cacheMaxAge: keysKeptMs,
      [customFetch]: fetch,
    });
    return { issuer, keys };
  }

  private async fetchDocument(url: string): Promise<Record<string, unknown>> {
    try {
      const response = await this.options.fetch(url, {
        headers: new Headers({ accept: 'application/json' }),
        method: 'GET',
        redirect: 'manual',
        signal: AbortSignal.timeout(fetchMsMax),
      });
      if (response.status !== 200) throw new ProviderAway(`HTTP_${String(response.status)}`);
      const text = await response.text();
      if (text.length > discoveryBytesMax) throw new ProviderAway('TOO_LARGE');
      const document: unknown = JSON.parse(text);
      if (typeof document !== 'object' || document === null) throw new ProviderAway('NO_JSON');
      return document as Record<string, unknown>;
    } catch (error) {
      throw error instanceof ProviderAway ? error : new ProviderAway('NO_ANSWER');
    }
  }
}

class ProviderAway extends Error {
  constructor(readonly code: string) {
    super(`the OpenID provider cannot be used: ${code}`);
    this.name = 'ProviderAway';
  }
}

/** jose has no class of its own for an answer that is not 200, nor for a network that fails. */
function isKeysAway(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  return error instanceof errors.JOSEError ? error.code === 'ERR_JOSE_GENERIC' : error instanceof TypeError;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'NO_ANSWER';
}

function sentenceOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'the algorithm of the token is not one of those that are allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the provider has no key of that name';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the claim ${error.claim} of the token is not acceptable`;
  }
  return 'the token is not a signed JWT';
}

function refused(sentence: string): OidcVerdict {
  return { kind: 'refused', sentence };
}
