import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { isOriginAllowed } from '#presence/origin';
import { guessLimit } from './guess-limit';
import { Problem } from './problems';

/**
 * What stands before the two interfaces that can make presence vanish. Behind a proxy all requests come from one
 * address, and a shift ends for everybody at once: the limits bound the load and the guessing, not the business.
 */
export const byesPerMinuteMax = 12_000;
/** A side's desktops take theirs within seconds after the other one has died. */
export const ticketsPerMinuteMax = 30_000;
export const presencePerMinuteMax = 60_000;
/** Wrong bearer tokens per minute and address. */
export const wrongTokensPerMinuteMax = 60;

/** `{"token":"…"}` and `{"agentId":…}` are below 400 bytes. */
const byeBodyBytesMax = 1_024;
const presenceBodyBytesMax = 4_096;

/** Browsers ask whether they may send the token once in so long. */
const preflightSeconds = 600;

export const ticketPath = '/desktop/ticket';
export const byePath = '/desktop/bye';
export const presencePath = '/api/presence';
export const systemInfoPath = '/api/system-info';

/** `sendBeacon` sends text/plain: any other type would need a preflight that a vanishing page cannot wait for. */
export function byeGuards(): RequestHandler[] {
  return [limit(byesPerMinuteMax), express.text({ type: ['text/plain', 'application/json'], limit: byeBodyBytesMax })];
}

/** @param apiToken the configured bearer token; undefined turns the interface off. */
export function presenceGuards(apiToken: string | undefined): RequestHandler[] {
  const refuse = (response: Response): void => {
    const problem = new Problem('TOO_MANY_REQUESTS');
    response.status(problem.status).json(problem.body);
  };
  return [
    limit(presencePerMinuteMax),
    guessLimit(wrongTokensPerMinuteMax, (_request, { statusCode }) => statusCode === 401, refuse),
    bearerGuard(apiToken),
    express.json({ limit: presenceBodyBytesMax }),
  ];
}

function limit(perMinuteMax: number): RequestHandler {
  const problem = new Problem('TOO_MANY_REQUESTS');
  return rateLimit({
    windowMs: 60_000,
    limit: perMinuteMax,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    message: problem.body,
    validate: { xForwardedForHeader: false },
  });
}

function bearerGuard(apiToken: string | undefined): RequestHandler {
  return (request, response, next) => {
    const given = bearerOf(request);
    if (apiToken !== undefined && given !== null && isSame(given, apiToken)) {
      next();
      return;
    }
    const problem = new Problem(apiToken === undefined ? 'FEED_OFF' : 'UNAUTHORIZED');
    if (problem.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(problem.status).json(problem.body);
  };
}

/** Pages of the allowed origins may read the answer; it holds nothing that needs a sign-in. */
export function readableBy(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    response.vary('Origin');
    if (origin !== undefined && origins.includes(origin)) response.setHeader('Access-Control-Allow-Origin', origin);
    next();
  };
}

/**
 * Pages may ask for tickets from where they may open desktops; their browsers ask first, because the token is in a header.
 * @param origins as for the gateway; empty means: pages of the server's own host and port.
 */
export function ticketGuards(origins: readonly string[]): RequestHandler[] {
  return [ticketOrigins(origins), limit(ticketsPerMinuteMax)];
}

function ticketOrigins(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin, host } = request.headers;
    response.vary('Origin');
    response.setHeader('Cache-Control', 'no-store');
    if (!isOriginAllowed(origin, host, origins)) {
      const problem = new Problem('FOREIGN_ORIGIN');
      response.status(problem.status).json(problem.body);
      return;
    }
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Methods', 'POST');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization');
    response.setHeader('Access-Control-Max-Age', String(preflightSeconds));
    response.status(204).end();
  };
}

/** The token of `Authorization: Bearer …`; null without one. */
export function bearerOf(request: {
  readonly headers: { readonly authorization?: string | undefined };
}): string | null {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** In constant time, whatever the lengths. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
