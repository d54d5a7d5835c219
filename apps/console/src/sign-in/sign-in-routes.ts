import { type Request, type Response, Router, urlencoded } from 'express';
import { ApiError } from '../api/api-error';
import { type GateParts, originOf, signInPath, tryCredentials } from './gate';
import { mayChange } from './request-origin';
import { pathAfterSignIn, signInPage } from './sign-in-page';
import { browserCookie, forgetCookie, newCookieId, sessionCookie } from './signed-cookies';

const formBytesMax = 8_192;

/** `GET /sign-in` shows the form, `POST /sign-in` sets the cookie, `POST /sign-out` takes it away. */
export function signInRoutes(parts: GateParts): Router {
  const router = Router();
  router.get(signInPath, (request, response) => {
    show(response, 200, undefined, pathAfterSignIn(request.query['to']));
  });
  router.post(signInPath, urlencoded({ extended: false, limit: formBytesMax }), (request, response, next) => {
    signIn(parts, request, response).catch(next);
  });
  router.post('/sign-out', (request, response) => {
    response.set('Set-Cookie', forgetCookie(sessionCookie, isSecure(request)));
    response.redirect(303, signInPath);
  });
  return router;
}

async function signIn(parts: GateParts, request: Request, response: Response): Promise<void> {
  const form = formOf(request.body);
  const to = pathAfterSignIn(form['to']);
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
  parts.log.info({ operator: given.user, address: request.ip }, 'An operator signed in.');
  response.set('Set-Cookie', await cookiesFor(parts, request));
  response.redirect(303, to);
}

/** A session, and what the browser is known by from now on; one that is known keeps its id. */
async function cookiesFor({ cookies, now }: GateParts, request: Request): Promise<string[]> {
  const known = await cookies.read(browserCookie, request.headers.cookie, now());
  const secure = isSecure(request);
  return Promise.all([
    cookies.issue(sessionCookie, newCookieId(), now(), secure),
    cookies.issue(browserCookie, known?.id ?? newCookieId(), now(), secure),
  ]);
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
