import { ConfigMask, ServiceMask } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { configurationKeys, configurationUpdate, configurationUpload } from './configuration';
import { type Session } from './session';
import { type Side } from './side';

type ConfigurationRequest = MessageOf<'CONFIG_REQUEST_KEY_EVENT'> | MessageOf<'CONFIG_REQUEST_EVENT'>;

/** The configuration upload of agents and skill groups, and the wish for updates that goes with it. */
export function answerConfiguration(side: Side, session: Session, message: ConfigurationRequest): void {
  const { centre, peripheralId } = side.context;
  switch (message.name) {
    case 'CONFIG_REQUEST_KEY_EVENT':
      session.send(configurationKeys(centre.agents.all));
      return;
    case 'CONFIG_REQUEST_EVENT':
      // Below version 24 the message does not say it: then the wish is that of OPEN_REQ.
      session.configUpdates = message.ConfigMsgMask ?? session.grant.configMask;
      for (const draft of configurationUpload(message.ConfigInformation, centre.agents.all, peripheralId))
        session.send(draft);
      return;
  }
}

/** Sessions get updates from their first CONFIG_REQUEST_EVENT on, if it asks for them. */
export function sendAgentsAdded(side: Side, added: readonly Agent[]): void {
  const { centre, peripheralId } = side.context;
  const listeners = [...side.sessions].filter(
    (session) =>
      session.wantsEvents && session.grants(ServiceMask.ALL_EVENTS) && (session.configUpdates & ConfigMask.AGENT) !== 0,
  );
  if (listeners.length === 0 || added.length === 0) return;
  const drafts = configurationUpdate(added, centre.agents.all, peripheralId);
  for (const session of listeners) for (const draft of drafts) session.send(draft);
}
