import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Request, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { isOriginAllowed } from '#presence/origin';
import { crossOrigin } from './cross-origin';
import { MinuteCounts, networkOf } from '#config/minute-counts';
import { Problem } from './problems';
import { answerProblem } from './refusal-why';

/*
 * What stands before the interfaces that can make presence vanish. A proof is looked at before anything is counted: who can
 * prove something is served whatever others send, and what is wrong counts against the network it came from. These are
 * secrets that nobody guesses; the limits bound what strangers cost.
 */

/** Byes per minute and network with a token that no connection has: late ones of a shift that ends, or invented ones. */
export const unknownByesPerMinuteMax = 12_000;
/** Wrong bearer tokens per minute and network, for tickets. */
export const wrongTicketTokensPerMinuteMax = 600;
/** Wrong bearer tokens per minute and network, for feeds. */
export const wrongTokensPerMinuteMax = 60;
/** What all feeds together may say in a minute. */
export const presencePerMinuteMax = 60_000;

/** `{"token":"…"}` and `{"agentId":…}` are below 400 bytes. */
const byeBodyBytesMax = 1_024;
const presenceBodyBytesMax = 4_096;

export const ticketPath = '/desktop/ticket';
export const byePath = '/desktop/bye';
export const presencePath = '/api/presence';
export const systemInfoPath = '/api/system-info';

/** `sendBeacon` sends text/plain: any other type would need a preflight that a vanishing page cannot wait for. */
export function byeGuards(): RequestHandler[] {
  return [express.text({ type: ['text/plain', 'application/json'], limit: byeBodyBytesMax })];
}

/** @param apiToken the configured bearer token; undefined turns the interface off. */
export function presenceGuards(apiToken: string | undefined): RequestHandler[] {
  return [
    bearerGuard(apiToken, new MinuteCounts(wrongTokensPerMinuteMax)),
    feedLimit(),
    express.json({ limit: presenceBodyBytesMax }),
  ];
}

/** Counts what came with the right token, and so nothing that a stranger sends. */
function feedLimit(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: presencePerMinuteMax,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: () => 'feed',
    handler: (_request, response) => {
      answerProblem(response, new Problem('TOO_MANY_REQUESTS'));
    },
  });
}

function bearerGuard(apiToken: string | undefined, wrongTokens: MinuteCounts): RequestHandler {
  return async (request, response, next) => {
    const given = bearerOf(request);
    if (apiToken !== undefined && given !== null && isSame(given, apiToken)) {
      next();
      return;
    }
    const problem = await bearerProblem(request, apiToken, wrongTokens);
    if (problem.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer');
    answerProblem(response, problem);
  };
}

async function bearerProblem(
  request: Request,
  apiToken: string | undefined,
  wrongTokens: MinuteCounts,
): Promise<Problem> {
  if (apiToken === undefined) return new Problem('FEED_OFF');
  const isFew = await wrongTokens.take(networkOf(request.ip ?? ''));
  return new Problem(isFew ? 'UNAUTHORIZED' : 'TOO_MANY_REQUESTS');
}

/**
 * Pages may ask for tickets from where they may open desktops; their browsers ask first, because the token is in a header.
 * @param origins as for the gateway; empty means: pages of the server's own host and port.
 */
export function ticketGuards(origins: readonly string[]): RequestHandler[] {
  const guard: RequestHandler = (request, response, next) => {
    const { origin, host } = request.headers;
    response.setHeader('Cache-Control', 'no-store');
    if (isOriginAllowed(origin, host, origins)) next();
    else answerProblem(response, new Problem('FOREIGN_ORIGIN'));
  };
  return [guard, ...crossOrigin(origins, ['POST'])];
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
