/** Who works on the peripheral: agents named by the configuration upload and by team messages (GED-188). */
import { isAgentName } from '#domain/agent-id';
import { RecordType } from '#cti-protocol/enumerations';
import { type Message, type MessageOf } from '#cti-protocol/messages';

const CONFIGURATION_NAMES = [
  'CONFIG_KEY_EVENT',
  'CONFIG_BEGIN_EVENT',
  'CONFIG_AGENT_EVENT',
  'CONFIG_END_EVENT',
  'AGENT_TEAM_CONFIG_EVENT',
] as const;

type ConfigurationName = (typeof CONFIGURATION_NAMES)[number];

/** A message about who exists, not about what they do: a gap does not make it wrong. */
export type ConfigurationMessage = { [N in ConfigurationName]: MessageOf<N> }[ConfigurationName];

export const isConfiguration = (message: Message): message is Message & ConfigurationMessage =>
  CONFIGURATION_NAMES.some((name) => name === message.name);

export interface RosterChange {
  readonly kind: 'added' | 'removed';
  readonly agentId: string;
  /** Null for an agent who has none that can be used; undefined where the message does not say. */
  readonly loginName?: string | null;
}

/**
 * The agents of our peripheral that a message names. A member taken out of a team still exists; only a deleted
 * configuration record, or a login id that was changed, takes an agent away.
 */
export function readRoster(message: ConfigurationMessage, peripheralId: number): RosterChange[] {
  switch (message.name) {
    case 'AGENT_TEAM_CONFIG_EVENT':
      if (message.PeripheralID !== peripheralId) return [];
      return message.Agents.flatMap(({ AtcAgentID }) => named('added', AtcAgentID));
    case 'CONFIG_AGENT_EVENT':
      return message.Records.flatMap((record): RosterChange[] => {
        if (record.FltPeripheralID !== undefined && record.FltPeripheralID !== peripheralId) return [];
        if (record.RecordType === RecordType.DELETE) return named('removed', record.LoginID);
        const old = record.OldLoginID === record.LoginID ? undefined : record.OldLoginID;
        const added = named('added', record.LoginID);
        const { LoginName } = record;
        if (LoginName === undefined) return [...named('removed', old), ...added];
        const loginName = isAgentName(LoginName) ? LoginName : null;
        return [...named('removed', old), ...added.map((change) => ({ ...change, loginName }))];
      });
    case 'CONFIG_KEY_EVENT':
    case 'CONFIG_BEGIN_EVENT':
    case 'CONFIG_END_EVENT':
      return [];
  }
}

const named = (kind: RosterChange['kind'], agentId: string | undefined): RosterChange[] =>
  agentId === undefined || agentId === '' ? [] : [{ kind, agentId }];
