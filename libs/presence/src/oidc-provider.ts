import { createRemoteJWKSet, customFetch, type FetchImplementation } from 'jose';
import { type Logger } from 'pino';

/**
 * One OpenID provider: its discovery document and its keys, asked for ahead of need and kept.
 *
 * It is unread until its keys were had for the first time. From then on it is usable: its keys are renewed every ten
 * minutes, and at once when a token names one that is not among them. A renewal that fails changes nothing, so a provider
 * that is away for a moment keeps nobody out whose token is signed with a key that is known. After `keysKeptMsMax` without
 * one it is unusable, since a key that it has withdrawn would count for ever. Addresses that stand in a token (`jku`,
 * `x5u`) are never looked at.
 */

export interface OidcProviderOptions {
  /** As in the tokens' `iss`, without a trailing slash; the provider's own may have one. */
  readonly issuer: string;
  /** Other origins than the issuer's that its keys may come from. */
  readonly keysOrigins: readonly string[];
  readonly monotonicMs: () => number;
  readonly fetch: FetchImplementation;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** What a token is held against. */
export interface OidcKeys {
  /** Whom `iss` may name: the provider, and what AD FS calls itself in access tokens. */
  readonly issuers: readonly string[];
  readonly keys: KeySet;
}

export const renewalMs = 600_000;
/** After a failure, and never sooner: outsiders can send tokens that make us ask. */
export const retryMs = 2_000;
/** A shift: agents who are in stay in; whoever can keep us from the provider gains no more than that from an old key. */
export const keysKeptMsMax = 12 * 3_600_000;
/** After which a client is to ask again about a token that could not be judged (s): the provider was asked again by then. */
export const judgedAgainS = 5;
const fetchMsMax = 5_000;
const documentBytesMax = 262_144;
/** A token with an unknown `kid` has the keys fetched again, so often and no more: anybody can send one. */
const keysCooldownMs = 10_000;

type KeySet = ReturnType<typeof createRemoteJWKSet>;

interface Read extends OidcKeys {
  readonly keysAt: string;
}

export class OidcProvider {
  private known: Read | undefined;
  private readAtMs = -Infinity;
  private failedAtMs = -Infinity;
  private fault: OidcFault | undefined = new OidcFault('UNREAD', 'it has not been asked yet');
  /** Of the keys alone, which tokens make us ask for. */
  private lastFault: { readonly atMs: number; readonly fault: OidcFault } | undefined;
  private underWay: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: OidcProviderOptions) {}

  /** Why the provider did not give its keys when it was asked last; undefined while it does. */
  get trouble(): OidcFault | undefined {
    return this.fault;
  }

  /** Whether tokens can be judged all the same, by keys that were had before. */
  get isUsable(): boolean {
    return this.current !== undefined;
  }

