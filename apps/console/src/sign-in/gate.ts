import { type Request, type RequestHandler, type Response } from 'express';
import { type Logger } from 'pino';
import { type ConsoleSessions } from '#store/console-sessions';
import { ApiError } from '../api/api-error';
import { type Credentials, isSame, readBasic } from './credentials';
import { mayChange } from './request-origin';
import { type SignInAttempts, type Verdict } from './sign-in-attempts';
import { browserCookie, sessionCookie, type SignedCookies } from './signed-cookies';

/** Where the gate leaves the name of the operator for everything behind it; what a client sends under it is dropped. */
export const operatorHeader = 'x-lastcall-operator';
/** Where it leaves the id of the session. */
const sessionLocal = 'sessionId';
export const signInPath = '/sign-in';
export const signOutPath = '/sign-out';

/** Exact paths that anybody may read: probes, metrics, and what the sign-in page is made of. All else is shut. */
const openPaths: ReadonlySet<string> = new Set([
  '/health/live',
  '/health/ready',
  '/metrics',
  signInPath,
  '/assets/pico.css',
  '/assets/console.css',
  '/assets/favicon.svg',
]);

export interface GateParts {
  /** As in `belowPath`. */
  readonly basePath: string;
  readonly expected: Credentials;
  readonly cookies: SignedCookies;
  readonly attempts: SignInAttempts;
  readonly sessions: Pick<ConsoleSessions, 'begin' | 'openOf' | 'end'>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Who sends a request. */
type Visitor =
  | {
      readonly kind: 'operator';
      readonly name: string;
      readonly signedInBy: 'session' | 'credentials';
      readonly sessionId: string | undefined;
    }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly error: ApiError };

/**
 * Stands before every route, Bull Board's page and API included, since it is the first middleware of the application:
 * what is not named open is shut, also what a later version of a library adds.
 */
export function createGate(parts: GateParts): RequestHandler {
  return (request, response, next) => {
    Reflect.deleteProperty(request.headers, operatorHeader);
    if (openPaths.has(request.path)) {
      next();
      return;
    }
    identify(parts, request)
      .then((visitor) => {
        admit(parts.basePath, visitor, request, response, next);
      })
      .catch(next);
  };
}

function admit(basePath: string, visitor: Visitor, request: Request, response: Response, next: () => void): void {
  switch (visitor.kind) {
    case 'nobody':
      turnAway(basePath, request, response, new ApiError('NOT_SIGNED_IN'));
      return;
    case 'refused':
      turnAway(basePath, request, response, visitor.error);
      return;
    case 'operator': {
      const { method } = request;
      const origin = { method, signedInBy: visitor.signedInBy, ...originOf(request) };
      if (!mayChange(origin)) {
        turnAway(basePath, request, response, new ApiError('FOREIGN_ORIGIN'));
        return;
      }
      request.headers[operatorHeader] = visitor.name;
      response.locals[sessionLocal] = visitor.sessionId;
      next();
    }
  }
}

export function originOf(request: Request): {
  host: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
} {
  return { host: request.get('host'), origin: request.get('origin'), secFetchSite: request.get('sec-fetch-site') };
}

async function identify(parts: GateParts, request: Request): Promise<Visitor> {
  const now = parts.now();
  const session = await parts.cookies.read(sessionCookie, request.headers.cookie, now);
  const state = session === undefined ? 'ended' : await stateOf(parts, session.id, now);
  if (session !== undefined && (state === 'open' || (state === 'unknown' && isWithoutStore(request)))) {
    return { kind: 'operator', name: session.user, signedInBy: 'session', sessionId: session.id };
  }
  if (state === 'unknown' && request.headers.authorization === undefined) {
    return { kind: 'refused', error: new ApiError('STORE_AWAY') };
  }
  if (request.headers.authorization === undefined) return { kind: 'nobody' };
  const verdict = await tryCredentials(parts, request, readBasic(request.headers.authorization));
  return verdict === 'right'
    ? { kind: 'operator', name: parts.expected.user, signedInBy: 'credentials', sessionId: undefined }
    : { kind: 'refused', error: verdict };
}

/** `unknown`: Redis cannot be asked. */
async function stateOf({ sessions, log }: GateParts, id: string, now: Date): Promise<'open' | 'ended' | 'unknown'> {
  try {
    return (await sessions.openOf([id], now.getTime())).has(id) ? 'open' : 'ended';
  } catch (error) {
    log.debug({ err: error }, 'Redis cannot say whether a session is open.');
    return 'unknown';
  }
}

/** What shows and changes nothing, so that a page can say that Redis is away; and a sign-out, which says that it failed. */
function isWithoutStore({ method, path }: Pick<Request, 'method' | 'path'>): boolean {
  const isPage = path === '/' || path.startsWith('/assets/');
  return method === 'GET' ? isPage : isSignOut({ method, path });
}

function isSignOut({ method, path }: Pick<Request, 'method' | 'path'>): boolean {
  return method === 'POST' && path === signOutPath;
}

/** The session that a request belongs to, past the gate; undefined when it brought its own credentials. */
export function sessionIdOf(response: Response): string | undefined {
  const id: unknown = response.locals[sessionLocal];
  return typeof id === 'string' ? id : undefined;
}

/** Compares credentials and counts wrong ones; the same for the form and for HTTP Basic. */
export async function tryCredentials(
  { expected, attempts, cookies, now, log }: GateParts,
  request: Request,
  given: Credentials | undefined,
): Promise<'right' | ApiError> {
  // As trusted proxies name it.
  const address = request.ip ?? '';
  const browser = await cookies.read(browserCookie, request.headers.cookie, now());
  const isRight = given !== undefined && isSame(given, expected);
  const verdict = await attempts.judge({ address, browserId: browser?.id }, isRight);
  switch (verdict.kind) {
    case 'right':
      return 'right';
    case 'wrong':
      log.warn({ address }, 'A sign-in to the console was refused.');
      return new ApiError('CREDENTIALS_WRONG');
    case 'wait':
      return new ApiError('ATTEMPTS_EXHAUSTED', { sentence: waitSentence(verdict) });
  }
}

function waitSentence({ of, waitMs }: Extract<Verdict, { kind: 'wait' }>): string {
  const wait = `wait ${String(Math.ceil(waitMs / 1_000))} s`;
  return of === 'client'
    ? `Too many wrong sign-ins from this address or its network; ${wait}.`
    : `Too many wrong sign-ins from everywhere; ${wait}, or use a browser that has signed in before.`;
}

function turnAway(basePath: string, request: Request, response: Response, error: ApiError): void {
  const wantsPage = (request.get('accept') ?? '').includes('text/html');
  if (error.code === 'NOT_SIGNED_IN' && wantsPage && request.method === 'GET') {
    response.redirect(303, `${basePath}${signInPath}?to=${encodeURIComponent(`${basePath}${request.url}`)}`);
    return;
  }
  // Its session has ended already, which is what was asked for.
  if (error.code === 'NOT_SIGNED_IN' && wantsPage && isSignOut(request)) {
    response.redirect(303, `${basePath}${signInPath}`);
    return;
  }
  if (error.status === 401) {
    // A browser would ask for the password in a window of its own, in the middle of a page that does it better.
    const isPage = request.get('sec-fetch-mode') !== undefined || request.headers.cookie !== undefined;
    response.set('WWW-Authenticate', isPage ? 'Session realm="Lastcall"' : 'Basic realm="Lastcall", charset="UTF-8"');
  }
  response.status(error.status).json(error.body);
}
