/** For unit tests: a mirror whose changes are written down, and agents and calls to tell it of. */
import { type Message } from '#cti-protocol/messages';
import { type AgentView } from './agent-view';
import { stateEvent, told } from './agents.spec-support';
import { type Connection } from './call-book';
import { PERIPHERAL } from './cti-pair.spec-support';
import { Mirror, type MirrorOptions } from './mirror';

export const call = (callId: number, deviceId: string): Connection => ({ callId, deviceIdType: 0, deviceId });

/** An agent whose state and calls were told. */
export function know(mirror: Mirror, agentId: string, device: string, state: number, calls: Connection[] = []): void {
  mirror.apply(stateEvent(agentId, state, { device }));
  const ticket = mirror.beginSnapshot(agentId);
  if (ticket === undefined) throw new Error(`nothing to ask about ${agentId}`);
  mirror.completeSnapshot(ticket, calls);
}

export function newMirror(options: Partial<MirrorOptions> = {}) {
  const mirror = new Mirror({ peripheralId: PERIPHERAL, ...options });
  const changes: string[] = [];
  mirror.on('agentChanged', (before, after) => changes.push(`${brief(before)} → ${brief(after)}`));
  mirror.on('agentUnknown', (before) => changes.push(`${brief(before)} → unknown`));
  return { mirror, changes };
}

/** `2` NOT_READY without a call, `3+1` AVAILABLE with one. */
const brief = (view: AgentView | undefined): string =>
  view === undefined ? '?' : `${view.state}${view.calls.length === 0 ? '' : `+${view.calls.length}`}`;

export const on = (callId: number, device: string) => ({
  ConnectionCallID: callId,
  ConnectionDeviceIDType: 0,
  ConnectionDeviceID: device,
});
export const begin = (callId: number, device: string): Message => told('BEGIN_CALL_EVENT', on(callId, device));
export const end = (callId: number, device: string): Message => told('END_CALL_EVENT', on(callId, device));
