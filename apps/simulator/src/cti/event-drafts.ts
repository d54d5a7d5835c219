import {
  AgentState,
  CallType,
  ConnectionDeviceIDType,
  DeviceIDType,
  EventCause,
  LineType,
  LocalConnectionState,
  Null,
} from '#cti-protocol/enumerations';
import { type Draft, type DraftOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { type Call, type Leg } from '../model/calls';
import { type CallStep, type ModelEvent } from '../model/events';
import { type CallKind } from '../model/standing';
import { skillGroup, voiceMrd } from './wire-values';

/** What is the same in every event of this pair of servers. */
export interface EventSource {
  readonly peripheralId: number;
  readonly peripheralType: number;
  /** How many AGENT_STATE_EVENTs one change makes; see the setting of this name. */
  readonly skillGroupEvents: number;
}

type AgentStateChange = Extract<ModelEvent, { kind: 'agentState' }>;
type CallChange = Extract<ModelEvent, { kind: 'call' }>;

/** `group`: which of several skill groups this event is about; they are numbered on from the first one. */
export function draftOfAgentState(
  change: AgentStateChange,
  source: EventSource,
  group: number,
): DraftOf<'AGENT_STATE_EVENT'> {
  const { agent, standing } = change;
  const loggedOut = standing.state === 'LOGOUT';
  const state = AgentState[standing.state];
  const named = source.skillGroupEvents > 1;
  return {
    name: 'AGENT_STATE_EVENT',
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    SessionID: 0,
    PeripheralType: source.peripheralType,
    SkillGroupState: state,
    StateDuration: 0,
    SkillGroupNumber: named ? skillGroup.number + group : Null.UINT,
    SkillGroupID: named ? skillGroup.id + group : Null.UINT,
    SkillGroupPriority: 0,
    AgentState: state,
    EventReasonCode: standing.reasonCode,
    MRDID: voiceMrd,
    NumTasks: agent.legs.length,
    AgentMode: loggedOut ? 0 : 1,
    MaxTaskLimit: loggedOut ? 0 : 1,
    ICMAgentID: agent.icmAgentId,
    AgentAvailabilityStatus: standing.state === 'AVAILABLE' ? 1 : 0,
    AgentID: agent.agentId,
    AgentExtension: agent.extension,
    AgentInstrument: agent.extension,
    NextAgentState: change.nextState === undefined ? undefined : AgentState[change.nextState],
  };
}

/** The message that tells one step of a call. */
export function draftOfCall(change: CallChange, source: EventSource): Draft {
  return draftOfStep[change.step](change, source);
}

export const callTypes: Readonly<Record<CallKind, number>> = {
  acd: CallType.PREROUTE_ACD_IN,
  direct: CallType.OTHER_IN,
  outbound: CallType.OUT,
  nonAcd: CallType.NON_ACD,
};

const lineTypes: Readonly<Record<CallKind, number>> = {
  acd: LineType.INBOUND_ACD,
  direct: LineType.DID,
  outbound: LineType.OUTBOUND,
  nonAcd: LineType.NON_ACD_IN,
};

type DraftOfStep = (change: CallChange, source: EventSource) => Draft;

const draftOfStep: Readonly<Record<CallStep, DraftOfStep>> = {
  preCall: ({ call, leg }) => ({
    name: 'AGENT_PRE_CALL_EVENT',
    MonitorID: 0,
    ...noService,
    ...skillGroupOf(leg),
    MRDID: voiceMrd,
    AgentSkillTargetID: leg.agent.icmAgentId,
    AgentInstrument: leg.device,
    AgentID: leg.agent.agentId,
    ANI: call.customer,
  }),
  begun: ({ call, leg }, source) => ({
    name: 'BEGIN_CALL_EVENT',
    ...connection(leg, source),
    CallType: callTypes[leg.kind],
    CalledPartyDisposition: 0,
    ANI: call.customer,
    DNIS: leg.device,
    DialedNumber: leg.kind === 'outbound' ? call.customer : leg.device,
    ...variablesOf(call.data.variables),
    NamedVariables: namedVariablesOf(call),
  }),
  dataUpdated: ({ call, leg, update }, source) => ({
    name: 'CALL_DATA_UPDATE_EVENT',
    ...connection(leg, source),
    CallType: callTypes[leg.kind],
    NewConnectionDeviceIDType: update?.newCallId === undefined ? Null.USHORT : ConnectionDeviceIDType.STATIC,
    NewConnectionCallID: update?.newCallId ?? Null.UINT,
    NewConnectionDeviceID: update?.newCallId === undefined ? undefined : leg.device,
    CalledPartyDisposition: 0,
    CampaignID: 0,
    QueryRuleID: 0,
    ...variablesOf(update?.variables ?? new Map()),
    // The changed ones alone would not do here: named variables always come as the full set.
    NamedVariables: namedVariablesOf(call),
  }),
  serviceInitiated: ({ leg }, source) => ({
    name: 'CALL_SERVICE_INITIATED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    CallingDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    CallingDeviceID: leg.device,
    ...outcome(LocalConnectionState.INITIATE),
  }),
  originated: ({ call, leg }, source) => ({
    name: 'CALL_ORIGINATED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    ...parties(call, leg),
    ...outcome(LocalConnectionState.CONNECT),
  }),
  delivered: ({ call, leg }, source) => ({
    name: 'CALL_DELIVERED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    AlertingDeviceType: leg.kind === 'outbound' ? DeviceIDType.EXTERNAL : DeviceIDType.DEVICE_IDENTIFIER,
    AlertingDeviceID: leg.kind === 'outbound' ? call.customer : leg.device,
    ...parties(call, leg),
    LastRedirectDeviceType: Null.USHORT,
    ...outcome(
      leg.kind === 'outbound' ? LocalConnectionState.CONNECT : LocalConnectionState.ALERTING,
      EventCause.NEW_CALL,
    ),
  }),
  established: ({ call, leg }, source) => ({
    name: 'CALL_ESTABLISHED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    AnsweringDeviceType: leg.kind === 'outbound' ? DeviceIDType.EXTERNAL : DeviceIDType.DEVICE_IDENTIFIER,
    AnsweringDeviceID: leg.kind === 'outbound' ? call.customer : leg.device,
    ...parties(call, leg),
    LastRedirectDeviceType: Null.USHORT,
    ...outcome(LocalConnectionState.CONNECT),
  }),
  held: ({ leg }, source) => ({
    name: 'CALL_HELD_EVENT',
    ...connection(leg, source),
    HoldingDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    HoldingDeviceID: leg.device,
    ...outcome(LocalConnectionState.HOLD),
  }),
  retrieved: ({ leg }, source) => ({
    name: 'CALL_RETRIEVED_EVENT',
    ...connection(leg, source),
    RetrievingDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    RetrievingDeviceID: leg.device,
    ...outcome(LocalConnectionState.CONNECT),
  }),
  conferenced: ({ call, leg, otherLeg }, source) => ({
    name: 'CALL_CONFERENCED_EVENT',
    ...joined(call, leg, source, call.legs),
    ControllerDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    ControllerDeviceID: leg.device,
    AddedPartyDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    AddedPartyDeviceID: otherLeg?.device,
    ...outcome(LocalConnectionState.CONNECT, EventCause.KEY_CONFERENCE),
  }),
  transferred: ({ call, leg, otherLeg }, source) => ({
    name: 'CALL_TRANSFERRED_EVENT',
    ...joined(call, leg, source, without(call.legs, leg)),
    TransferringDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    TransferringDeviceID: leg.device,
    TransferredDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    TransferredDeviceID: otherLeg?.device,
    ...outcome(LocalConnectionState.CONNECT, EventCause.TRANSFER),
  }),
  connectionCleared: ({ leg }, source) => ({
    name: 'CALL_CONNECTION_CLEARED_EVENT',
    ...connection(leg, source),
    ReleasingDeviceType: DeviceIDType.DEVICE_IDENTIFIER,
    ReleasingDeviceID: leg.device,
    ...outcome(LocalConnectionState.NULL),
  }),
  cleared: ({ leg }, source) => ({
    name: 'CALL_CLEARED_EVENT',
    ...connection(leg, source),
    ...outcome(LocalConnectionState.NULL),
  }),
  ended: ({ leg }, source) => ({ name: 'END_CALL_EVENT', ...connection(leg, source) }),
};

export function variablesOf(
  variables: ReadonlyMap<number, string>,
): Readonly<Record<`CallVariable${CallVariable}`, string | undefined>> {
  return {
    CallVariable1: variables.get(1),
    CallVariable2: variables.get(2),
    CallVariable3: variables.get(3),
    CallVariable4: variables.get(4),
    CallVariable5: variables.get(5),
    CallVariable6: variables.get(6),
    CallVariable7: variables.get(7),
    CallVariable8: variables.get(8),
    CallVariable9: variables.get(9),
    CallVariable10: variables.get(10),
  };
}

type CallVariable = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export function namedVariablesOf(call: Call) {
  return Array.from(call.data.namedVariables, ([Name, Value]) => ({ Name, Value }));
}

const noService = { ServiceNumber: Null.UINT, ServiceID: Null.UINT } as const;

function connection(leg: Leg, source: EventSource) {
  return {
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    PeripheralType: source.peripheralType,
    ConnectionDeviceIDType: ConnectionDeviceIDType.STATIC,
    ConnectionCallID: leg.callId,
    ConnectionDeviceID: leg.device,
  };
}

function skillGroupOf(leg: Leg) {
  const routed = leg.kind === 'acd';
  return {
    SkillGroupNumber: routed ? skillGroup.number : Null.UINT,
    SkillGroupID: routed ? skillGroup.id : Null.UINT,
    SkillGroupPriority: 0,
  };
}

function line(leg: Leg) {
  return { LineHandle: 0, LineType: lineTypes[leg.kind], ...noService, ...skillGroupOf(leg) };
}

/** An outbound call goes from the agent to the customer, every other the other way. */
function parties(call: Call, leg: Leg) {
  const outbound = leg.kind === 'outbound';
  return {
    CallingDeviceType: outbound ? DeviceIDType.DEVICE_IDENTIFIER : DeviceIDType.EXTERNAL,
    CallingDeviceID: outbound ? leg.device : call.customer,
    CalledDeviceType: outbound ? DeviceIDType.EXTERNAL : DeviceIDType.DEVICE_IDENTIFIER,
    CalledDeviceID: outbound ? call.customer : leg.device,
  };
}

function outcome(state: number, cause: number = Null.USHORT) {
  return { LocalConnectionState: state, EventCause: cause };
}

function without(legs: readonly Leg[], leaving: Leg): Leg[] {
  return legs.filter((leg) => leg !== leaving);
}

/** `staying`: the agents of whom the call consists after this; the customer stays in any case, and who only rings is none. */
function joined(call: Call, leg: Leg, source: EventSource, staying: readonly Leg[]) {
  const connected = staying.filter(({ state }) => state !== 'alerting').map(({ device }) => device);
  const connectedParties = [...connected, call.customer].map((ConnectedPartyDeviceID) => ({
    ConnectedPartyCallID: call.callId,
    ConnectedPartyDeviceIDType: ConnectionDeviceIDType.STATIC,
    ConnectedPartyDeviceID,
  }));
  return {
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    PeripheralType: source.peripheralType,
    PrimaryDeviceIDType: ConnectionDeviceIDType.STATIC,
    PrimaryCallID: leg.callId,
    PrimaryDeviceID: leg.device,
    LineHandle: 0,
    LineType: lineTypes[leg.kind],
    ...skillGroupOf(leg),
    SecondaryDeviceIDType: ConnectionDeviceIDType.STATIC,
    SecondaryCallID: leg.callId,
    SecondaryDeviceID: leg.device,
    ConnectedParties: connectedParties,
  };
}

/** The agent as a team or a snapshot shows him. */
export function shownState(agent: Agent): number {
  return AgentState[agent.shown.state];
}
