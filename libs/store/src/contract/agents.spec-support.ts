import { type Agent, type AgentKey, type Cause, type Desktop, type Loss, unseenAgent } from '#domain/agent';
import { type Entry } from '#domain/command';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { aLoss } from '#domain/fixtures.spec-support';
import { defaultPolicy } from '#domain/policy';
import { type AgentStore, type CommitAnswer, type CommitRequest } from '#engine/ports';

/** Agents, and what is asked of a store about them. */

export const peripheralId = 5000;

export function keyOf(agentId: string): AgentKey {
  return { peripheralId, agentId };
}

export function newAgent(agentId: string): Agent {
  return unseenAgent(keyOf(agentId));
}

/** The side is in the name of the server. */
export function desktopOf(agentId: string, serverId = 'primary-1'): Desktop {
  return {
    connection: `${serverId}-${agentId}`,
    desktopId: `desk-${agentId}`,
    side: serverId.startsWith('primary') ? 'primary' : 'secondary',
    serverId,
  };
}

export function presentAgent(agentId: string, serverId?: string): Agent {
  const desktop = desktopOf(agentId, serverId);
  return {
    ...newAgent(agentId),
    epoch: 1,
    desktops: { [desktop.connection]: desktop },
    phase: { name: 'present', restore: null },
  };
}

export function lossOn(desktop: Desktop | null, change: Partial<Loss> = {}): Loss {
  return aLoss({ epoch: 2, lostAt: 1_700_000_000_000, desktop, ...change });
}

/** The first record of an agent, unless `change` says otherwise. */
export function firstCommit(agent: Agent, change: Partial<CommitRequest> = {}): CommitRequest {
  return { before: newAgent(agent.key.agentId), agent, expectedVersion: '', entries: [], issuing: null, ...change };
}

export const suppressed: Entry = { what: 'suppressed', loss: null, sentence: 'A line with "quotes", a | and é.' };

/** A request about an agent without a record; the last desktop was on that server, or on none. */
export function issuingCommit(
  agentId: string,
  {
    notBefore = 0,
    serverId = 'primary-1',
    cause = 'lost',
  }: { notBefore?: number; serverId?: string | null; cause?: Cause } = {},
): CommitRequest {
  const loss = lossOn(serverId === null ? null : desktopOf(agentId, serverId), { attempts: 1, cause });
  const phase = { name: 'issuing', loss, dueAt: 2, since: 3, deadline: 4, pending: null } as const;
  return firstCommit({ ...newAgent(agentId), epoch: 2, phase }, { issuing: { notBefore }, entries: [suppressed] });
}

/** What happens to agents, decided as the engine does and committed, without the engine's commands. */
export class Life {
  constructor(private readonly store: () => AgentStore) {}

  async happen(agentId: string, event: AgentEvent): Promise<CommitAnswer> {
    const { agent: before, version, now } = await this.store().load(keyOf(agentId));
    const { agent, commands } = decide(before, event, now, defaultPolicy);
    const entries = commands.flatMap((command) => (command.type === 'note' ? [command.entry] : []));
    return this.store().commit({ before, agent, expectedVersion: version, entries, issuing: null });
  }

  openDesktop(agentId: string, serverId?: string): Promise<CommitAnswer> {
    return this.happen(agentId, { type: 'desktopOpened', desktop: desktopOf(agentId, serverId) });
  }

  loseDesktop(agentId: string, serverId?: string, cause: Cause = 'lost'): Promise<CommitAnswer> {
    const { connection } = desktopOf(agentId, serverId);
    return this.happen(agentId, { type: 'desktopClosed', connection, cause, seenBy: 'the test' });
  }
}
