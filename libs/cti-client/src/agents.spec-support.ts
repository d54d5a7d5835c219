/** For unit tests: messages about agents and their calls, and a CTI server that answers questions about them. */
import { AgentState } from '#cti-protocol/enumerations';
import { type DraftOf, type Message, type MessageName, messages } from '#cti-protocol/messages';
import { type MessageRow } from '#cti-protocol/field-types';
import { type CtiPair, PERIPHERAL, type ServerEnd } from './cti-pair.spec-support';

/** A whole message from its interesting fields: fixed numbers are 0, floating fields absent, lists empty. */
export function told<N extends MessageName>(name: N, fields: Partial<Omit<DraftOf<N>, 'name'>>): Message {
  const row: MessageRow = messages[name];
  const empty: Record<string, unknown> = { name };
  for (const field of Object.keys(row.fixed)) empty[field] = 0;
  for (const [field, part] of Object.entries(row.floating)) empty[field] = part.kind === 'field' ? undefined : [];
  if ('PeripheralID' in row.fixed) empty['PeripheralID'] = PERIPHERAL;
  return { ...empty, ...fields } as unknown as Message;
}

export interface StateFields {
  reason?: number;
  device?: string | undefined;
  mrd?: number;
  peripheral?: number;
  skillGroup?: number;
  /** NextAgentState. */
  next?: number;
}

/** AGENT_STATE_EVENT of an agent, on extension 3001 unless said otherwise. */
export function stateDraft(agentId: string, state: number, fields: StateFields = {}): DraftOf<'AGENT_STATE_EVENT'> {
  const device = 'device' in fields ? fields.device : '3001';
  return {
    name: 'AGENT_STATE_EVENT',
    MonitorID: 0,
    PeripheralID: fields.peripheral ?? PERIPHERAL,
    SessionID: 0,
    PeripheralType: 17,
    SkillGroupState: state,
    StateDuration: 0,
    SkillGroupNumber: fields.skillGroup ?? 0xffffffff,
    SkillGroupID: 0xffffffff,
    SkillGroupPriority: 0,
    AgentState: state,
    EventReasonCode: fields.reason ?? 0,
    MRDID: fields.mrd ?? 1,
    NumTasks: 0,
    AgentMode: 1,
    MaxTaskLimit: 1,
    ICMAgentID: 5015,
    AgentAvailabilityStatus: 0,
    AgentID: agentId,
    AgentExtension: device,
    AgentInstrument: device,
    NextAgentState: fields.next,
  };
}

export const stateEvent = (agentId: string, state: number, fields: StateFields = {}): Message =>
  told('AGENT_STATE_EVENT', stateDraft(agentId, state, fields));

/** One call of the server's book, on one device. */
export interface FakeCall {
  callId: number;
  device: string;
}

export interface FakeAgent {
  state: number;
  device: string;
  calls: FakeCall[];
}

/** A CTI server that answers queries and snapshots from a table; what else comes goes to `otherwise`. */
export function answerQuestions(
  pair: CtiPair,
  agents: Record<string, FakeAgent>,
  otherwise: (message: Message, end: ServerEnd) => void = () => undefined,
): void {
  pair.onMessage = (message, end) => {
    if (message.name === 'QUERY_AGENT_STATE_REQ') answerQuery(end, message.InvokeID, agents[message.AgentID ?? '']);
    else if (message.name === 'SNAPSHOT_DEVICE_REQ') {
      const calls = Object.values(agents).flatMap((agent) => agent.calls);
      const own = calls.filter(({ device }) => device === message.AgentInstrument);
      end.send(snapshotConf(message.InvokeID, own));
    } else otherwise(message, end);
  };
}

export function snapshotConf(invokeId: number, calls: FakeCall[]): DraftOf<'SNAPSHOT_DEVICE_CONF'> {
  return {
    name: 'SNAPSHOT_DEVICE_CONF',
    InvokeID: invokeId,
    Calls: calls.map(({ callId, device }) => ({
      CallConnectionCallID: callId,
      CallConnectionDeviceIDType: 0,
      CallConnectionDeviceID: device,
      CallState: 3,
    })),
  };
}

export function answerQuery(end: ServerEnd, invokeId: number, agent: FakeAgent | undefined, named?: string): void {
  if (agent === undefined) {
    end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID: invokeId, FailureCode: 256, PeripheralErrorCode: 0 });
    return;
  }
  end.send({
    name: 'QUERY_AGENT_STATE_CONF',
    InvokeID: invokeId,
    AgentState: agent.state,
    MRDID: 1,
    NumTasks: 0,
    AgentMode: 1,
    MaxTaskLimit: 1,
    ICMAgentID: 5015,
    AgentAvailabilityStatus: 0,
    AgentID: named,
    AgentExtension: agent.state === AgentState.LOGOUT ? undefined : agent.device,
    AgentInstrument: agent.state === AgentState.LOGOUT ? undefined : agent.device,
  });
}
