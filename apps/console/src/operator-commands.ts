import { type Agent, type AgentKey } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { type Handled } from '#engine/engine';
import { type AgentView, desktopsInWords, viewOf } from './api/agent-view';
import { ApiError } from './api/api-error';

export const operatorCommands = ['cancel', 'release', 'logout'] as const;
export type OperatorCommand = (typeof operatorCommands)[number];

/** The engine, as far as an operator's command needs it. */
export interface CommandParts {
  readonly peripheralId: number;
  readonly handle: (key: AgentKey, event: AgentEvent) => Promise<Handled>;
}

/**
 * Carries out what an operator ordered about one agent; the engine journals it with who did it. An order to sign out makes
 * a record where there is none, since a ghost may be older than we are: so `agentId` is the id of an agent that there is,
 * in its one spelling.
 * @throws ApiError NO_EFFECT with the reason when the record is such that nothing changes.
 */
export async function command(
  parts: CommandParts,
  agentId: string,
  ordered: OperatorCommand,
  by: string,
): Promise<AgentView> {
  const key = { peripheralId: parts.peripheralId, agentId };
  const { agent, changed } = await parts.handle(key, eventOf(ordered, by));
  if (!changed) throw new ApiError('NO_EFFECT', { sentence: whyNoEffect(agent, ordered) });
  return viewOf(agent);
}

function eventOf(ordered: OperatorCommand, by: string): AgentEvent {
  switch (ordered) {
    case 'cancel':
      return { type: 'operatorCancelled', by };
    case 'release':
      return { type: 'operatorReleased', by };
    case 'logout':
      return { type: 'operatorOrderedLogout', by };
  }
}

/** Why a command leaves this record as it is. */
export function whyNoEffect(agent: Agent, ordered: OperatorCommand): string {
  const who = `agent ${agent.key.agentId}`;
  const { phase } = agent;
  switch (phase.name) {
    case 'issuing':
      return `A request for ${who} is on its way; it cannot be called back, and its outcome is awaited.`;
    case 'present':
      return ordered === 'logout'
        ? `${who} has ${desktopsInWords(Object.values(agent.desktops))}: not a ghost, so nobody may sign it out here.`
        : `${who} has ${desktopsInWords(Object.values(agent.desktops))}: there is no loss to ${ordered}.`;
    case 'grace':
      return `${who} is in grace, nothing holds its loss: there is nothing to release.`;
    case 'held':
      return `The loss of ${who} stays held: ${phase.reasons.join(', ')}.`;
    case 'settled':
      return Object.keys(agent.desktops).length > 0
        ? `${who} has ${desktopsInWords(Object.values(agent.desktops))} and is not in a loss.`
        : `The loss of ${who} is settled (${phase.outcome}): there is nothing to ${ordered}.`;
    case 'unseen':
      return `${who} is in no loss: there is nothing to ${ordered}.`;
  }
}
