import { decodeProtectedHeader } from 'jose';
import { type DesktopTokens, type TokenVerdict } from './desktop-token';
import { type OidcTokens } from './oidc-tokens';

export type AgentVerdict =
  | TokenVerdict
  /** Nothing can be said of the token for now, here or on the other side: the OpenID provider is away. */
  | { readonly kind: 'unjudged'; readonly sentence: string };

/**
 * Tokens of both kinds. The algorithm that a token names chooses who judges it, and nothing more: each judge has its own
 * key and its own list of algorithms, so a token signed with HS256 is never held against a public key.
 */
export class AgentTokens {
  constructor(
    private readonly own: Pick<DesktopTokens, 'check'>,
    /** Null without OIDC_ISSUER. */
    private readonly oidc: Pick<OidcTokens, 'check'> | null,
  ) {}

  check(token: string | null): Promise<AgentVerdict> {
    if (this.oidc === null || token === null || algorithmOf(token) === 'HS256') return this.own.check(token);
    return this.oidc.check(token);
  }
}

/** As the token claims. What has no header that can be read is nobody's; the judge of our own tokens says so. */
function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? '';
  } catch {
    return 'HS256';
  }
}
