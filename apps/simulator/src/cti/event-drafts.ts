import { type Draft, type DraftOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { type Call, type Leg } from '../model/calls';
import { type CallStep, type ModelEvent } from '../model/events';
import { type CallKind } from '../model/standing';
import {
  CallType,
  ConnectionState,
  DeviceType,
  EventCause,
  LineType,
  noShortValue,
  noValue,
  skillGroup,
  stateNumber,
  staticDevice,
  voiceMrd,
} from './wire-values';

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
  const state = stateNumber(standing.state);
  const named = source.skillGroupEvents > 1;
  return {
    name: 'AGENT_STATE_EVENT',
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    SessionID: 0,
    PeripheralType: source.peripheralType,
    SkillGroupState: state,
    StateDuration: 0,
    SkillGroupNumber: named ? skillGroup.number + group : noValue,
    SkillGroupID: named ? skillGroup.id + group : noValue,
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
    NextAgentState: change.nextState === undefined ? undefined : stateNumber(change.nextState),
  };
}

/** The message that tells one step of a call. */
export function draftOfCall(change: CallChange, source: EventSource): Draft {
  return draftOfStep[change.step](change, source);
}

export const callTypes: Readonly<Record<CallKind, number>> = {
  acd: CallType.prerouteAcdIn,
  direct: CallType.otherIn,
  outbound: CallType.out,
  nonAcd: CallType.nonAcd,
};

const lineTypes: Readonly<Record<CallKind, number>> = {
  acd: LineType.inboundAcd,
  direct: LineType.did,
  outbound: LineType.outbound,
  nonAcd: LineType.nonAcdIn,
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
    NewConnectionDeviceIDType: update?.newCallId === undefined ? noShortValue : staticDevice,
    NewConnectionCallID: update?.newCallId ?? noValue,
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
    CallingDeviceType: DeviceType.identifier,
    CallingDeviceID: leg.device,
    ...outcome(ConnectionState.initiate),
  }),
  originated: ({ call, leg }, source) => ({
    name: 'CALL_ORIGINATED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    ...parties(call, leg),
    ...outcome(ConnectionState.connect),
  }),
  delivered: ({ call, leg }, source) => ({
    name: 'CALL_DELIVERED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    AlertingDeviceType: leg.kind === 'outbound' ? DeviceType.external : DeviceType.identifier,
    AlertingDeviceID: leg.kind === 'outbound' ? call.customer : leg.device,
    ...parties(call, leg),
    LastRedirectDeviceType: noShortValue,
    ...outcome(leg.kind === 'outbound' ? ConnectionState.connect : ConnectionState.alerting, EventCause.newCall),
  }),
  established: ({ call, leg }, source) => ({
    name: 'CALL_ESTABLISHED_EVENT',
    ...connection(leg, source),
    ...line(leg),
    AnsweringDeviceType: leg.kind === 'outbound' ? DeviceType.external : DeviceType.identifier,
    AnsweringDeviceID: leg.kind === 'outbound' ? call.customer : leg.device,
    ...parties(call, leg),
    LastRedirectDeviceType: noShortValue,
    ...outcome(ConnectionState.connect),
  }),
  held: ({ leg }, source) => ({
    name: 'CALL_HELD_EVENT',
    ...connection(leg, source),
    HoldingDeviceType: DeviceType.identifier,
    HoldingDeviceID: leg.device,
    ...outcome(ConnectionState.hold),
  }),
  retrieved: ({ leg }, source) => ({
    name: 'CALL_RETRIEVED_EVENT',
    ...connection(leg, source),
    RetrievingDeviceType: DeviceType.identifier,
    RetrievingDeviceID: leg.device,
    ...outcome(ConnectionState.connect),
  }),
  conferenced: ({ call, leg, otherLeg }, source) => ({
    name: 'CALL_CONFERENCED_EVENT',
    ...joined(call, leg, source),
    ControllerDeviceType: DeviceType.identifier,
    ControllerDeviceID: leg.device,
    AddedPartyDeviceType: DeviceType.identifier,
    AddedPartyDeviceID: otherLeg?.device,
    ...outcome(ConnectionState.connect, EventCause.conference),
  }),
  transferred: ({ call, leg, otherLeg }, source) => ({
    name: 'CALL_TRANSFERRED_EVENT',
    ...joined(call, leg, source),
    TransferringDeviceType: DeviceType.identifier,
    TransferringDeviceID: leg.device,
    TransferredDeviceType: DeviceType.identifier,
    TransferredDeviceID: otherLeg?.device,
    ...outcome(ConnectionState.connect, EventCause.transfer),
  }),
  connectionCleared: ({ leg }, source) => ({
    name: 'CALL_CONNECTION_CLEARED_EVENT',
    ...connection(leg, source),
    ReleasingDeviceType: DeviceType.identifier,
    ReleasingDeviceID: leg.device,
    ...outcome(ConnectionState.null),
  }),
  cleared: ({ leg }, source) => ({
    name: 'CALL_CLEARED_EVENT',
    ...connection(leg, source),
    ...outcome(ConnectionState.null),
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

const noService = { ServiceNumber: noValue, ServiceID: noValue } as const;

function connection(leg: Leg, source: EventSource) {
  return {
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    PeripheralType: source.peripheralType,
    ConnectionDeviceIDType: staticDevice,
    ConnectionCallID: leg.callId,
    ConnectionDeviceID: leg.device,
  };
}

function skillGroupOf(leg: Leg) {
  const routed = leg.kind === 'acd';
  return {
    SkillGroupNumber: routed ? skillGroup.number : noValue,
    SkillGroupID: routed ? skillGroup.id : noValue,
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
    CallingDeviceType: outbound ? DeviceType.identifier : DeviceType.external,
    CallingDeviceID: outbound ? leg.device : call.customer,
    CalledDeviceType: outbound ? DeviceType.external : DeviceType.identifier,
    CalledDeviceID: outbound ? call.customer : leg.device,
  };
}

function outcome(state: number, cause: number = EventCause.none) {
  return { LocalConnectionState: state, EventCause: cause };
}

function joined(call: Call, leg: Leg, source: EventSource) {
  const connectedParties = call.legs.map((party) => ({
    ConnectedPartyCallID: party.callId,
    ConnectedPartyDeviceIDType: staticDevice,
    ConnectedPartyDeviceID: party.device,
  }));
  return {
    MonitorID: 0,
    PeripheralID: source.peripheralId,
    PeripheralType: source.peripheralType,
    PrimaryDeviceIDType: staticDevice,
    PrimaryCallID: leg.callId,
    PrimaryDeviceID: leg.device,
    LineHandle: 0,
    LineType: lineTypes[leg.kind],
    ...skillGroupOf(leg),
    SecondaryDeviceIDType: staticDevice,
    SecondaryCallID: leg.callId,
    SecondaryDeviceID: leg.device,
    ConnectedParties: connectedParties,
  };
}

/** The agent as a team or a snapshot shows him. */
export function shownState(agent: Agent): number {
  return stateNumber(agent.shown.state);
}
