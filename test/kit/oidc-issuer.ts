import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const oidcAudience = 'lastcall';
const lifetimeS = 600;

export interface TokenOptions {
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from now; negative for a token that has expired. */
  readonly expiresInS?: number;
  readonly kid?: string;
  readonly jti?: string;
  /** A key that the issuer does not publish. */
  readonly key?: CryptoKey;
  readonly claims?: JWTPayload;
}

/** An OpenID provider on loopback: a discovery document, a set of keys, and tokens of all sorts. */
export class OidcIssuer {
  /** How often the keys were fetched. */
  keyFetches = 0;
  /** The provider answers 500 while it is set. */
  isDown = false;

  private constructor(
    private readonly server: Server,
    private readonly privateKey: CryptoKey,
    private readonly publicKey: CryptoKey,
  ) {}

  static async start(): Promise<OidcIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' };
    const server = createServer((request, response) => {
      const documents: Record<string, () => object> = {
        '/.well-known/openid-configuration': () => ({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }),
        '/keys': () => {
          issuer.keyFetches += 1;
          return { keys: [jwk] };
        },
      };
      const document = documents[request.url ?? ''];
      if (issuer.isDown || document === undefined) {
        response.writeHead(issuer.isDown ? 500 : 404).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document()));
    });
    const issuer = new OidcIssuer(server, privateKey, publicKey);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** A token for this agent, good in every respect that `options` does not change. */
  token(agentId: string, options: TokenOptions = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000);
    const token = new SignJWT({ sub: agentId, ...options.claims })
      .setProtectedHeader({ alg: 'RS256', kid: options.kid ?? 'key-1' })
      .setIssuer(options.issuer ?? this.url)
      .setAudience(options.audience ?? oidcAudience)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + (options.expiresInS ?? lifetimeS));
    if (options.jti !== undefined) token.setJti(options.jti);
    return token.sign(options.key ?? this.privateKey);
  }

  /** `alg: none`, without a signature. */
  unsigned(agentId: string): string {
    return `${encode({ alg: 'none' })}.${encode(this.payload(agentId))}.`;
  }

  /** HS256 with the public key as the secret: what a verifier that believes the token's `alg` would accept. */
  async confused(agentId: string): Promise<string> {
    const secret = new TextEncoder().encode(await exportSPKI(this.publicKey));
    return new SignJWT(this.payload(agentId)).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(secret);
  }

  /** Signed by a stranger, who brings the address of his keys (`jku`) and a key (`jwk`) along. */
  async withOwnKeys(agentId: string, keysAt: string): Promise<string> {
    const stranger = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(stranger.publicKey)), kid: 'key-1' };
    return new SignJWT(this.payload(agentId))
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1', jku: keysAt, jwk })
      .sign(stranger.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private payload(agentId: string): JWTPayload {
    const exp = Math.floor(Date.now() / 1000) + lifetimeS;
    return { sub: agentId, iss: this.url, aud: oidcAudience, exp };
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
