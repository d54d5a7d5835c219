import { ServiceMask } from '#cti-protocol/enumerations';
import { type Draft } from '#cti-protocol/messages';
import { type Session } from './session';
import { type Side } from './side';

/** CLIENT_MONITOR: who else has a session with this CTI server. */

/** The others hear of the new session; it hears of each that was there, when it asked for the service itself. */
export function tellSessionOpened(side: Side, opened: Session): void {
  for (const other of side.sessions) {
    if (other === opened || !isOpen(other)) continue;
    if (other.grants(ServiceMask.CLIENT_MONITOR)) other.send(openedDraft(opened));
    if (opened.phase === 'open' && opened.grants(ServiceMask.CLIENT_MONITOR)) opened.send(openedDraft(other));
  }
}

export function tellSessionClosed(side: Side, closed: Session): void {
  if (!closed.wasOpened) return;
  for (const other of side.sessions) {
    if (!isOpen(other) || !other.grants(ServiceMask.CLIENT_MONITOR)) continue;
    other.send({
      name: 'CLIENT_SESSION_CLOSED_EVENT',
      SessionID: closed.sessionId,
      PeripheralID: closed.peripheralId,
      Status: closed.closeStatus,
      ...clientOf(closed),
    });
  }
}

function isOpen(session: Session): boolean {
  return session.phase === 'open';
}

function openedDraft(session: Session): Draft {
  return {
    name: 'CLIENT_SESSION_OPENED_EVENT',
    SessionID: session.sessionId,
    PeripheralID: session.peripheralId,
    ServicesGranted: session.grant.services >>> 0,
    CallMsgMask: session.grant.callMask >>> 0,
    AgentStateMask: session.grant.agentStateMask,
    ...clientOf(session),
  };
}

function clientOf(session: Session) {
  return {
    ClientPort: session.clientPort,
    ClientAddress: session.clientAddress,
    ClientID: session.clientId,
    AgentID: session.ownAgentId,
  };
}
