import { type Request, type RequestHandler, type Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';

/**
 * Bounds the guessing of secrets: after `perMinuteMax` wrong ones of one address within a minute everything from there is
 * refused, right ones too, or a guesser would learn which is which. What was right is never counted, not even while it is
 * under way: many requests at once are what a feed is for.
 */
export function guessLimit(
  perMinuteMax: number,
  isWrong: (request: Request, response: Response) => boolean,
  refuse: (response: Response) => void,
): RequestHandler {
  const keyOf = (request: Request): string => ipKeyGenerator(request.ip ?? '');
  const count = rateLimit({
    windowMs: 60_000,
    limit: perMinuteMax,
    standardHeaders: false,
    legacyHeaders: false,
    keyGenerator: keyOf,
    // It only counts: the answer has been given.
    handler: () => undefined,
    validate: { xForwardedForHeader: false },
  });
  return async (request, response, next) => {
    const known = await count.getKey(keyOf(request));
    if (known !== undefined && known.totalHits >= perMinuteMax) {
      refuse(response);
      return;
    }
    response.once('finish', () => {
      if (isWrong(request, response)) void count(request, response, () => undefined);
    });
    next();
  };
}
