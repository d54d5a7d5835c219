import { StatusCode } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { answerSetAgentState } from './agent-state-requests';
import { answerConfiguration } from './configuration-requests';
import { answerQueryAgentState, answerQueryDevice, answerSnapshotCall, answerSnapshotDevice } from './queries';
import { answerMonitor } from './monitor-requests';
import { answerTeam } from './team-requests';
import { answerEventReport, answerUserMessage } from './user-messages';
import { answerRegistration } from './registered-variables';
import { type Session } from './session';
import { type Side } from './side';

/** What a client may send on a standby session, and where it has said that it stops sending requests (281). */
const allowedWhenQuiet: readonly Message['name'][] = ['HEARTBEAT_REQ', 'CLOSE_REQ'];

/** Answers one message of an open session. Requests this server does not serve get FAILURE_CONF 12. */
export function answerMessage(side: Side, session: Session, message: Message): void {
  const isQuiet = side.maintenance.phaseOf(session) === 'quiet';
  if ((session.phase === 'standby' || isQuiet) && !allowedWhenQuiet.includes(message.name)) {
    const status = isQuiet ? StatusCode.SERVER_IN_MAINTENANCE_MODE : StatusCode.FUNCTION_NOT_AVAILABLE;
    if ('InvokeID' in message) session.fail(message.InvokeID, status);
    return;
  }
  if (answerAboutSession(side, session, message)) return;
  switch (message.name) {
    case 'SET_AGENT_STATE_REQ':
      answerSetAgentState(side, session, message);
      return;
    case 'QUERY_AGENT_STATE_REQ':
      answerQueryAgentState(side, session, message);
      return;
    case 'SNAPSHOT_DEVICE_REQ':
      answerSnapshotDevice(side, session, message);
      return;
    case 'SNAPSHOT_CALL_REQ':
      answerSnapshotCall(side, session, message);
      return;
    case 'QUERY_DEVICE_INFO_REQ':
      answerQueryDevice(side, session, message);
      return;
    case 'CLIENT_EVENT_REPORT_REQ':
      answerEventReport(side, session, message);
      return;
    case 'REGISTER_VARIABLES_REQ':
      answerRegistration(session, message);
      return;
    case 'USER_MESSAGE_REQ':
      answerUserMessage(side, session, message);
      return;
    case 'MONITOR_START_REQ':
    case 'MONITOR_STOP_REQ':
    case 'CHANGE_MONITOR_MASK_REQ':
      answerMonitor(side, session, message);
      return;
    case 'LIST_AGENT_TEAM_REQ':
    case 'MONITOR_AGENT_TEAM_START_REQ':
    case 'MONITOR_AGENT_TEAM_STOP_REQ':
      answerTeam(side, session, message);
      return;
    case 'CONFIG_REQUEST_KEY_EVENT':
    case 'CONFIG_REQUEST_EVENT':
      answerConfiguration(side, session, message);
      return;
    default:
      if ('InvokeID' in message && message.name.endsWith('_REQ')) {
        session.fail(message.InvokeID, StatusCode.FUNCTION_NOT_AVAILABLE);
      }
  }
}

/** What keeps, ends or quietens a session; false: something else. */
function answerAboutSession(side: Side, session: Session, message: Message): boolean {
  switch (message.name) {
    case 'HEARTBEAT_REQ':
      answerHeartbeat(side, session, message.InvokeID);
      return true;
    case 'CLOSE_REQ':
      session.closeStatus = message.Status;
      session.send({ name: 'CLOSE_CONF', InvokeID: message.InvokeID });
      session.end(`closed by the client, status ${message.Status}`);
      return true;
    case 'ACTIVE_MAINTENANCE_RESP_MSG':
      side.maintenance.answered(session, message.MaintenanceModeAccepted);
      return true;
    case 'STOPPING_REQUESTS_TO_THIS_SIDE_IND':
      side.maintenance.stopped(session);
      return true;
    default:
      return false;
  }
}

function answerHeartbeat(side: Side, session: Session, invokeId: number): void {
  if (side.faults.isOn('dropHeartbeats')) return;
  if (side.faults.isOn('heartbeatFailure')) session.fail(invokeId, StatusCode.CTI_SERVER_OFFLINE);
  else session.send({ name: 'HEARTBEAT_CONF', InvokeID: invokeId });
}
