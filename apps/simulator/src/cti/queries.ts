import {
  ConnectionDeviceIDType,
  DeviceIDType,
  LocalConnectionState,
  ServiceMask,
  StatusCode,
} from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { type Call, type Leg } from '../model/calls';
import { type LegState } from '../model/standing';
import { callTypes, namedVariablesOf, shownState, variablesOf } from './event-drafts';
import { type Session } from './session';
import { type Side } from './side';
import { skillGroup, voiceMrd } from './wire-values';

/** SNAPSHOT_DEVICE_CONF and SNAPSHOT_CALL_CONF hold at most this many calls and devices. */
const snapshotMax = 16;
const Refusal = { unknownAgent: [256, 4], unknownDevice: [12, 0] } as const;

/** What QUERY_DEVICE_INFO_CONF says of every phone: one station with one line. */
const station = {
  typeOfDevice: 0,
  classOfDevice: 0x80,
  maxActiveCalls: 4,
  agentStates: 0x3fff,
  callEvents: 0x8_6bfd,
  /** QUERY_AGENT_STATE, SET_AGENT_STATE, QUERY_DEVICE_INFO, SNAPSHOT_CALL, SNAPSHOT_DEVICE. */
  callControl: 0x3_8003,
} as const;

const connectionStates: Readonly<Record<LegState, number>> = {
  alerting: LocalConnectionState.ALERTING,
  connected: LocalConnectionState.CONNECT,
  held: LocalConnectionState.HOLD,
};

export function answerQueryAgentState(side: Side, session: Session, message: MessageOf<'QUERY_AGENT_STATE_REQ'>): void {
  const device = message.AgentInstrument ?? message.AgentExtension;
  if (message.ICMAgentID === 0 && message.AgentID === undefined && device === undefined) {
    session.fail(message.InvokeID, StatusCode.REQUIRED_DATA_MISSING);
    return;
  }
  const { agents } = side.context.centre;
  const agent =
    message.AgentID !== undefined && message.AgentID !== ''
      ? agents.find(message.AgentID)
      : (agents.findByIcmAgentId(message.ICMAgentID) ?? agents.findByExtension(device ?? ''));
  if (message.PeripheralID !== side.context.peripheralId)
    session.fail(message.InvokeID, StatusCode.INVALID_PERIPHERAL_ID);
  else if (agent === undefined) session.failControl(message.InvokeID, ...Refusal.unknownAgent);
  else sendAgentState(session, message.InvokeID, agent);
}

function sendAgentState(session: Session, invokeId: number, agent: Agent): void {
  const state = shownState(agent);
  const loggedOut = agent.shown.state === 'LOGOUT';
  session.send({
    name: 'QUERY_AGENT_STATE_CONF',
    InvokeID: invokeId,
    AgentState: state,
    MRDID: voiceMrd,
    NumTasks: agent.legs.length,
    AgentMode: loggedOut ? 0 : 1,
    MaxTaskLimit: loggedOut ? 0 : 1,
    ICMAgentID: agent.icmAgentId,
    AgentAvailabilityStatus: agent.shown.state === 'AVAILABLE' ? 1 : 0,
    AgentID: agent.agentId,
    AgentExtension: agent.extension,
    AgentInstrument: agent.extension,
    SkillGroups: [
      {
        SkillGroupNumber: skillGroup.number,
        SkillGroupID: skillGroup.id,
        SkillGroupPriority: 0,
        SkillGroupState: state,
      },
    ],
  });
}

export function answerSnapshotDevice(side: Side, session: Session, message: MessageOf<'SNAPSHOT_DEVICE_REQ'>): void {
  const { centre, peripheralId } = side.context;
  const device = message.AgentInstrument;
  if (message.PeripheralID !== peripheralId) {
    session.fail(message.InvokeID, StatusCode.INVALID_PERIPHERAL_ID);
    return;
  }
  if (device === undefined || device === '') {
    answerSnapshotOfAll(session, message.InvokeID, centre.calls.all);
    return;
  }
  const agent = centre.agents.findByExtension(device);
  if (agent === undefined) {
    session.failControl(message.InvokeID, ...Refusal.unknownDevice);
    return;
  }
  sendSnapshot(session, message.InvokeID, agent.legs);
}