  /** Asks for the keys, and again and again. */
  start(): void {
    this.look();
    this.timer = setInterval(this.look.bind(this), retryMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Renews what is old, and tries again what failed. */
  look(): void {
    const isDue = this.fault !== undefined || this.options.monotonicMs() - this.readAtMs >= renewalMs;
    // What goes wrong is said, and the next look tries again.
    if (isDue) this.renew().catch(() => undefined);
  }

  /** Rejects with an OidcFault when there are none that count. */
  async keys(): Promise<OidcKeys> {
    if (this.current === undefined && this.options.monotonicMs() - this.failedAtMs >= retryMs) await this.renew();
    if (this.current !== undefined) return this.current;
    throw this.fault ?? new OidcFault('UNREAD', 'its keys are too old');
  }

  private get current(): Read | undefined {
    return this.options.monotonicMs() - this.readAtMs < keysKeptMsMax ? this.known : undefined;
  }

  /** Asks for discovery and keys now. Rejects with an OidcFault; keys that were known still count. */
  renew(): Promise<void> {
    this.underWay ??= this.read().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async read(): Promise<void> {
    try {
      const { issuers, keysAt } = await this.discover();
      const keys = keysAt === this.known?.keysAt ? this.known.keys : this.keySet(keysAt);
      await this.reload(keys);
      this.known = { issuers, keysAt, keys };
      this.readAtMs = this.options.monotonicMs();
      this.say(undefined);
    } catch (error) {
      this.failedAtMs = this.options.monotonicMs();
      const fault = faultOf(error);
      this.say(fault);
      throw fault;
    }
  }

  /** One line for each trouble, and one when it is over. */
  private say(fault: OidcFault | undefined): void {
    const { issuer, log } = this.options;
    const before = this.fault;
    this.fault = fault;
    if (fault === undefined) {
      if (before !== undefined) log.info({ issuer }, 'the OpenID provider gives its keys');
    } else if (before?.message !== fault.message) {
      const line = 'the OpenID provider cannot be used; tokens that its known keys have not signed cannot be judged';
      log.warn({ issuer, code: fault.code, why: fault.message, isUsable: this.isUsable }, line);
    }
  }

  private async discover(): Promise<{ issuers: readonly string[]; keysAt: string }> {
    const { issuer: configured, keysOrigins } = this.options;
    const document = await this.fetchDocument(`${configured}/.well-known/openid-configuration`);
    const { issuer, access_token_issuer: accessTokenIssuer, jwks_uri: keysAt } = document;
    if (typeof issuer !== 'string' || issuer.replace(/\/$/, '') !== configured) {
      const named = typeof issuer === 'string' ? issuer.slice(0, 200) : 'none';
      throw new OidcFault(
        'WRONG_ISSUER',
        `its discovery document names another issuer (${named}): OIDC_ISSUER must be that`,
      );
    }
    if (typeof keysAt !== 'string' || !URL.canParse(keysAt)) {
      throw new OidcFault('NO_KEYS', 'its discovery document names no address of keys (jwks_uri)');
    }
    // Whoever could name a foreign address of keys could sign everybody's tokens.
    const { origin } = new URL(keysAt);
    if (origin !== new URL(configured).origin && !keysOrigins.includes(origin)) {
      const sentence = `its keys are at ${origin}, which is neither the issuer's origin nor one of OIDC_KEYS_ORIGINS`;
      throw new OidcFault('FOREIGN_KEYS', sentence);
    }
    const issuers = [issuer, ...(typeof accessTokenIssuer === 'string' ? [accessTokenIssuer] : [])];
    return { issuers, keysAt };
  }

  private keySet(keysAt: string): KeySet {
    return createRemoteJWKSet(new URL(keysAt), {
      timeoutDuration: fetchMsMax,
      cooldownDuration: keysCooldownMs,
      // How long they count is decided here: the library would drop them when they are old and the provider is away.
      cacheMaxAge: Infinity,
      [customFetch]: (url, init) => this.fetchKeys(url, init),
    });
  }

  private async reload(keys: KeySet): Promise<void> {
    await keys.reload();
    if (keys.jwks()?.keys.length === 0) throw new OidcFault('NO_KEYS', 'it has no keys');
  }

  private async fetchKeys(...[url, init]: Parameters<FetchImplementation>): Promise<Response> {
    const { monotonicMs } = this.options;
    const { lastFault } = this;
    if (lastFault !== undefined && monotonicMs() - lastFault.atMs < retryMs) throw lastFault.fault;
    try {
      const answer = await this.answer(url, init);
      this.lastFault = undefined;
      return answer;
    } catch (error) {
      const fault = faultOf(error);
      this.lastFault = { atMs: monotonicMs(), fault };
      this.say(fault);
      throw fault;
    }
  }

  private async fetchDocument(url: string): Promise<Record<string, unknown>> {
    const headers = new Headers({ accept: 'application/json' });
    const signal = AbortSignal.timeout(fetchMsMax);
    const response = await this.answer(url, { headers, method: 'GET', redirect: 'manual', signal });
    const document: unknown = await response.json().catch(() => null);
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>;
    throw new OidcFault('NO_JSON', `what it answers at ${url} is no JSON`);
  }

  /** An answer of 200 that is not too large, with its body read. @throws OidcFault */
  private async answer(...[url, init]: Parameters<FetchImplementation>): Promise<Response> {
    const response = await this.options.fetch(url, init).catch((error: unknown) => {
      throw new OidcFault('NO_ANSWER', `it does not answer at ${url} (${wordsOf(error)})`);
    });
    if (response.status !== 200) {
      throw new OidcFault('NO_DOCUMENT', `it answers ${String(response.status)} at ${url}`);
    }
    const text = await response.text().catch((error: unknown) => {
      throw new OidcFault('NO_ANSWER', `its answer at ${url} broke off (${wordsOf(error)})`);
    });
    if (text.length > documentBytesMax) throw new OidcFault('TOO_LARGE', `what it answers at ${url} is too large`);
    return new Response(text, { status: 200 });
  }
}

export type OidcFaultCode =
  | 'UNREAD'
  | 'WRONG_ISSUER'
  | 'FOREIGN_KEYS'
  | 'NO_KEYS'
  | 'KEYS_UNREADABLE'
  | 'NO_JSON'
  | 'TOO_LARGE'
  | 'NO_DOCUMENT'
  | 'NO_ANSWER';

/** Why nothing can be said of a token; `message` says it of the provider. */
export class OidcFault extends Error {
  constructor(
    readonly code: OidcFaultCode,
    sentence: string,
  ) {
    super(sentence);
    this.name = 'OidcFault';
  }
}

function faultOf(error: unknown): OidcFault {
  return error instanceof OidcFault ? error : new OidcFault('KEYS_UNREADABLE', `its keys are none (${wordsOf(error)})`);
}

/** The system's code where there is one (ECONNREFUSED), else the kind of error. */
function wordsOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  for (const one of [cause, error]) {
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
