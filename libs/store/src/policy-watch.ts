import { type PolicySummary, policySummary } from '#config/policy-summary';
import { Comparison, type ComparisonParts, type ProcessOptions } from './comparison';
import { type RedisConnection } from './connection';
import { PolicyBoard, type PostedPolicy } from './policy-board';

/** Differences that a line names. */
const differencesShown = 5;

/** Others that act by one and the same other policy. */
export interface PolicyDifference {
  readonly processIds: readonly string[];
  /** The places that differ, each with the value here and there, for a person. */
  readonly differences: string;
}

export interface PolicyWatchParts extends ComparisonParts {
  readonly board: Pick<PolicyBoard, 'post' | 'withdraw'>;
  readonly summary: PolicySummary;
}

/**
 * Compares what this process acts by (policies, and the graces in them) with what the others act by. Two policies at once are no
 * danger to the promises, since what is due and what is done then stand together in the record; but nobody can say which of
 * them an agent meets. A difference is an alarm with both values, said once for each process and policy.
 */
export class PolicyWatch extends Comparison<PolicyWatchParts> {
  private readonly told = new Map<string, { readonly digest: string; readonly differences: string }>();

  constructor(parts: PolicyWatchParts) {
    super(parts, 'what other processes act by');
  }

  /** Other processes that act by something else, at the last look. */
  get differing(): number {
    return this.told.size;
  }

  /** The same, one row for each other policy: forty servers with one wrong file are one thing to mend. */
  get differences(): readonly PolicyDifference[] {
    const byDigest = Map.groupBy(this.told, ([, { digest }]) => digest);
    return [...byDigest.values()].map((others) => ({
      processIds: others.map(([processId]) => processId).sort(),
      differences: others[0]?.[1].differences ?? '',
    }));
  }

  override async look(): Promise<void> {
    const { board, processId, summary, log } = this.parts;
    const others = await board.post(processId, summary);
    const differing = others.filter(({ digest }) => digest !== summary.digest);
    for (const other of differing) {
      if (this.told.get(other.processId)?.digest === other.digest) continue;
      const differences = differencesOf(summary, other);
      this.told.set(other.processId, { digest: other.digest, differences: sentenceOf(differences) });
      log.error(
        { alarm: true, other: other.processId, ownPolicy: summary.digest, otherPolicy: other.digest, differences },
        `${other.processId} acts by another policy than this process: ${sentenceOf(differences)}. Give both the same POLICY_FILE and graces.`,
      );
    }
    for (const [other] of this.told) {
      if (differing.some((one) => one.processId === other)) continue;
      this.told.delete(other);
      log.info({ other }, 'this process does not act by another policy any more, or is gone');
    }
  }
}

/** The watch of a process over that connection; `gauge` is read when Prometheus asks. */
export function buildPolicyWatch(redis: RedisConnection, options: ProcessOptions): PolicyWatch {
  const { peripheralId, processId, policies, log, gauge } = options;
  const board = new PolicyBoard(redis, { peripheralId });
  const watch = new PolicyWatch({ board, processId, summary: policySummary(policies), log });
  const help = 'Other processes that act by another policy than this one.';
  gauge?.('lastcall_policies_differing', help, () => watch.differing);
  return watch;
}

function differencesOf({ values: own }: PolicySummary, { values: theirs }: PostedPolicy): string[] {
  if (theirs === null) return [];
  const places = [...new Set([...Object.keys(own), ...Object.keys(theirs)])].sort();
  return places
    .filter((place) => own[place] !== theirs[place])
    .map((place) => `${place} is ${own[place] ?? 'not set'} here and ${theirs[place] ?? 'not set'} there`);
}

function sentenceOf(differences: readonly string[]): string {
  if (differences.length === 0) return 'its policies are too many to be compared one by one';
  const more = differences.length - differencesShown;
  return differences.slice(0, differencesShown).join('; ') + (more > 0 ? `; and ${String(more)} more` : '');
}
