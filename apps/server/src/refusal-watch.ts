import { type RequestHandler } from 'express';
import { type RefusalLog } from '#presence/refusal-log';
import { finessePath } from './finesse/finesse-guards';
import { whyOf } from './refusal-why';
import { byePath, presencePath, ticketPath } from './request-limits';

/** Answers that refuse somebody for who he is, or for how much he asks. */
const refusingStatuses: ReadonlySet<number> = new Set([401, 403, 429]);

const surfaces: readonly (readonly [path: string, surface: string])[] = [
  [ticketPath, 'ticket'],
  [byePath, 'bye'],
  [presencePath, 'feed'],
  [finessePath, 'finesse'],
];

/** Notes every request that was refused, whoever refused it; stands before everything else. */
export function refusalWatch(refusals: Pick<RefusalLog, 'note'>): RequestHandler {
  return (request, response, next) => {
    const { path, ip: from = '' } = request;
    response.once('finish', () => {
      const { statusCode } = response;
      if (!refusingStatuses.has(statusCode)) return;
      const surface = surfaces.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'http';
      const status = String(statusCode);
      const { reason, sentence } = whyOf(response) ?? { reason: status, sentence: `answered with ${status}` };
      refusals.note({ surface, reason, sentence, from });
    });
    next();
  };
}
