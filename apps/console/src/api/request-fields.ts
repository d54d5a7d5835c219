import { outcomes, phaseNames } from '#domain/agent';
import { isAgentName, notAnAgentName } from '#domain/agent-id';
import { z } from 'zod';
import { ApiError } from './api-error';

/** What requests may ask for, field by field. Limits are there so that no question makes the store read without end. */

const agentsMax = 1_000;
const lossesMax = 500;
const limitDefault = 100;

/** Blanks around it come from a clipboard and mean nothing. */
const agentName = z.string().trim().refine(isAgentName, notAnAgentName);

const epochMsMax = 8_640_000_000_000_000;

/** `1764000000000` (epoch ms) or `2026-11-23T03:00:00Z`. */
const since = z.string().transform((text, context) => {
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
  if (ms >= 0 && ms <= epochMsMax) return ms;
  context.addIssue({
    code: 'custom',
    message: 'is neither epoch milliseconds nor a time such as 2026-11-23T03:00:00Z',
  });
  return z.NEVER;
});

function limit(max: number) {
  const message = `is not a whole number from 1 to ${String(max)}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, message)
    .transform(Number)
    .refine((count) => count >= 1 && count <= max, message)
    .default(limitDefault);
}

export const agentsQuery = z.strictObject({
  phase: z.enum(phaseNames, `is not one of ${phaseNames.join(', ')}`).optional(),
  limit: limit(agentsMax),
});

export const lossesQuery = z.strictObject({
  agent: agentName.optional(),
  outcome: z.enum(outcomes, `is not one of ${outcomes.join(', ')}`).optional(),
  since: since.optional(),
  limit: limit(lossesMax),
  before: z
    .string()
    .regex(/^\d{1,16}-\d{1,10}$/, 'is not the `next` of an earlier answer')
    .optional(),
});

/** By id or login name. */
export const agentPath = z.strictObject({ agentId: agentName });
export const sidePath = z.strictObject({
  side: z.enum(['primary', 'secondary'], 'is neither primary nor secondary'),
});

const drainOverMsMax = 24 * 3_600_000;
const drainOverMsDefault = 5 * 60_000;

/** Over how long the desktops of a side are sent to the other one. */
export const drainBody = z.strictObject({
  overMs: z
    .int('is not a whole number')
    .min(0, 'is below 0')
    .max(drainOverMsMax, `is above ${String(drainOverMsMax)}`)
    .default(drainOverMsDefault),
});

/** `1001@7` */
export const lossPath = z.strictObject({
  loss: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,11}@\d{1,15}$/, 'is not a loss such as 1001@7')
    .transform((text) => {
      const at = text.lastIndexOf('@');
      return { agentId: text.slice(0, at), epoch: Number(text.slice(at + 1)) };
    }),
});

/**
 * Checks one part of a request.
 * @throws ApiError FIELD_INVALID naming the first faulty field.
 */
export function check<T>(schema: z.ZodType<T>, given: unknown): T {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const field = issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : (issue?.path.join('.') ?? '');
  const what =
    issue?.code === 'unrecognized_keys' ? 'is not a field of this request' : (issue?.message ?? 'is not usable');
  throw new ApiError('FIELD_INVALID', { field, sentence: `${field} ${what}.` });
}
