import { AgentState } from '#cti-protocol/enumerations';
import { type Agent, isOnCall } from '../model/agents';
import { type Call } from '../model/calls';
import { type Session } from '../cti/session';
import { type Side } from '../cti/side';

/** What HTTP shows of an agent; times are epoch ms. */
export function viewAgent(agent: Agent) {
  return {
    agentId: agent.agentId,
    extension: agent.extension,
    icmAgentId: agent.icmAgentId,
    teamId: agent.teamId,
    supervisor: agent.supervisor,
    state: AgentState[agent.shown.state],
    stateName: agent.shown.state,
    reasonCode: agent.shown.reasonCode,
    pendingState: agent.pending?.standing.state ?? null,
    since: agent.since,
    onCall: isOnCall(agent),
    calls: agent.legs.map((leg) => ({ callId: leg.callId, kind: leg.kind, state: leg.state })),
  };
}

export function viewCall(call: Call) {
  return {
    callId: call.callId,
    kind: call.kind,
    customer: call.customer,
    variables: Object.fromEntries(call.data.variables),
    namedVariables: Object.fromEntries(call.data.namedVariables),
    legs: call.legs.map((leg) => ({ agentId: leg.agent.agentId, extension: leg.device, state: leg.state })),
  };
}

export function viewSession(side: Side, session: Session) {
  return {
    sessionId: session.sessionId,
    side: side.name,
    phase: session.phase,
    maintenance: side.maintenance.phaseOf(session) ?? null,
    clientId: session.clientId,
    clientAddress: session.clientAddress,
    version: session.version,
    services: hex(session.grant.services),
    callMask: hex(session.grant.callMask),
    agentStateMask: hex(session.grant.agentStateMask),
    agentId: session.ownAgentId ?? null,
    connectedAt: session.connectedAt,
  };
}

export function viewSide(side: Side) {
  return {
    side: side.name,
    address: `${side.address.host}:${side.address.port}`,
    listening: side.listening,
    pgStatus: side.pgStatus,
    sessions: side.sessions.size,
    faults: side.faults.active,
  };
}

function hex(mask: number): string {
  return `0x${(mask >>> 0).toString(16).padStart(8, '0')}`;
}
