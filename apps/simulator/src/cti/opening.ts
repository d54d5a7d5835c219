import { CallMsgMask, PGStatus, ServiceMask, StatusCode, SystemEventID } from '#cti-protocol/enumerations';
import { decodeMessage } from '#cti-protocol/decode';
import { type Frame } from '#cti-protocol/frame';
import { type Agent } from '../model/agents';
import { teamDrafts } from './configuration';
import { judgeOpen, type OpenRequest, supportedVersion } from './open-rules';
import { type Session } from './session';
import { tellSessionOpened } from './session-watch';
import { openConfirmation, systemEvent } from './session-drafts';
import { type Side } from './side';

/** The status of a refused OPEN_REQ when the fault names none: UNSPECIFIED_FAILURE. */
const unspecifiedFailure = 17;
const invokeIdBytes = 4;

/** Judges OPEN_REQ and answers it: FAILURE_CONF, or OPEN_CONF and what a new session is told. */
export function answerOpen(side: Side, session: Session, versionNumber: number, frame: Frame): void {
  const invokeId = invokeIdOf(frame.body);
  if (session.phase !== 'connected') {
    session.fail(invokeId, StatusCode.SESSION_ALREADY_OPEN);
    return;
  }
  if (side.faults.take('silenceOpen') !== undefined) return;
  const refused = side.faults.take('refuseOpen');
  if (refused !== undefined) {
    session.fail(invokeId, refused.status ?? unspecifiedFailure);
    return;
  }
  const version = supportedVersion(versionNumber, side.context.versionMax());
  if (version === undefined) {
    session.fail(invokeId, StatusCode.INVALID_VERSION);
    return;
  }
  const decoded = decodeMessage(frame.type, frame.body, version);
  if (decoded.kind === 'malformed') session.reset(decoded.fault.sentence);
  if (decoded.kind !== 'message' || decoded.message.name !== 'OPEN_REQ') return;
  const request = decoded.message;
  const standby = side.faults.isOn('standby');
  const verdict = judgeOpen(request, side.context.centre.settings.current, {
    peripheralId: side.context.peripheralId,
    standby,
    inMaintenance: side.faults.isOn('maintenance'),
    knowsAgent: (opener) => findOwnAgent(side, opener) !== undefined,
  });
  if (verdict.kind === 'refused') {
    session.fail(invokeId, verdict.status);
    return;
  }
  session.opened(request, version, verdict, standby);
  const ownAgent = session.grants(ServiceMask.CLIENT_EVENTS) ? findOwnAgent(side, request) : undefined;
  session.ownAgentId = ownAgent?.agentId;
  welcome(side, session, invokeId, ownAgent);
}

function findOwnAgent(side: Side, request: OpenRequest): Agent | undefined {
  const { agents } = side.context.centre;
  const device = request.AgentInstrument ?? request.AgentExtension ?? '';
  return agents.find(request.AgentID ?? '') ?? agents.findByExtension(device);
}

function welcome(side: Side, session: Session, invokeId: number, ownAgent: Agent | undefined): void {
  const { centre, peripheralId, source, now, log } = side.context;
  const { pgStatus } = side;
  const standby = session.phase === 'standby';
  session.send(openConfirmation({ invokeId, session, ownAgent, standby, pgStatus, ...source(), nowMs: now() }));
  const { sessionId, clientId, version } = session;
  log('session opened', { side: side.name, sessionId, clientId, version });
  tellSessionOpened(side, session);
  if (standby) return;
  if (session.grants(ServiceMask.ALL_EVENTS)) {
    const online = (pgStatus & PGStatus.PERIPHERAL_OFFLINE) === 0;
    const eventId = online ? SystemEventID.PERIPHERAL_ONLINE : SystemEventID.PERIPHERAL_OFFLINE;
    session.send(systemEvent({ eventId, arg1: peripheralId, pgStatus, nowMs: now() }));
  }
  tellTeams(session, [...centre.agents.all], peripheralId);
}

/** AGENT_TEAM_CONFIG_EVENT to a session that asked for it. */
export function tellTeams(session: Session, agents: readonly Agent[], peripheralId: number): void {
  const wanted = session.wantsEvents && session.grants(ServiceMask.ALL_EVENTS);
  if (!wanted || (session.grant.callMask & CallMsgMask.AGENT_TEAM_CONFIG) === 0) return;
  for (const draft of teamDrafts(agents, peripheralId)) session.send(draft);
}

/** A message that was not read is answered when its first four bytes can be an InvokeID. */
export function failUnread(session: Session, body: Uint8Array, status: number): void {
  if (body.length >= invokeIdBytes) session.fail(invokeIdOf(body), status);
  else session.send({ name: 'FAILURE_EVENT', Status: status });
}

function invokeIdOf(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset, body.length).getUint32(0);
}
