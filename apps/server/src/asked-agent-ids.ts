import { type AgentDirectory } from '#config/agent-directory';
import { isAgentId } from '#domain/agent-id';
import { type AgentIdsAsked, type Found } from '#presence/agent-ids';
import { type AgentLink } from '#store/link-call';

export interface AskedAgentIdsParts {
  readonly directory: Pick<AgentDirectory, 'canonical' | 'whenRead' | 'isRead'>;
  readonly link: Pick<AgentLink, 'look'>;
}

/**
 * The directory's word, and where it knows nobody that of the CTI server: an agent may be newer than the directory, and
 * somebody who is turned away wrongly would be signed out with an open desktop. Agents whom the CTI server has shown as
 * signed in are in the directory, so while it cannot be asked none of them is kept waiting. Of login names it cannot be
 * asked: they are known as soon as every source of the directory has been read.
 */
export class AskedAgentIds implements AgentIdsAsked {
  constructor(private readonly parts: AskedAgentIdsParts) {}

  async find(given: string): Promise<Found> {
    const { directory, link } = this.parts;
    await directory.whenRead();
    const known = directory.canonical(given);
    if (known !== undefined) return { kind: 'agent', agentId: known };
    if (!isAgentId(given)) return { kind: directory.isRead ? 'unknownAgent' : 'unavailable' };
    const { kind } = await link.look(given);
    // Meanwhile the directory may have heard of it.
    const agentId = directory.canonical(given) ?? (kind === 'known' ? given : undefined);
    if (agentId !== undefined) return { kind: 'agent', agentId };
    return { kind: kind === 'unavailable' ? 'unavailable' : 'unknownAgent' };
  }
}
