import { type Observation } from './oracle-log';
import { type OracleRules } from './oracle-rules';

/** What the oracle knows of a policy, in ms from the loss. */
export interface PolicyTimes {
  readonly graceMs: number;
  readonly graceServerLostMs: number;
  readonly graceWithoutDesktopMs: number;
  /** Null: there is no such stage before the logout. */
  readonly notReadyAfterMs: number | null;
  readonly logoutAfterMs: number;
  readonly withoutDesktop: 'leave' | 'warn' | 'logout';
}

type Grace = 'graceMs' | 'graceServerLostMs' | 'graceWithoutDesktopMs';

interface Spell {
  readonly from: number;
  readonly policy: PolicyTimes;
}

/**
 * Which process acted by which policy, and when. While policies differ, a loss is due by that of the process that began it;
 * where that has a Not Ready stage, the logout after it is due by that of the worker that has it in hand then.
 */
export class PolicyLog {
  private readonly usual: PolicyTimes;
  private readonly spells = new Map<string, Spell[]>();
  private readonly workers = new Set<string>();

  constructor(observations: readonly Observation[], rules: OracleRules) {
    this.usual = {
      graceMs: rules.graceMs,
      graceServerLostMs: rules.graceServerLostMs,
      graceWithoutDesktopMs: rules.graceServerLostMs,
      ...{ notReadyAfterMs: null, logoutAfterMs: 0, withoutDesktop: 'leave' },
    };
    for (const observation of observations) {
      if (observation.what !== 'policy') continue;
      const { at: from, process, policy } = observation;
      this.spells.set(process, [...(this.spells.get(process) ?? []), { from, policy }]);
      if (observation.isWorker) this.workers.add(process);
    }
  }

  /** By which that process may have acted between those times. */
  of(process: string, from: number, until: number): readonly PolicyTimes[] {
    const spells = this.spells.get(process) ?? [];
    const found = spells.filter((spell, n) => spell.from <= until && (spells[n + 1]?.from ?? until) >= from);
    return found.length === 0 ? [this.usual] : found.map(({ policy }) => policy);
  }

  ofWorkers(from: number, until: number): readonly PolicyTimes[] {
    if (this.workers.size === 0) return [this.usual];
    return [...this.workers].flatMap((process) => this.of(process, from, until));
  }

  /**
   * How long after its loss a change may have its effect at the earliest.
   *
   * @param begunBy policies of those who may have begun the loss
   */
  earliest(begunBy: readonly PolicyTimes[], grace: Grace, asked: string, inHand: readonly PolicyTimes[]): number {
    const logoutIn = Math.min(...inHand.map((policy) => logoutMsOf(policy, grace)));
    return Math.min(
      ...begunBy.map((policy) => {
        const first = firstMsOf(policy, grace);
        return asked === 'logout' && policy.notReadyAfterMs !== null ? Math.max(first, logoutIn) : first;
      }),
    );
  }

  /** The times of the most patient policy that anybody had. */
  mostPatient(rules: OracleRules): OracleRules {
    const all = [...this.spells.values()].flat().map(({ policy }) => policy);
    if (all.length === 0) return rules;
    const longest = (grace: Grace): number => Math.max(...all.map((policy) => logoutMsOf(policy, grace)));
    return {
      ...rules,
      graceMs: longest('graceMs'),
      graceServerLostMs: Math.max(longest('graceServerLostMs'), longest('graceWithoutDesktopMs')),
    };
  }

  /** Whether every worker signs out agents who never had a desktop, as of then. Those that are no more have no say. */
  signsOutPhones(at: number, alive: ReadonlySet<string>): boolean {
    const asked = [...this.workers].filter((process) => alive.has(process));
    if (asked.length === 0) return false;
    return asked.every((process) =>
      this.of(process, at, at).every(({ withoutDesktop }) => withoutDesktop === 'logout'),
    );
  }
}

function firstMsOf(policy: PolicyTimes, grace: Grace): number {
  return Math.max(policy[grace], policy.notReadyAfterMs ?? policy.logoutAfterMs);
}

function logoutMsOf(policy: PolicyTimes, grace: Grace): number {
  return Math.max(policy[grace], policy.logoutAfterMs);
}
