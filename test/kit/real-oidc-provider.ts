import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type Provider from 'oidc-provider';

const audience = 'lastcall';
const resource = 'urn:lastcall';
const client = { id: 'desktops', secret: 'secret of the desktops' };
const lifetimeS = 3_600;

export interface RealProviderOptions {
  /** The keys are at another port than the issuer, and so at another origin. Default false. */
  readonly keysElsewhere?: boolean;
  /** `access_token_issuer` of the discovery document and `iss` of the tokens, as AD FS has them. */
  readonly accessTokenIssuer?: string;
}

/**
 * The OpenID provider of the package oidc-provider on loopback. It gives access tokens (JWT) to a client of its own; the
 * claim `agent` is what the test says, of whatever type.
 */
export class RealOidcProvider {
  private claim: unknown;

  private constructor(
    readonly issuer: string,
    /** The origin of `jwks_uri`. */
    readonly keysOrigin: string,
    private readonly servers: readonly Server[],
  ) {}

  static async start({
    keysElsewhere = false,
    accessTokenIssuer,
  }: RealProviderOptions = {}): Promise<RealOidcProvider> {
    const provided: { listener?: RequestListener } = {};
    const serve = (): Promise<Server> => serving((request, response) => provided.listener?.(request, response));
    const own = await serve();
    const keys = keysElsewhere ? await serve() : own;
    const made = new RealOidcProvider(originOf(own), originOf(keys), [...new Set([own, keys])]);
    const provider = await made.build(accessTokenIssuer);
    provider.use(async (context, next) => {
      await next();
      if (context.oidc?.route !== 'discovery') return;
      context.body['jwks_uri'] = `${made.keysOrigin}/jwks`;
      if (accessTokenIssuer !== undefined) context.body['access_token_issuer'] = accessTokenIssuer;
    });
    provided.listener = provider.callback();
    return made;
  }

  /** An access token as the provider signs it. */
  async token(claim: unknown): Promise<string> {
    this.claim = claim;
    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.id}:${encodeURIComponent(client.secret)}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
    });
    const body = (await answer.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`the provider gives no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** It does not answer any more, as a machine that is gone. */
  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private async build(accessTokenIssuer: string | undefined): Promise<Provider> {
    const { default: RealProvider } = await import('oidc-provider');
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const server = { scope: '', audience, accessTokenFormat: 'jwt', accessTokenTTL: lifetimeS };
    return new RealProvider(this.issuer, {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'key-1' }] },
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      ttl: { ClientCredentials: lifetimeS },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({ ...server, jwt: { sign: { alg: 'RS256' } } }),
        },
      },
      formats: {
        customizers: {
          jwt: (_context, _token, jwt) => {
            jwt.payload['agent'] = this.claim;
            if (accessTokenIssuer !== undefined) jwt.payload['iss'] = accessTokenIssuer;
            return jwt;
          },
        },
      },
    });
  }
}

async function serving(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
