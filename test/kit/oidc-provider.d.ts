/** What the tests use of the package oidc-provider, which brings no types. */
declare module 'oidc-provider' {
  import { type RequestListener } from 'node:http';
  import { type JWK } from 'jose';

  interface Context {
    readonly oidc?: { readonly route?: string };
    body: Record<string, unknown>;
  }

  interface Configuration {
    readonly jwks: { readonly keys: readonly JWK[] };
    readonly clients: readonly Readonly<Record<string, unknown>>[];
    readonly ttl: Readonly<Record<string, number>>;
    readonly features: Readonly<Record<string, unknown>>;
    readonly formats: {
      readonly customizers: {
        jwt(context: Context, token: unknown, jwt: { payload: Record<string, unknown> }): { payload: object };
      };
    };
  }

  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    callback(): RequestListener;
  }
}
