import { defaultPolicy, type Policy } from '#domain/policy';

/**
 * The policy that the environment's graces make: the domain's default with these graces, and its stage as soon as
 * the grace is over. So a team that only changes a grace gets what it asks for.
 */
export function policyOfGraces(config: { graceMs: number; graceServerLostMs: number }): Policy {
  const [first] = defaultPolicy.stages;
  return {
    ...defaultPolicy,
    stages: [{ ...first, afterMs: 0 }],
    graceMs: {
      ...defaultPolicy.graceMs,
      bye: config.graceMs,
      lost: config.graceMs,
      serverLost: config.graceServerLostMs,
    },
  };
}
