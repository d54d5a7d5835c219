import { type Outcome } from '#domain/agent';
import { type JournalLine, type LossSummary } from './journal-line';

interface Later {
  outcome: Outcome | null;
  endedAt: number | null;
  sentence: string | null;
}

/**
 * Puts losses together from the journal's lines, fed from the latest to the earliest: a loss is complete when the line
 * that began it comes by.
 */
export class LossSummaries {
  private readonly open = new Map<string, Later>();

  /** The loss that this line began, or undefined for any other line. */
  add({ id, at, agentId, entry }: JournalLine): LossSummary | undefined {
    if (entry.loss === null) return undefined;
    const name = `${agentId}@${String(entry.loss)}`;
    const later = this.open.get(name) ?? { outcome: null, endedAt: null, sentence: null };
    if (entry.what === 'lossBegan') {
      this.open.delete(name);
      const { loss: epoch, cause, desktop, dueAt, lostAt = at } = entry;
      return {
        agentId,
        epoch,
        cause,
        side: desktop?.side ?? null,
        desktopId: desktop?.desktopId ?? null,
        id,
        lostAt,
        dueAt,
        outcome: later.outcome,
        endedAt: later.endedAt,
        sentence: later.sentence ?? entry.sentence,
      };
    }
    if (entry.what === 'outcome' && later.outcome === null) {
      later.outcome = entry.outcome;
      later.endedAt = at;
    }
    later.sentence ??= entry.sentence;
    this.open.set(name, later);
    return undefined;
  }
}
