import { createHash } from 'node:crypto';
import { type Draft, type DraftOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { shownState } from './event-drafts';
import { skillGroup, voiceMrd } from './wire-values';

/** Agents per AGENT_TEAM_CONFIG_EVENT; a long team comes in several messages. */
const agentsPerTeamMessage = 10;
/** Agents per CONFIG_AGENT_EVENT, as real servers send them. */
const recordsPerMessage = 10;
const keyBytes = 8;

const ConfigInformation = { skillGroup: 2, agent: 4 } as const;
const KeyStatus = { ok: 0 } as const;
const ConfigType = { solicited: 1, update: 2 } as const;
const EndStatus = { success: 0, empty: 4 } as const;
const RecordType = { add: 0 } as const;
const AgentType = { agent: 1, supervisor: 2 } as const;
const AgentFlags = { agent: 0, primarySupervisor: 1 } as const;
const ConfigOperation = { restore: 0 } as const;

/** The teams of these agents, as a session gets them when it opens. */
export function teamDrafts(agents: readonly Agent[], peripheralId: number): DraftOf<'AGENT_TEAM_CONFIG_EVENT'>[] {
  const teams = Map.groupBy(agents, (agent) => agent.teamId);
  return [...teams].flatMap(([teamId, members]) =>
    inPieces(members, agentsPerTeamMessage).map((piece) => ({
      name: 'AGENT_TEAM_CONFIG_EVENT' as const,
      PeripheralID: peripheralId,
      TeamID: teamId,
      ConfigOperation: ConfigOperation.restore,
      AgentTeamName: `Team ${teamId}`,
      Agents: piece.map((agent) => ({
        AtcAgentID: agent.agentId,
        AgentFlags: agent.supervisor ? AgentFlags.primarySupervisor : AgentFlags.agent,
        AtcAgentState: shownState(agent),
        AtcStateDuration: 0,
      })),
    })),
  );
}

/** Equal keys mean an unchanged configuration, also to a client that knew this centre before a restart. */
export function configurationKeys(agents: Iterable<Agent>): DraftOf<'CONFIG_KEY_EVENT'> {
  const SkillGroupConfigKey = keyOf([skillGroup.name]);
  return {
    name: 'CONFIG_KEY_EVENT',
    ConfigKeyStatus: KeyStatus.ok,
    AgentConfigKey: agentKey(agents),
    SkillGroupConfigKey,
  };
}

function agentKey(agents: Iterable<Agent>): Uint8Array {
  return keyOf(Array.from(agents, ({ agentId, icmAgentId }) => `${agentId} ${icmAgentId}`));
}

/** A hash, and never a key of zeros, which would say "upload" and not "this version". */
function keyOf(parts: readonly string[]): Uint8Array {
  return createHash('sha256').update(parts.join('\n')).digest().subarray(0, keyBytes);
}

/** The update for agents who were added; `all` are those that there are now. */
export function configurationUpdate(added: readonly Agent[], all: Iterable<Agent>, peripheralId: number): Draft[] {
  return [
    {
      name: 'CONFIG_BEGIN_EVENT',
      ConfigType: ConfigType.update,
      ConfigInformation: ConfigInformation.agent,
      AgentConfigKey: agentKey(all),
    },
    ...agentDrafts(added, peripheralId),
    { name: 'CONFIG_END_EVENT', ConfigEndStatus: EndStatus.success },
  ];
}

/** BEGIN, one event per group of records, END: only what was asked for. */
export function configurationUpload(wanted: number, agents: Iterable<Agent>, peripheralId: number): Draft[] {
  const information = wanted & (ConfigInformation.agent | ConfigInformation.skillGroup);
  const records: Draft[] = [];
  if ((wanted & ConfigInformation.skillGroup) !== 0) records.push(skillGroupDraft(peripheralId));
  if ((wanted & ConfigInformation.agent) !== 0) records.push(...agentDrafts([...agents], peripheralId));
  const status = records.length === 0 ? EndStatus.empty : EndStatus.success;
  return [
    { name: 'CONFIG_BEGIN_EVENT', ConfigType: ConfigType.solicited, ConfigInformation: information },
    ...records,
    { name: 'CONFIG_END_EVENT', ConfigEndStatus: status },
  ];
}

function skillGroupDraft(peripheralId: number): DraftOf<'CONFIG_SKILL_GROUP_EVENT'> {
  return {
    name: 'CONFIG_SKILL_GROUP_EVENT',
    Records: [
      {
        RecordType: RecordType.add,
        FltPeripheralID: peripheralId,
        PeripheralNumber: skillGroup.number,
        FltSkillGroupPriority: 0,
        SkillGroupSkillTargetID: skillGroup.id,
        AutoWork: false,
        Extension: '',
        PeripheralName: skillGroup.name,
        Description: '',
        FltMRDomainID: voiceMrd,
      },
    ],
  };
}

function agentDrafts(agents: readonly Agent[], peripheralId: number): DraftOf<'CONFIG_AGENT_EVENT'>[] {
  return inPieces(agents, recordsPerMessage).map((piece) => ({
    name: 'CONFIG_AGENT_EVENT' as const,
    Records: piece.map((agent) => ({
      RecordType: RecordType.add,
      FltPeripheralID: peripheralId,
      AgentType: agent.supervisor ? AgentType.supervisor : AgentType.agent,
      LoginID: agent.agentId,
      LoginName: `agent${agent.agentId}`,
      LastName: agent.agentId,
      FirstName: 'Agent',
      Extension: '',
      Description: '',
      AgentSkillTargetID: agent.icmAgentId,
      NumSkills: 1,
      Skills: [{ FltSkillGroupNumber: skillGroup.number, FltSkillGroupPriority: 0 }],
    })),
  }));
}

function inPieces<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
