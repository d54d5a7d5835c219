import { type AgentProfile } from '#config/agents-file';
import { isSystemReason, meaningOfReason } from '#cti-protocol/enumerations';
import { type Dialog, type DialogParticipant, type Standing } from '#store/link-call';
import { type XmlFields } from './xml';

/** Names of resources are the nodes of notifications, too. */
export function userUri(agentId: string): string {
  return `/finesse/api/User/${agentId}`;
}

export function dialogsUri(agentId: string): string {
  return `${userUri(agentId)}/Dialogs`;
}

/** Finesse's "no reason code of mine": just signed in, or changed without one. */
const noReason = '-1';

/**
 * What `<User>` holds, in the order of Finesse's own documents. The reason's `id` is its code: there is no database of
 * reason codes here.
 */
export function userFields(profile: AgentProfile, standing: Standing): XmlFields {
  const { agentId, loginName = agentId, firstName, lastName, team = '', roles } = profile;
  return {
    uri: userUri(agentId),
    roles: { role: roles.filter((role) => role !== 'Administrator') },
    loginId: agentId,
    loginName,
    state: standing.state,
    stateChangeTime: timeOf(standing.changedAt),
    mediaType: '1',
    pendingState: standing.pendingState ?? '',
    ...reasonFields(standing),
    settings: { wrapUpOnIncoming: '', wrapUpOnOutgoing: '' },
    extension: standing.extension ?? '',
    firstName,
    lastName,
    teamId: team,
    teamName: team,
    dialogs: dialogsUri(agentId),
    teams: '',
  };
}

function reasonFields({ state, reasonCode }: Standing): XmlFields {
  if (state !== 'NOT_READY' && state !== 'LOGOUT') return { reasonCodeId: '' };
  if (reasonCode === 0) return { reasonCodeId: noReason };
  const code = String(reasonCode);
  const label = meaningOfReason(reasonCode, state)?.meaning ?? '';
  const systemCode = String(isSystemReason(reasonCode));
  return { reasonCodeId: code, ReasonCode: { category: state, code, label, forAll: 'true', systemCode, id: code } };
}

/** What `<Dialogs>` holds. */
export function dialogsFields(standing: Standing): XmlFields {
  return { Dialog: standing.dialogs.map((dialog) => dialogFields(dialog, standing.extension)) };
}

/** What `<Dialog>` holds. Calls are not controlled here, so no participant has an action. */
export function dialogFields(dialog: Dialog, ownExtension: string | undefined): XmlFields {
  const { id, fromAddress, toAddress, state, startedAt } = dialog;
  return {
    id,
    mediaType: 'Voice',
    fromAddress,
    toAddress,
    mediaProperties: { mediaId: '1', dialedNumber: toAddress },
    participants: {
      Participant: dialog.participants.map((participant) => participantFields(participant, startedAt, ownExtension)),
    },
    state,
    uri: `/finesse/api/Dialog/${id}`,
  };
}

function participantFields(
  { mediaAddress, state, stateChangedAt }: DialogParticipant,
  startedAt: number,
  ownExtension: string | undefined,
): XmlFields {
  return {
    actions: '',
    mediaAddress,
    mediaAddressType: mediaAddress === ownExtension ? 'AGENT_DEVICE' : '',
    startTime: timeOf(startedAt),
    state,
    stateCause: '',
    stateChangeTime: timeOf(stateChangedAt),
  };
}

/** `2012-03-01T17:58:21.234Z`; empty where the time is not known. */
export function timeOf(epochMs: number): string {
  return epochMs > 0 && Number.isFinite(epochMs) ? new Date(epochMs).toISOString() : '';
}

/** An agent of whom no file says anything: one who came with a token of the OpenID provider. */
export function plainProfile(agentId: string): AgentProfile {
  return {
    agentId,
    loginName: undefined,
    firstName: '',
    lastName: '',
    extension: undefined,
    team: undefined,
    roles: ['Agent'],
    password: undefined,
  };
}
