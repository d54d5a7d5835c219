import { type JournalLine } from '#store/journal-line';

/** A journal line as the API and the page have it. */
export interface LineView {
  readonly id: string;
  readonly at: number;
  readonly agentId: string;
  /** Epoch of the loss that it belongs to, or null. */
  readonly loss: number | null;
  readonly what: JournalLine['entry']['what'];
  readonly outcome: string | null;
  /** How a loss began, and on which side; null in every other line. */
  readonly cause: string | null;
  readonly side: string | null;
  readonly sentence: string;
}

export function lineViewOf({ id, at, agentId, entry }: JournalLine): LineView {
  const { what, loss, sentence } = entry;
  return {
    id,
    at,
    agentId,
    loss,
    what,
    outcome: entry.what === 'outcome' ? entry.outcome : null,
    cause: entry.what === 'lossBegan' ? entry.cause : null,
    side: entry.what === 'lossBegan' ? (entry.desktop?.side ?? null) : null,
    sentence,
  };
}
