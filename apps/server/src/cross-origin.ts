import cors from 'cors';
import { type Request, type RequestHandler } from 'express';
import { isOriginAllowed } from '#presence/origin';

/** How long a browser may keep the answer to a preflight. */
const preflightSeconds = 600;

/** What a page may read of an answer, beside what browsers show by themselves. */
const exposedHeaders = ['requestId', 'Retry-After', 'WWW-Authenticate'];

/**
 * Lets pages of the allowed origins send any header, with `credentials: 'include'` or without, and read the answer. The
 * proof is in a header: no cookie means anything here. Requests of other origins go on without these headers, preflights
 * included.
 *
 * @param origins as for the gateway; empty means: pages of the server's own host and port.
 */
export function crossOrigin(origins: readonly string[], methods: readonly string[]): RequestHandler[] {
  const allowed = { methods: [...methods], credentials: true, exposedHeaders, maxAge: preflightSeconds };
  const varyByOrigin: RequestHandler = (_request, response, next) => {
    response.vary('Origin');
    next();
  };
  const answer = cors((request: Request, done) => {
    const { origin, host } = request.headers;
    done(null, { ...allowed, origin: isOriginAllowed(origin, host, origins) && (origin ?? false) });
  });
  return [varyByOrigin, answer];
}
