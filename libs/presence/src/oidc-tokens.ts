import { errors, type JWTPayload, jwtVerify } from 'jose';
import { isAgentName, notAnAgentName } from '#domain/agent-id';
import { isTokenId, notATokenId, tokenClockToleranceS } from './desktop-token';
import { OidcFault, type OidcProvider } from './oidc-provider';

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
  /** The key that it names cannot be had from the provider now, so nothing can be said of the token, on either side. */
  | { readonly kind: 'unjudged'; readonly sentence: string };

export interface OidcOptions {
  readonly provider: Pick<OidcProvider, 'keys'>;
  readonly audience: string;
  /** The claim that holds the agent's id or login name. */
  readonly agentClaim: string;
  /** Epoch ms. */
  readonly now: () => number;
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

/** Verifies JWTs against one OpenID provider. */
export class OidcTokens {
  constructor(private readonly options: OidcOptions) {}

  async check(token: string): Promise<OidcVerdict> {
    if (token.length > oidcTokenLengthMax) return refused('the token is too long');
    const { provider, agentClaim, audience, now } = this.options;
    try {
      const { issuers, keys } = await provider.keys();
      const { payload } = await jwtVerify(token, keys, {
        algorithms: oidcAlgorithms,
        issuer: [...issuers],
        audience,
        requiredClaims: ['exp', agentClaim],
        clockTolerance: tokenClockToleranceS,
        currentDate: new Date(now()),
      });
      return this.agentOf(payload);
    } catch (error) {
      if (error instanceof OidcFault || isKeysAway(error)) {
        return {
          kind: 'unjudged',
          sentence: `the OpenID provider does not give its keys (${codeOf(error)}), try again`,
        };
      }
      if (error instanceof errors.JOSEError) return refused(sentenceOf(error));
      throw error;
    }
  }

  private agentOf(payload: JWTPayload): OidcVerdict {
    const { agentClaim } = this.options;
    const agentId = nameIn(payload[agentClaim]);
    if (!isAgentName(agentId)) return refused(`${agentClaim} ${notAnAgentName}`);
    if (!isTokenId(payload.jti)) return refused(notATokenId);
    return { kind: 'agent', agentId, expiresAtS: payload.exp ?? 0, tokenId: payload.jti };
  }
}

/** Providers hand a directory's attribute on as it is typed there: a number, or a list although it has one value. */
function nameIn(claim: unknown): unknown {
  if (Array.isArray(claim)) return claim.length === 1 && !Array.isArray(claim[0]) ? nameIn(claim[0]) : undefined;
  return typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
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
