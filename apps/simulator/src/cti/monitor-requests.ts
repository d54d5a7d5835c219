import { Null, ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Monitor } from './monitors';
import { type Session } from './session';
import { type Side } from './side';
import { agentStateBitsKnown, callBitsKnown } from './wire-values';

/** Monitors of one session; CONTROL_FAILURE_CONF 37, OVERALL_MONITOR_LIMIT_EXCEEDED, beyond. */
const monitorsMax = 1_000;
const limitExceeded = [37, 0] as const;

type Start = MessageOf<'MONITOR_START_REQ'>;
type MonitorRequest = Start | MessageOf<'MONITOR_STOP_REQ'> | MessageOf<'CHANGE_MONITOR_MASK_REQ'>;

/** Device and call monitors of the PERIPHERAL_MONITOR service. */
export function answerMonitor(side: Side, session: Session, message: MonitorRequest): void {
  const invokeId = message.InvokeID;
  if (!session.grants(ServiceMask.PERIPHERAL_MONITOR)) {
    session.fail(invokeId, StatusCode.FUNCTION_NOT_AVAILABLE);
    return;
  }
  switch (message.name) {
    case 'MONITOR_START_REQ':
      startMonitor(side, session, message);
      return;
    case 'MONITOR_STOP_REQ': {
      if (findMonitor(session, message.MonitorID) === undefined) session.fail(invokeId, StatusCode.INVALID_MONITORID);
      else {
        session.monitors.delete(message.MonitorID);
        session.send({ name: 'MONITOR_STOP_CONF', InvokeID: invokeId });
      }
      return;
    }
    case 'CHANGE_MONITOR_MASK_REQ': {
      const monitor = findMonitor(session, message.MonitorID);
      const status = monitor === undefined ? StatusCode.INVALID_MONITORID : judgeMasks(session, message);
      if (monitor === undefined || status !== undefined) session.fail(invokeId, status ?? StatusCode.INVALID_MONITORID);
      else {
        monitor.callMask = message.CallMsgMask;
        monitor.agentStateMask = message.AgentStateMask;
        session.send({ name: 'CHANGE_MONITOR_MASK_CONF', InvokeID: invokeId });
      }
    }
  }
}

function startMonitor(side: Side, session: Session, message: Start): void {
  const monitor = monitorOf(side, session, message);
  if (typeof monitor === 'number') {
    session.fail(message.InvokeID, monitor);
    return;
  }
  if (session.monitors.size >= monitorsMax) {
    session.failControl(message.InvokeID, ...limitExceeded);
    return;
  }
  const monitorId = side.context.nextMonitorId();
  session.monitors.set(monitorId, monitor);
  session.send({ name: 'MONITOR_START_CONF', InvokeID: message.InvokeID, MonitorID: monitorId });
}

/** The monitor that is asked for, or the status of the refusal. */
function monitorOf(side: Side, session: Session, message: Start): Exclude<Monitor, { kind: 'team' }> | number {
  const { peripheralId, centre } = side.context;
  if (message.PeripheralID !== peripheralId) return StatusCode.INVALID_PERIPHERAL_ID;
  const ofDevice = message.MonitoredDeviceType !== Null.USHORT;
  const ofCall = message.ConnectionDeviceIDType !== Null.USHORT;
  if (ofDevice && ofCall) return StatusCode.MUTUALLY_EXCLUS_DEVICEID_TYPES;
  const device = ofDevice ? message.MonitoredDeviceID : message.ConnectionDeviceID;
  if (device === undefined || ofDevice === ofCall) return StatusCode.REQUIRED_DATA_MISSING;
  const status = judgeMasks(session, message);
  if (status !== undefined) return status;
  const masks = { device, callMask: message.CallMsgMask, agentStateMask: message.AgentStateMask };
  if (ofDevice) {
    const watched = [...session.monitors.values()].some((each) => each.kind === 'device' && each.device === device);
    if (watched) return StatusCode.MONITOR_ALREADY_EXISTS;
    return centre.agents.findByExtension(device) === undefined
      ? StatusCode.INVALID_DEVICE
      : { kind: 'device', ...masks };
  }
  const callId = message.ConnectionCallID;
  const leg = centre.calls.find(callId)?.legs.find((each) => each.device === device);
  return leg === undefined ? StatusCode.INVALID_CALLID : { kind: 'call', callId, ...masks };
}

function judgeMasks(session: Session, masks: { CallMsgMask: number; AgentStateMask: number }): number | undefined {
  const callBits = session.version >= 23 ? callBitsKnown.since23 : callBitsKnown.below23;
  if ((masks.CallMsgMask & ~callBits) !== 0) return StatusCode.INVALID_CALL_MSG_MASK;
  return (masks.AgentStateMask & ~agentStateBitsKnown) === 0 ? undefined : StatusCode.INVALID_AGENT_STATE_MASK;
}

function findMonitor(session: Session, monitorId: number): Exclude<Monitor, { kind: 'team' }> | undefined {
  const monitor = session.monitors.get(monitorId);
  return monitor === undefined || monitor.kind === 'team' ? undefined : monitor;
}
