import { type ModelEvent } from '../model/events';
import { type Agent } from '../model/agents';

/** What a session watches beside its services; its events carry the MonitorID. */
export type Monitor =
  | { readonly kind: 'device'; readonly device: string; callMask: number; agentStateMask: number }
  /** Follows the call when it gets another number, and ends with it. */
  | { readonly kind: 'call'; callId: number; readonly device: string; callMask: number; agentStateMask: number }
  | { readonly kind: 'team'; readonly teamId: number };

type CallChange = Extract<ModelEvent, { kind: 'call' }>;

/** `bit`: of AgentStateMask; a team monitor has none of its own, the session's counts. */
export function watchesAgent(monitor: Monitor, agent: Agent, bit: number, sessionMask: number): boolean {
  switch (monitor.kind) {
    case 'device':
      return monitor.device === agent.extension && (monitor.agentStateMask & bit) !== 0;
    case 'call':
      return false;
    case 'team':
      return monitor.teamId === agent.teamId && (sessionMask & bit) !== 0;
  }
}

export function watchesCall(monitor: Monitor, { leg }: CallChange, bit: number): boolean {
  switch (monitor.kind) {
    case 'device':
      return monitor.device === leg.device && (monitor.callMask & bit) !== 0;
    case 'call':
      return monitor.callId === leg.callId && monitor.device === leg.device && (monitor.callMask & bit) !== 0;
    case 'team':
      return false;
  }
}

/** After a call's event: its monitors take the new number, and those of a call that ended are gone. */
export function followCall(monitors: Map<number, Monitor>, { step, leg, update }: CallChange): void {
  for (const [monitorId, monitor] of monitors) {
    if (monitor.kind !== 'call' || monitor.callId !== leg.callId || monitor.device !== leg.device) continue;
    if (step === 'ended') monitors.delete(monitorId);
    if (update?.newCallId !== undefined) monitor.callId = update.newCallId;
  }
}
