import { isAgentName, notAnAgentName } from '#domain/agent-id';
import { isDesktopId } from '#presence/client-message';
import { z } from 'zod';
import { Problem } from './problems';

/** Bodies of requests, checked field by field. A field that we do not know is refused: it may be a misspelt one. */

/** Or a login name: the feed asks the directory whom it means. */
const agentId = z.string().refine(isAgentName, notAnAgentName);
const desktopId = z.string().refine(isDesktopId, 'is not a desktop id (1 to 128 of A-Z a-z 0-9 . _ : @ / + = ~ -)');

/** A feeder that reports with other names than this one has several feeds. */
const feedByDefault = 'default';
const feed = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'is not the name of a feed (1 to 64 of A-Z a-z 0-9 _ . -)')
  .default(feedByDefault);
const expiresMsMin = 1_000;
const expiresMsMax = 24 * 3_600_000;
const expiresInMs = z.int().min(expiresMsMin).max(expiresMsMax).optional();

const presence = z.discriminatedUnion('presence', [
  z.strictObject({ agentId, desktopId, feed, expiresInMs, presence: z.literal('available') }),
  z.strictObject({
    agentId,
    desktopId,
    feed,
    presence: z.literal('unavailable'),
    cause: z.enum(['bye', 'lost']).default('lost'),
  }),
]);

const heartbeat = z.strictObject({ feed, expiresInMs });

export type PresenceBody = z.output<typeof presence>;

const byeTokenLengthMax = 256;
const bye = z.object({ token: z.string().min(1).max(byeTokenLengthMax) });

/** @throws Problem naming the field that is wrong. */
export function readPresence(body: unknown): PresenceBody {
  return read(presence, body);
}

/** @throws Problem naming the field that is wrong. */
export function readHeartbeat(body: unknown): z.output<typeof heartbeat> {
  return read(heartbeat, body);
}

/**
 * @param text the body as it came: `sendBeacon` calls its JSON text/plain.
 * @throws Problem
 */
export function readBye(text: unknown): z.output<typeof bye> {
  if (typeof text !== 'string') throw new Problem('BODY_UNREADABLE');
  try {
    return read(bye, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Problem('BODY_UNREADABLE', { sentence: 'The body is not JSON.' });
  }
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const checked = schema.safeParse(body);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === 'unrecognized_keys') throw invalid(issue.keys[0] ?? '', 'is not a known field here');
  if (issue === undefined || issue.path.length === 0) throw new Problem('BODY_UNREADABLE');
  throw invalid(issue.path.map(String).join('.'), issue.message);
}

function invalid(field: string, why: string): Problem {
  return new Problem('FIELD_INVALID', { field, sentence: `${field}: ${why}` });
}
