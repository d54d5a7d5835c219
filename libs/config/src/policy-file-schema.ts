import { z } from 'zod';
import { type Policy, type Stage, withoutDesktopRules } from '#domain/policy';
import { duration, identifier, oneOf, refuse, wholeNumber } from './value-schemas';

/** The shape of POLICY_FILE. Every scalar arrives as text; the names are those of `Policy` and keep its units. */

const dayMs = 24 * 60 * 60 * 1_000;
const stagesMax = 8;

const time = describe(
  duration({ minMs: 0, maxMs: dayMs }),
  'a duration such as 60000 (milliseconds), 60s or 2m, at most 24h',
);
const reasonCode = describe(wholeNumber({ min: 0, max: 65_535 }), 'a whole number from 0 to 65535');
const action = describe(oneOf(['notReady', 'logout']), 'notReady or logout');

const notFields = 'is not a set of named fields';

const stage = z.strictObject({ afterMs: time, action, reasonCode }, notFields);

const stages = z.array(stage, 'is not a list').transform((list, context): readonly [Stage, ...Stage[]] => {
  const [first, ...rest] = list;
  if (first === undefined) return refuse(context, 'is empty; expected at least one stage');
  if (list.length > stagesMax) return refuse(context, `has more than ${String(stagesMax)} stages`);
  const rising = rest.every((later, index) => later.afterMs > (list[index]?.afterMs ?? 0));
  return rising ? [first, ...rest] : refuse(context, 'is not in order; expected each afterMs above the one before');
});

const policy = z.strictObject(
  {
    stages: stages.exactOptional(),
    graceMs: z
      .strictObject(
        {
          bye: time.exactOptional(),
          lost: time.exactOptional(),
          serverLost: time.exactOptional(),
          withoutDesktop: time.exactOptional(),
        },
        notFields,
      )
      .exactOptional(),
    heldMsMax: time.exactOptional(),
    heldLookMs: describe(duration({ minMs: 1_000, maxMs: dayMs }), 'a duration from 1s to 24h').exactOptional(),
    issuingMsMax: describe(duration({ minMs: 1_000, maxMs: dayMs }), 'a duration from 1s to 24h').exactOptional(),
    attemptsMax: describe(wholeNumber({ min: 1, max: 100 }), 'a whole number from 1 to 100').exactOptional(),
    retryMs: describe(duration({ minMs: 100, maxMs: dayMs }), 'a duration from 100ms to 24h').exactOptional(),
    restoreOnReturn: describe(oneOf(['true', 'false']), 'true or false')
      .transform((word) => word === 'true')
      .exactOptional(),
    withoutDesktop: describe(oneOf(withoutDesktopRules), 'leave, warn or logout').exactOptional(),
    massLoss: z
      .strictObject(
        {
          windowMs: time.exactOptional(),
          lossesMin: describe(wholeNumber({ min: 1, max: 1_000_000 }), 'a whole number of at least 1').exactOptional(),
          share: describe(share(), 'a number above 0 and at most 1, such as 0.15').exactOptional(),
          holdMsMin: time.exactOptional(),
          backShare: describe(share(), 'a number above 0 and at most 1, such as 0.85').exactOptional(),
          holdMsMax: time.exactOptional(),
          slowPerSecondMax: describe(
            wholeNumber({ min: 1, max: 10_000 }),
            'a whole number of at least 1',
          ).exactOptional(),
          logoutShare: describe(share(), 'a number above 0 and at most 1, such as 0.15').exactOptional(),
        },
        notFields,
      )
      .exactOptional(),
  },
  notFields,
);

const name = describe(identifier(64), 'letters, digits, dot, underscore and hyphen, at most 64');

export const policyFileSchema = z.strictObject(
  {
    default: policy.exactOptional(),
    teams: z.record(name, policy, notFields).exactOptional(),
    agents: z.record(name, name, notFields).exactOptional(),
  },
  notFields,
);

export type PolicyFile = z.output<typeof policyFileSchema>;
/** Fields that a file gives; the others keep what lies beneath. */
export type PolicyOverride = z.output<typeof policy>;

/** The file may set every field of a policy; the compiler says so when the domain grows one. */
type FieldsWithoutSetting = Exclude<keyof Policy, keyof PolicyOverride>;
true satisfies [FieldsWithoutSetting] extends [never] ? true : false;

function share(): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = /^\d(?:\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    return value > 0 && value <= 1 ? value : refuse(context, 'is not a share');
  });
}

/** Adds what is expected to the message of a refusal. */
function describe<T>(schema: z.ZodType<T, string>, expected: string): z.ZodType<T, string> {
  return z.string(`is not a single value; expected ${expected}`).transform((text, context) => {
    const checked = schema.safeParse(text);
    if (checked.success) return checked.data;
    return refuse(context, `${checked.error.issues[0]?.message ?? 'does not fit'}; expected ${expected}`);
  });
}
