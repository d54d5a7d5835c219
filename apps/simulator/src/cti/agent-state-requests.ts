import { AgentState, PGStatus, ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { type Agent, isOnCall } from '../model/agents';
import { stateOutOfRange, type StateRequest, type Verdict } from '../model/rules';
import { ReasonCode, type StateName } from '../model/standing';
import { type ActiveFault } from './faults';
import { type LoggedRequest } from './request-log';
import { type Session } from './session';
import { type Side } from './side';
import { stateNameOf } from './wire-values';

type SetAgentState = MessageOf<'SET_AGENT_STATE_REQ'>;

/** Refusals that the CTI server gives by itself, in place of the CONF. */
const Refusal = {
  unknownAgent: { failureCode: 256, peripheralErrorCode: 4 },
  wrongInstrument: { failureCode: 13, peripheralErrorCode: 32 },
  notYourAgent: { failureCode: 8, peripheralErrorCode: 0 },
  signedOnElsewhere: { failureCode: 259, peripheralErrorCode: 0 },
  instrumentInUse: { failureCode: 260, peripheralErrorCode: 0 },
  unknownInstrument: { failureCode: 260, peripheralErrorCode: 0 },
  wrongPassword: { failureCode: 257, peripheralErrorCode: 0 },
  outOfService: { failureCode: 34, peripheralErrorCode: 0 },
  /** What a reject fault says unless it is told otherwise: INVALID_OBJECT_STATE, cannot log out. */
  byFault: { failureCode: 22, peripheralErrorCode: 10112 },
} as const;

interface ControlRefusal {
  readonly failureCode: number;
  readonly peripheralErrorCode: number;
}

/** The delay of the fault `answerAfterConf` when it names none. */
const lateAnswerMs = 2_000;

/** Logs the request first, then finds its agent, answers, and carries it out: the CONF always goes before the event. */
export function answerSetAgentState(side: Side, session: Session, message: SetAgentState): void {
  const agent = findAgent(side, message);
  const logged = logRequest(side, session, message, agent);
  const { requests } = side.context;
  if (side.faults.take('silence') !== undefined) {
    requests.settle(logged.id, { kind: 'silenced' });
    return;
  }
  const status = protocolFailure(side, session, message);
  if (status !== undefined) {
    requests.settle(logged.id, { kind: 'failed', status });
    session.fail(message.InvokeID, status);
    return;
  }
  const refusal = agent === undefined ? Refusal.unknownAgent : controlRefusal(side, session, message, agent);
  if (refusal !== undefined || agent === undefined) {
    refuse(side, session, logged, refusal ?? Refusal.unknownAgent);
    return;
  }
  answerKnownAgent(side, session, message, agent, logged);
}

function answerKnownAgent(
  side: Side,
  session: Session,
  message: SetAgentState,
  agent: Agent,
  logged: LoggedRequest,
): void {
  const rejected = side.faults.take('reject');
  if (rejected !== undefined) {
    refuse(side, session, logged, codesOf(rejected));
    return;
  }
  const muted = side.faults.take('silenceAfterApply') !== undefined;
  if (muted) side.mute(logged.id);
  else if (!session.grants(ServiceMask.IGNORE_CONF)) {
    session.send({ name: 'SET_AGENT_STATE_CONF', InvokeID: message.InvokeID });
  }
  const rejectedLater = side.faults.take('rejectAfterConf');
  const late = side.faults.take('answerAfterConf');
  const carryOut = (): void => {
    if (rejectedLater !== undefined) refuse(side, session, logged, codesOf(rejectedLater));
    else carryOutVerdict(side, session, message, agent, logged, muted);
  };
  if (late === undefined) carryOut();
  else setTimeout(carryOut, late.ms ?? lateAnswerMs).unref();
}

function carryOutVerdict(
  side: Side,
  session: Session,
  message: SetAgentState,
  agent: Agent,
  logged: LoggedRequest,
  muted: boolean,
): void {
  const { agents } = side.context.centre;
  const verdict = judge(side, message, agent);
  const signsIn = message.AgentState === AgentState.LOGIN && verdict.kind === 'apply';
  const instrument = message.AgentInstrument;
  if (signsIn && instrument !== undefined && instrument !== agent.extension) agents.moveTo(agent, instrument);
  agents.carryOut(agent, verdict, logged.id);
  if (verdict.kind === 'refuse' && !muted) {
    session.failControl(message.InvokeID, verdict.failureCode, verdict.peripheralErrorCode);
  }
}

function judge(side: Side, message: SetAgentState, agent: Agent): Verdict {
  const state = stateNameOf(message.AgentState);
  if (state === undefined) return stateOutOfRange;
  return side.context.centre.agents.judge(agent, requestOf(state, message));
}

/** A supervisor's order carries his id: the agent's reason is then 999, and LOAD has no say in it. */
function requestOf(state: StateName, message: SetAgentState): StateRequest {
  const forceable = state === 'LOGOUT' || state === 'NOT_READY';
  return forceable && hasText(message.SupervisorID)
    ? { state, reasonCode: ReasonCode.supervisorForced, forcedFlag: 0 }
    : { state, reasonCode: message.EventReasonCode, forcedFlag: message.ForcedFlag };
}

function protocolFailure(side: Side, session: Session, message: SetAgentState): number | undefined {
  const { peripheralId, centre } = side.context;
  if (!session.grants(ServiceMask.CLIENT_CONTROL | ServiceMask.AGENT_STATE_CONTROL_ONLY))
    return StatusCode.FUNCTION_NOT_AVAILABLE;
  if ((side.pgStatus & PGStatus.OPC_DOWN) !== 0) return StatusCode.CTI_SERVER_OFFLINE;
  if (message.PeripheralID !== peripheralId) return StatusCode.INVALID_PERIPHERAL_ID;
  const named = hasText(message.AgentID) || hasText(message.AgentInstrument);
  const state = stateNameOf(message.AgentState);
  const needsPassword = centre.settings.current.agentPasswordRequired && (state === 'LOGIN' || state === 'LOGOUT');
  const passwordMissing = needsPassword && !hasText(message.AgentPassword);
  return !named || passwordMissing ? StatusCode.REQUIRED_DATA_MISSING : undefined;
}

function controlRefusal(
  side: Side,
  session: Session,
  message: SetAgentState,
  agent: Agent,
): ControlRefusal | undefined {
  if ((side.pgStatus & PGStatus.PERIPHERAL_OFFLINE) !== 0) return Refusal.outOfService;
  const ownOnly = !session.grants(ServiceMask.ALL_EVENTS) && session.ownAgentId !== undefined;
  if (ownOnly && session.ownAgentId !== agent.agentId) return Refusal.notYourAgent;
  const { agentPassword } = side.context.centre.settings.current;
  const state = stateNameOf(message.AgentState);
  const isWatched = agentPassword !== null && (state === 'LOGIN' || state === 'LOGOUT');
  if (isWatched && message.AgentPassword !== agentPassword) return Refusal.wrongPassword;
  const instrument = message.AgentInstrument;
  if (!hasText(instrument) || instrument === agent.extension) return undefined;
  if (state !== 'LOGIN') return Refusal.wrongInstrument;
  if (agent.resting.state !== 'LOGOUT') return Refusal.signedOnElsewhere;
  return deviceRefusal(side, agent, instrument ?? '');
}

function deviceRefusal(side: Side, agent: Agent, instrument: string): ControlRefusal | undefined {
  const { agents, settings } = side.context.centre;
  if (settings.current.extensions === 'known' && !agents.hasDevice(instrument)) return Refusal.unknownInstrument;
  const occupant = agents.findByExtension(instrument);
  const taken = occupant !== undefined && occupant !== agent && occupant.resting.state !== 'LOGOUT';
  return taken ? Refusal.instrumentInUse : undefined;
}

function findAgent(side: Side, message: SetAgentState): Agent | undefined {
  const { agents } = side.context.centre;
  if (hasText(message.AgentID)) return agents.find(message.AgentID ?? '');
  return agents.findByExtension(message.AgentInstrument ?? '');
}

function refuse(side: Side, session: Session, logged: LoggedRequest, codes: ControlRefusal): void {
  side.context.requests.settle(logged.id, { kind: 'rejected', ...codes });
  session.failControl(logged.invokeId, codes.failureCode, codes.peripheralErrorCode);
}

function codesOf(fault: ActiveFault): ControlRefusal {
  return {
    failureCode: fault.failureCode ?? Refusal.byFault.failureCode,
    peripheralErrorCode: fault.peripheralErrorCode ?? Refusal.byFault.peripheralErrorCode,
  };
}

function logRequest(side: Side, session: Session, message: SetAgentState, agent: Agent | undefined): LoggedRequest {
  return side.context.requests.add({
    at: side.context.now(),
    side: side.name,
    sessionId: session.sessionId,
    clientId: session.clientId,
    invokeId: message.InvokeID,
    agentId: message.AgentID ?? agent?.agentId ?? '',
    state: message.AgentState,
    stateName: stateNameOf(message.AgentState) ?? String(message.AgentState),
    reasonCode: message.EventReasonCode,
    forced: message.ForcedFlag === 1,
    forcedFlag: message.ForcedFlag,
    bySupervisor: hasText(message.SupervisorID),
    stateBefore: agent?.shown.state ?? null,
    onCall: agent !== undefined && isOnCall(agent),
  });
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
