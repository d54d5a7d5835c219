import { type Sight } from '../sim/oracle-log';
import { type FaultTimes } from './fault-times';

/** When each ghost was signed out, and when that was due if nothing but its loss is counted. */
export interface Lateness {
  readonly agentId: string;
  /** ε: how much later than loss + detection + grace, or than the end of the last fault or call if that was later; 0 when it was in time, or out while a fault went on. */
  readonly lateMs: number;
}

/** Measures every effective logout of somebody who had a desktop before. */
export function latenessOf(sights: readonly Sight[], times: FaultTimes): Lateness[] {
  const dueAt = new Map<string, number>();
  const serverOf = new Map<string, string>();
  const died = new Map<string, number>();
  const away = new Map<string, number>();
  const asked = new Map<number, string>();
  const callEnded = new Map<string, number>();
  const faults = sights.flatMap((sight) => (sight.what === 'disturbed' ? [sight] : []));
  const found: Lateness[] = [];
  for (const sight of sights) {
    if (sight.what === 'serverDied') died.set(sight.serverId, sight.at);
    if (sight.what === 'sourceAway') away.set(sight.serverId, sight.until);
    if (sight.what === 'acknowledged') {
      serverOf.set(sight.desktop, sight.serverId);
      dueAt.delete(sight.agentId);
    }
    if (sight.what === 'ended') {
      const serverId = serverOf.get(sight.desktop) ?? '';
      const diedAt = died.get(serverId);
      const ownAt = sight.at + times.graceMs + (sight.how === 'gone' || sight.how === 'bye' ? 0 : times.detectionMs);
      const serverAt = diedAt === undefined ? 0 : diedAt + times.leaseMs + times.sweepMs + times.graceServerLostMs;
      const backAt = away.get(serverId);
      const sourceAt = backAt === undefined ? 0 : backAt + times.graceServerLostMs;
      dueAt.set(sight.agentId, Math.max(ownAt, serverAt, sourceAt));
    }
    if (sight.what === 'callEnded') callEnded.set(sight.agentId, sight.at);
    if (sight.what === 'requested') asked.set(sight.request, sight.asked);
    const due = sight.what === 'took' ? dueAt.get(sight.agentId) : undefined;
    if (sight.what !== 'took' || due === undefined || asked.get(sight.request) !== 'logout') continue;
    const over = faults.filter(({ at, until }) => at <= sight.at && until <= sight.at).map(({ until }) => until);
    const earliest = Math.max(due, callEnded.get(sight.agentId) ?? 0, ...over);
    // Whoever is signed out in spite of a fault that goes on is not late.
    const isDuring = faults.some(({ at, until }) => at <= sight.at && until > sight.at);
    found.push({ agentId: sight.agentId, lateMs: isDuring ? 0 : Math.max(0, sight.at - earliest) });
    dueAt.delete(sight.agentId);
  }
  return found;
}
