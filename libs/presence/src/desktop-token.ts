import { errors, jwtVerify } from 'jose';
import { isAgentName, notAnAgentName } from '#domain/agent-id';

/** Who may open a desktop, as a token says it. */
export type TokenVerdict =
  | {
      readonly kind: 'agent';
      readonly agentId: string;
      /** Seconds since 1970. */
      readonly expiresAtS: number;
      /** The token's own id (`jti`), where it has one. */
      readonly tokenId: string | undefined;
    }
  /** `sentence` names what is wrong and never repeats the token. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** HS256 and nothing else: a token that chooses its own algorithm (`none`, a public key as secret) is refused. */
const algorithms = ['HS256'];

/** Clocks of the issuer and this server may differ by so much at the edge of `exp`. */
export const tokenClockToleranceS = 5;

/** JWTs of ours are some 200 characters; the limit keeps a stranger from making us verify megabytes. */
const tokenLengthMax = 4_096;

/**
 * Checks desktops' tokens: JWT `{ sub: agentId, peripheralId, exp }`, signed with HS256. The agent is taken from the
 * token and from nowhere else.
 */
export class DesktopTokens {
  private readonly key: Uint8Array;

  constructor(
    secret: string,
    private readonly peripheralId: number,
    /** Epoch ms. */
    private readonly now: () => number,
  ) {
    this.key = new TextEncoder().encode(secret);
  }

  async check(token: string | null): Promise<TokenVerdict> {
    if (token === null || token === '') return refused('the token is missing');
    if (token.length > tokenLengthMax) return refused('the token is too long');
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: tokenClockToleranceS,
        currentDate: new Date(this.now()),
      });
      if (!isAgentName(payload.sub)) return refused(`sub ${notAnAgentName}`);
      if (!isTokenId(payload.jti)) return refused(notATokenId);
      if (payload['peripheralId'] !== this.peripheralId) return refused('peripheralId is not that of this server');
      return { kind: 'agent', agentId: payload.sub, expiresAtS: payload.exp ?? 0, tokenId: payload.jti };
    } catch (error) {
      if (error instanceof errors.JOSEError) return refused(sentenceOf(error));
      throw error;
    }
  }
}

/**
 * jose looks at no claim that it is not asked for, and a signed token can hold anything. An id that is no text would be none,
 * and a token that was meant for one desktop would open any number.
 */
export function isTokenId(jti: unknown): jti is string | undefined {
  return jti === undefined || typeof jti === 'string';
}

export const notATokenId = 'jti is not text';

function sentenceOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm of the token is not HS256';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the claim ${error.claim} of the token is not acceptable`;
  return 'the token is not a signed JWT';
}

function refused(sentence: string): TokenVerdict {
  return { kind: 'refused', sentence };
}
