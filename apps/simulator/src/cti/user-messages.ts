import { StatusCode } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { type Session } from './session';
import { type Side } from './side';

const Distribution = { client: 0, supervisor: 1, team: 2, all: 3 } as const;
const reportStateMax = 2;
const msPerSecond = 1_000;

type UserMessage = MessageOf<'USER_MESSAGE_REQ'>;

/** Passes a text on to the sessions of both sides that it is for; the sender is not among them. */
export function answerUserMessage(side: Side, session: Session, message: UserMessage): void {
  const recipients = recipientsOf(side, session, message);
  if (typeof recipients === 'number') {
    session.fail(message.InvokeID, recipients);
    return;
  }
  session.send({ name: 'USER_MESSAGE_CONF', InvokeID: message.InvokeID });
  for (const recipient of recipients) {
    recipient.send({
      name: 'USER_MESSAGE_EVENT',
      ICMCentralControllerTime: Math.floor(side.context.now() / msPerSecond),
      Distribution: message.Distribution,
      ClientID: session.clientId,
      Text: message.Text,
    });
  }
}

/** A client's alarm: it is logged here, where a real server would pass it on. */
export function answerEventReport(side: Side, session: Session, message: MessageOf<'CLIENT_EVENT_REPORT_REQ'>): void {
  const { InvokeID, State, ObjectName, Text } = message;
  if (State > reportStateMax || ObjectName === undefined) {
    session.fail(InvokeID, StatusCode.REQUIRED_DATA_MISSING);
    return;
  }
  side.context.log('client reports', { side: side.name, sessionId: session.sessionId, ObjectName, State, Text });
  session.send({ name: 'CLIENT_EVENT_REPORT_CONF', InvokeID });
}

/** Who gets it, or the status of the refusal. */
function recipientsOf(side: Side, session: Session, message: UserMessage): readonly Session[] | number {
  if (message.PeripheralID !== side.context.peripheralId) return StatusCode.INVALID_PERIPHERAL_ID;
  const others = side.context.everySession().filter((each) => each !== session && each.phase === 'open');
  const named = findNamed(side, message);
  const sender = agentOf(side, session) ?? named;
  switch (message.Distribution) {
    case Distribution.client:
      return orStatus(
        others.filter(
          (each) =>
            (message.ClientID !== undefined && each.clientId === message.ClientID) ||
            (named !== undefined && each.ownAgentId === named.agentId),
        ),
        StatusCode.CLIENT_NOT_FOUND,
      );
    case Distribution.supervisor:
      return orStatus(inTeam(side, others, sender, true), StatusCode.SUPERVISOR_NOT_FOUND);
    case Distribution.team:
      return orStatus(inTeam(side, others, sender, false), StatusCode.TEAM_NOT_FOUND);
    case Distribution.all:
      return others;
    default:
      return StatusCode.INVALID_DISTRIBUTION_TYPE;
  }
}

function orStatus(sessions: readonly Session[], status: number): readonly Session[] | number {
  return sessions.length === 0 ? status : sessions;
}

/** Sessions of agents (CLIENT_EVENTS) of the sender's team. */
function inTeam(
  side: Side,
  sessions: readonly Session[],
  sender: Agent | undefined,
  supervisorOnly: boolean,
): readonly Session[] {
  if (sender === undefined) return [];
  return sessions.filter((each) => {
    const agent = agentOf(side, each);
    return agent?.teamId === sender.teamId && (agent.supervisor || !supervisorOnly);
  });
}

function agentOf(side: Side, session: Session): Agent | undefined {
  return session.ownAgentId === undefined ? undefined : side.context.centre.agents.find(session.ownAgentId);
}

function findNamed(side: Side, message: UserMessage): Agent | undefined {
  const { agents } = side.context.centre;
  return (
    agents.find(message.AgentID ?? '') ??
    agents.findByExtension(message.AgentInstrument ?? message.AgentExtension ?? '')
  );
}
