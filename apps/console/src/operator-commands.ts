import { type Agent, type AgentKey } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { type Handled } from '#engine/engine';
import { type AgentView, desktopsInWords, viewOf } from './api/agent-view';
import { ApiError } from './api/api-error';

export const operatorCommands = ['cancel', 'release', 'logout'] as const;
export type OperatorCommand = (typeof operatorCommands)[number];

/** The engine and the store, as far as an operator's command needs them. */
export interface CommandParts {
  readonly peripheralId: number;
  readonly handle: (key: AgentKey, event: AgentEvent) => Promise<Handled>;
  readonly load: (key: AgentKey) => Promise<{ readonly agent: Agent }>;
}

/**
 * Carries out what an operator ordered about one agent; the engine journals it with who did it.
 * @throws ApiError NO_EFFECT with the reason when the record is such that nothing changes, AGENT_UNKNOWN when there is none.
 */
export async function command(
  parts: CommandParts,
  agentId: string,
  ordered: OperatorCommand,
  by: string,
): Promise<AgentView> {
  const key = { peripheralId: parts.peripheralId, agentId };
  const before = await parts.load(key);
  // An order to sign out needs no record: a ghost may be older than we are. Whatever else needs a loss.
  if (before.agent.phase.name === 'unseen' && ordered !== 'logout') throw new ApiError('AGENT_UNKNOWN');
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
