import { type Request, type Response, Router, urlencoded } from 'express';
import { ApiError } from '../api/api-error';
import { type GateParts, originOf, sessionIdOf, signInPath, signOutPath, tryCredentials } from './gate';
import { mayChange } from './request-origin';
import { pathAfterSignIn, signInPage, signOutFailedPage } from './sign-in-page';
import { browserCookie, newCookieId, sessionCookie } from './signed-cookies';

const formBytesMax = 8_192;

const storeAwaySentence =
  'Redis cannot be reached, so nobody can sign in to the console. Desktops stay connected meanwhile, and no agent is signed out.';

/** `GET /sign-in` shows the form, `POST /sign-in` begins a session, `POST /sign-out` ends it. */
export function signInRoutes(parts: GateParts): Router {
  const router = Router();
  router.get(signInPath, (request, response) => {
    show(response, 200, undefined, pathAfterSignIn(request.query['to'], parts.basePath));
  });
  router.post(signInPath, urlencoded({ extended: false, limit: formBytesMax }), (request, response, next) => {
    signIn(parts, request, response).catch(next);
  });
  router.post(signOutPath, (request, response, next) => {
    signOut(parts, request, response).catch(next);
  });
  return router;
}

async function signIn(parts: GateParts, request: Request, response: Response): Promise<void> {
  const form = formOf(request.body);
  const to = pathAfterSignIn(form['to'], parts.basePath);
  // Somebody else's page must not sign an operator in under a name of its choice either.
  if (!mayChange({ method: request.method, signedInBy: 'credentials', ...originOf(request) })) {
    show(response, 403, new ApiError('FOREIGN_ORIGIN').message, to);
    return;
  }
  const given = { user: textOf(form['user']), password: textOf(form['password']) };
  const verdict = await tryCredentials(parts, request, given);
  if (verdict !== 'right') {
    show(response, verdict.status, verdict.message, to);
    return;
  }
  const cookies = await beginSession(parts, request);
  if (cookies === undefined) {
    show(response, 503, storeAwaySentence, to);
    return;
  }
  parts.log.info({ operator: given.user, address: request.ip }, 'An operator signed in.');
  response.set('Set-Cookie', cookies);
  response.redirect(303, to);
}

/**
 * Cookies of a session, and of what the browser is known by from now on; one that is known keeps its id. Undefined when Redis
 * cannot keep the session: none could be ended then.
 */
async function beginSession(
  { cookies, sessions, now, log }: GateParts,
  request: Request,
): Promise<string[] | undefined> {
  const begun = now();
  const sessionId = newCookieId();
  const known = await cookies.read(browserCookie, request.headers.cookie, begun);
  try {
    await sessions.begin(sessionId, begun.getTime(), begun.getTime() + sessionCookie.lifeMs);
  } catch (error) {
    log.warn({ err: error }, 'An operator could not be signed in.');
    return undefined;
  }
  const secure = isSecure(request);
  return Promise.all([
    cookies.issue(sessionCookie, sessionId, begun, secure),
    cookies.issue(browserCookie, known?.id ?? newCookieId(), begun, secure),
  ]);
}

/** Ends the session everywhere, or changes nothing and says so: a cookie that was taken away here only might live elsewhere. */
async function signOut(
  { basePath, cookies, sessions, log }: GateParts,
  request: Request,
  response: Response,
): Promise<void> {
  const sessionId = sessionIdOf(response);
  try {
    if (sessionId !== undefined) await sessions.end(sessionId);
  } catch (error) {
    log.warn({ err: error }, 'An operator could not be signed out.');
    response.status(503).type('html').send(signOutFailedPage());
    return;
  }
  response.set('Set-Cookie', cookies.forget(sessionCookie, isSecure(request)));
  response.redirect(303, `${basePath}${signInPath}`);
}

function show(response: Response, status: number, fault: string | undefined, to: string): void {
  response.status(status).type('html').send(signInPage(fault, to));
}

/** TLS ends at a proxy. A forged header only makes the forger's own cookie stricter. */
function isSecure(request: Request): boolean {
  return request.secure || request.get('x-forwarded-proto') === 'https';
}

function formOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
