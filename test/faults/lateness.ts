import { type Observation } from '../sim/oracle-log';
import { type FaultTimes } from './fault-times';

/** When each ghost was signed out, and when that was due if nothing but its loss is counted. */
export interface Lateness {
  readonly agentId: string;
  /** ε: how much later than loss + detection + grace, or than the end of the last fault or call if that was later; 0 when it was in time, or out while a fault went on. */
  readonly lateMs: number;
}

/** Measures every effective logout of somebody who had a desktop before. */
export function latenessOf(observations: readonly Observation[], times: FaultTimes): Lateness[] {
  const dueAt = new Map<string, number>();
  const serverOf = new Map<string, string>();
  const died = new Map<string, number>();
  const away = new Map<string, number>();
  const asked = new Map<number, string>();
  const callEnded = new Map<string, number>();
  const faults = observations.flatMap((observation) => (observation.what === 'disturbed' ? [observation] : []));
  const found: Lateness[] = [];
  for (const observation of observations) {
    if (observation.what === 'serverDied') died.set(observation.serverId, observation.at);
    if (observation.what === 'sourceAway') away.set(observation.serverId, observation.until);
    if (observation.what === 'acknowledged') {
      serverOf.set(observation.desktop, observation.serverId);
      dueAt.delete(observation.agentId);
    }
    if (observation.what === 'ended') {
      const serverId = serverOf.get(observation.desktop) ?? '';
      const diedAt = died.get(serverId);
      const ownAt =
        observation.at +
        times.graceMs +
        (observation.how === 'gone' || observation.how === 'bye' ? 0 : times.detectionMs);
      const serverAt = diedAt === undefined ? 0 : diedAt + times.leaseMs + times.sweepMs + times.graceServerLostMs;
      const backAt = away.get(serverId);
      const sourceAt = backAt === undefined ? 0 : backAt + times.graceServerLostMs;
      dueAt.set(observation.agentId, Math.max(ownAt, serverAt, sourceAt));
    }
    if (observation.what === 'callEnded') callEnded.set(observation.agentId, observation.at);
    if (observation.what === 'requested') asked.set(observation.request, observation.asked);
    const due = observation.what === 'took' ? dueAt.get(observation.agentId) : undefined;
    if (observation.what !== 'took' || due === undefined || asked.get(observation.request) !== 'logout') continue;
    const over = faults
      .filter(({ at, until }) => at <= observation.at && until <= observation.at)
      .map(({ until }) => until);
    const earliest = Math.max(due, callEnded.get(observation.agentId) ?? 0, ...over);
    // Whoever is signed out in spite of a fault that goes on is not late.
    const isDuring = faults.some(({ at, until }) => at <= observation.at && until > observation.at);
    found.push({ agentId: observation.agentId, lateMs: isDuring ? 0 : Math.max(0, observation.at - earliest) });
    dueAt.delete(observation.agentId);
  }
  return found;
}
