import { type Agent, lossOf, type Side } from '#domain/agent';

/** The side that lost the agent's last desktop; null for an order about an agent without any. */
export function sideOfLoss(agent: Agent): Side | null {
  return lossOf(agent.phase)?.desktop?.side ?? null;
}
