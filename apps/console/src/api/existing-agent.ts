import { findAgentId, type FoundAgentId, notFoundInWords } from '#domain/agent-id';
import { type Journal } from '#store/journal';
import { type KnownAgents } from '#store/known-agents';
import { ApiError } from './api-error';

/**
 * The one spelling of the agent whom an operator means.
 * @throws ApiError AGENT_UNKNOWN, with near ids, when there is no such agent or more than one.
 */
export async function existingAgent(known: Pick<KnownAgents, 'find'>, asked: string): Promise<string> {
  return one(asked, await known.find(asked));
}

/** The same for what happened: an agent whom only the journal knows is found too. */
export async function journalledAgent(
  { knownAgents, journal }: { readonly knownAgents: Pick<KnownAgents, 'find'>; readonly journal: Journal },
  asked: string,
): Promise<string> {
  const known = await knownAgents.find(asked);
  if (known.found !== 'none') return one(asked, known);
  const written = findAgentId(asked, await journal.agentIds());
  return one(asked, written.found === 'none' ? known : written);
}

function one(asked: string, result: FoundAgentId): string {
  if (result.found === 'one') return result.agentId;
  const near = result.found === 'several' ? result.agentIds : result.near;
  throw new ApiError('AGENT_UNKNOWN', { sentence: notFoundInWords(asked, result), near });
}
