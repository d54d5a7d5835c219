import { type AgentIds } from '#presence/agent-ids';
import { type PubsubNodes } from '#presence/xmpp/pubsub-stanzas';
import { type Dialog, type Standing } from '#store/link-call';
import { type FinesseError } from './finesse-events';
import { type SystemInfo, systemInfoFields, systemInfoUri } from './system-info-document';
import { dialogFields, dialogsUri, userFields, userUri } from './user-document';
import { writeXmlFragment, type XmlFields } from './xml';
import { type AgentProfile } from '#config/agents-file';

/** What agents are told, as documents that Finesse's own clients read. */

/** One notification: the node that it appears on, and its document. */
export interface Notification {
  readonly node: string;
  readonly payload: string;
}

type Event = 'PUT' | 'POST' | 'DELETE';

/** The nodes that an agent is subscribed to without asking. */
function nodesOf(agentId: string): readonly string[] {
  return [userUri(agentId), dialogsUri(agentId), systemInfoUri];
}

const userNode = /^\/finesse\/api\/User\/([^/]{1,150})((?:\/Dialogs)?)$/i;

/** Nodes as they are asked for: a client may name its agent by login name, percent-encoded as in an address or not. */
export function pubsubNodes(ids: AgentIds): PubsubNodes {
  return {
    canonical: (account) => ids.canonical(account),
    of: nodesOf,
    named: (node) => {
      const [, user = '', rest = ''] = userNode.exec(node) ?? [];
      const agentId = user === '' ? undefined : (ids.canonical(user) ?? ids.canonical(decoded(user)));
      return agentId === undefined ? node : `${userUri(agentId)}${rest}`;
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The agent's state, as GET /finesse/api/User/{id} answers it. `requestId`: of the request that made it so, or ''. */
export function userNotification(profile: AgentProfile, standing: Standing, requestId: string): Notification {
  const source = userUri(profile.agentId);
  return { node: source, payload: update({ user: userFields(profile, standing) }, 'PUT', requestId, source) };
}

/** A request that was answered with 202 came to nothing. */
export function failureNotification(agentId: string, error: FinesseError, requestId: string): Notification {
  const source = userUri(agentId);
  const { errorData, errorMessage, errorType } = error;
  const data = { apiErrors: { apiError: { errorData, errorMessage, errorType } } };
  return { node: source, payload: update(data, 'PUT', requestId, source) };
}

export function systemInfoNotification(info: SystemInfo): Notification {
  const data = { systemInfo: systemInfoFields(info) };
  return { node: systemInfoUri, payload: update(data, 'PUT', '', systemInfoUri) };
}

/** Whether a `<User>` that was told before `after` says something else. */
export function isUserChanged(before: Standing | undefined, after: Standing): boolean {
  if (before === undefined) return true;
  const told = ['state', 'reasonCode', 'extension', 'pendingState', 'changedAt', 'signedOut'] as const;
  return told.some((name) => before[name] !== after[name]);
}

/**
 * What became of an agent's calls: one that began is POST and one that is over DELETE, both in the list of the agent; one
 * that changed is PUT, by itself.
 */
export function dialogNotifications(before: Standing | undefined, after: Standing): Notification[] {
  const { agentId } = after;
  const extension = after.extension ?? before?.extension;
  const known = new Map(before?.dialogs.map((dialog) => [dialog.id, dialog]));
  const open = new Set(after.dialogs.map(({ id }) => id));
  const over = [...known.values()].filter(({ id }) => !open.has(id)).map((dialog) => dropped(dialog));
  const listed = (dialog: Dialog, event: Event): Notification => {
    const source = dialogsUri(agentId);
    const data = { dialogs: { Dialog: dialogFields(dialog, extension) } };
    return { node: source, payload: update(data, event, '', source) };
  };
  const changed = (dialog: Dialog): Notification[] => {
    const former = known.get(dialog.id);
    if (former === undefined) return [listed(dialog, 'POST')];
    if (JSON.stringify(former) === JSON.stringify(dialog)) return [];
    const data = { dialog: dialogFields(dialog, extension) };
    const payload = update(data, 'PUT', '', `/finesse/api/Dialog/${dialog.id}`);
    return [{ node: dialogsUri(agentId), payload }];
  };
  return [...over.map((dialog) => listed(dialog, 'DELETE')), ...after.dialogs.flatMap(changed)];
}

/** The call as it ended: nobody is on it any more. */
function dropped(dialog: Dialog): Dialog {
  const participants = dialog.participants.map((one) => ({ ...one, state: 'DROPPED' as const }));
  return { ...dialog, state: 'DROPPED', participants };
}

function update(data: XmlFields, event: Event, requestId: string, source: string): string {
  return writeXmlFragment({ Update: { data, event, requestId, source } });
}
