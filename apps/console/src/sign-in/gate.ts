import { type Request, type RequestHandler, type Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { type Logger } from 'pino';
import { ApiError } from '../api/api-error';
import { type Credentials, isSame, readBasic } from './credentials';
import { mayChange } from './request-origin';
import { type SessionCookies } from './session-cookie';
import { type SignInAttempts } from './sign-in-attempts';

/** Where the gate leaves the name of the operator for everything behind it; what a client sends under it is dropped. */
export const operatorHeader = 'x-lastcall-operator';
export const signInPath = '/sign-in';

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
  readonly cookies: SessionCookies;
  readonly attempts: SignInAttempts;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Who sends a request. */
type Visitor =
  | { readonly kind: 'operator'; readonly name: string; readonly signedInBy: 'session' | 'credentials' }
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
  const name = await parts.cookies.read(request.headers.cookie, now);
  if (name !== undefined) return { kind: 'operator', name, signedInBy: 'session' };
  if (request.headers.authorization === undefined) return { kind: 'nobody' };
  const verdict = tryCredentials(parts, request, readBasic(request.headers.authorization));
  return verdict === 'right'
    ? { kind: 'operator', name: parts.expected.user, signedInBy: 'credentials' }
    : { kind: 'refused', error: verdict };
}

/** Compares credentials and counts wrong ones; the same for the form and for HTTP Basic. */
export function tryCredentials(
  { expected, attempts, log }: GateParts,
  request: Request,
  given: Credentials | undefined,
): 'right' | ApiError {
  // As trusted proxies name it; of IPv6 its network counts, since a client has all addresses of it.
  const address = request.ip ?? '';
  const network = ipKeyGenerator(address);
  const waitMs = attempts.waitMs(network);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1_000);
    return new ApiError('ATTEMPTS_EXHAUSTED', {
      sentence: `Too many wrong sign-ins from this address; wait ${String(seconds)} s.`,
    });
  }
  if (given === undefined || !isSame(given, expected)) {
    attempts.failed(network);
    log.warn({ address }, 'A sign-in to the console was refused.');
    return new ApiError('CREDENTIALS_WRONG');
  }
  attempts.succeeded(network);
  return 'right';
}

function turnAway(basePath: string, request: Request, response: Response, error: ApiError): void {
  const wantsPage = request.method === 'GET' && (request.get('accept') ?? '').includes('text/html');
  if (error.code === 'NOT_SIGNED_IN' && wantsPage) {
    response.redirect(303, `${basePath}${signInPath}?to=${encodeURIComponent(`${basePath}${request.url}`)}`);
    return;
  }
  if (error.status === 401) {
    // A browser would ask for the password in a window of its own, in the middle of a page that does it better.
    const isPage = request.get('sec-fetch-mode') !== undefined || request.headers.cookie !== undefined;
    response.set('WWW-Authenticate', isPage ? 'Session realm="Lastcall"' : 'Basic realm="Lastcall", charset="UTF-8"');
  }
  response.status(error.status).json(error.body);
}