/** Without a device: the calls of all devices, for clients that may control and see everything. */
function answerSnapshotOfAll(session: Session, invokeId: number, calls: Iterable<Call>): void {
  if (!session.grants(ServiceMask.CLIENT_CONTROL) || !session.grants(ServiceMask.ALL_EVENTS)) {
    session.fail(invokeId, StatusCode.FUNCTION_NOT_AVAILABLE);
    return;
  }
  const legs: Leg[] = [];
  for (const call of calls) {
    legs.push(...call.legs);
    if (legs.length >= snapshotMax) break;
  }
  sendSnapshot(session, invokeId, legs.slice(0, snapshotMax));
}

function sendSnapshot(session: Session, invokeId: number, legs: readonly Leg[]): void {
  session.send({
    name: 'SNAPSHOT_DEVICE_CONF',
    InvokeID: invokeId,
    Calls: legs.map((leg) => ({
      CallConnectionCallID: leg.callId,
      CallConnectionDeviceIDType: ConnectionDeviceIDType.STATIC,
      CallConnectionDeviceID: leg.device,
      CallState: connectionStates[leg.state],
      SilentMonitorStatus: 0,
    })),
  });
}

export function answerSnapshotCall(side: Side, session: Session, message: MessageOf<'SNAPSHOT_CALL_REQ'>): void {
  const { centre, peripheralId } = side.context;
  const call = centre.calls.find(message.ConnectionCallID);
  if (message.PeripheralID !== peripheralId) {
    session.fail(message.InvokeID, StatusCode.INVALID_PERIPHERAL_ID);
    return;
  }
  if (call === undefined) {
    session.fail(message.InvokeID, StatusCode.INVALID_CALLID);
    return;
  }
  session.send({
    name: 'SNAPSHOT_CALL_CONF',
    InvokeID: message.InvokeID,
    CallType: callTypes[call.kind],
    CalledPartyDisposition: 0,
    ANI: call.customer,
    ...variablesOf(call.data.variables),
    NamedVariables: namedVariablesOf(call),
    CallDevices: call.legs.map((leg) => ({
      CallConnectionCallID: leg.callId,
      CallConnectionDeviceIDType: ConnectionDeviceIDType.STATIC,
      CallConnectionDeviceID: leg.device,
      CallDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
      CallDeviceID: leg.device,
      CallDeviceConnectionState: connectionStates[leg.state],
    })),
  });
}

export function answerQueryDevice(side: Side, session: Session, message: MessageOf<'QUERY_DEVICE_INFO_REQ'>): void {
  const agent = side.context.centre.agents.findByExtension(message.AgentInstrument ?? '');
  if (agent === undefined) {
    session.failControl(message.InvokeID, ...Refusal.unknownDevice);
    return;
  }
  session.send({
    name: 'QUERY_DEVICE_INFO_CONF',
    InvokeID: message.InvokeID,
    PeripheralType: side.context.source().peripheralType,
    TypeOfDevice: station.typeOfDevice,
    ClassOfDevice: station.classOfDevice,
    Reserved: 0,
    MaxActiveCalls: station.maxActiveCalls,
    MaxHeldCalls: station.maxActiveCalls,
    MaxDevicesInConference: snapshotMax,
    MakeCallSetup: station.agentStates,
    TransferConferenceSetup: 0,
    CallEventsSupported: station.callEvents,
    CallControlSupported: station.callControl,
    OtherFeaturesSupported: 0,
    Lines: [{ LineHandle: 0, LineType: 0 }],
  });
}
