import { ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { teamDrafts } from './configuration';
import { type Session } from './session';
import { type Side } from './side';

type TeamRequest =
  | MessageOf<'LIST_AGENT_TEAM_REQ'>
  | MessageOf<'MONITOR_AGENT_TEAM_START_REQ'>
  | MessageOf<'MONITOR_AGENT_TEAM_STOP_REQ'>;

/** Teams of the SUPERVISOR service: who leads which, and their agents' states as events of a monitor. */
export function answerTeam(side: Side, session: Session, message: TeamRequest): void {
  const invokeId = message.InvokeID;
  if (!session.grants(ServiceMask.SUPERVISOR)) {
    session.fail(invokeId, StatusCode.FUNCTION_NOT_AVAILABLE);
    return;
  }
  switch (message.name) {
    case 'LIST_AGENT_TEAM_REQ': {
      const supervisor = findSupervisor(side, message.SupervisorID);
      if (supervisor === undefined) session.fail(invokeId, StatusCode.SUPERVISOR_NOT_FOUND);
      else {
        const AgentTeams = [{ TeamID: supervisor.teamId }];
        session.send({ name: 'LIST_AGENT_TEAM_CONF', InvokeID: invokeId, SegmentNumber: 1, More: 0, AgentTeams });
      }
      return;
    }
    case 'MONITOR_AGENT_TEAM_START_REQ':
      startMonitor(side, session, message);
      return;
    case 'MONITOR_AGENT_TEAM_STOP_REQ':
      if (session.monitors.get(message.MonitorID)?.kind !== 'team')
        session.fail(invokeId, StatusCode.INVALID_MONITORID);
      else {
        session.monitors.delete(message.MonitorID);
        session.send({ name: 'MONITOR_AGENT_TEAM_STOP_CONF', InvokeID: invokeId });
      }
  }
}

/** The CONF, then the team as it is now, then its events under the MonitorID. */
function startMonitor(side: Side, session: Session, message: MessageOf<'MONITOR_AGENT_TEAM_START_REQ'>): void {
  const { centre, peripheralId, nextMonitorId } = side.context;
  const teamId = message.TeamID;
  const members = [...centre.agents.all].filter((agent) => agent.teamId === teamId);
  const exists = [...session.monitors.values()].some((each) => each.kind === 'team' && each.teamId === teamId);
  if (members.length === 0 || exists) {
    session.fail(message.InvokeID, exists ? StatusCode.AGENT_TEAM_MONITOR_ALREADY_EXISTS : StatusCode.TEAM_NOT_FOUND);
    return;
  }
  const monitorId = nextMonitorId();
  session.monitors.set(monitorId, { kind: 'team', teamId });
  session.send({ name: 'MONITOR_AGENT_TEAM_START_CONF', InvokeID: message.InvokeID, MonitorID: monitorId });
  for (const draft of teamDrafts(members, peripheralId)) session.send(draft);
}

/** By ICMAgentID, as the sheet's UINT suggests, or by the number the supervisor signs in with. */
function findSupervisor(side: Side, supervisorId: number): Agent | undefined {
  const { agents } = side.context.centre;
  const found = agents.findByIcmAgentId(supervisorId) ?? agents.find(String(supervisorId));
  return found?.supervisor === true ? found : undefined;
}
