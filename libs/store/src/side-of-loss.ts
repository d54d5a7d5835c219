import { type Agent, lossOf, type Side } from '#domain/agent';

/** The side that lost the agent's last desktop; null for an order about an agent without any. */
export function sideOfLoss(agent: Agent): Side | null {
  return lossOf(agent.phase)?.desktop?.side ?? null;
}

/**
 * The side whose limit of requests counts for the agent's loss (rule M4); null: none but that of the CTI server does. A
 * goodbye is the agent's own act, and no loss that may be ours.
 */
export function limitedSideOf(agent: Agent): Side | null {
  return lossOf(agent.phase)?.cause === 'bye' ? null : sideOfLoss(agent);
}
