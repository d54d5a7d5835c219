import { type ConsoleParts } from '../console-parts';
import { command } from '../operator-commands';
import { ApiError } from './api-error';

/** One order signs out so many, those who have waited for longest; it is answered within seconds. */
const orderedMax = 2_000;
const ordersAtOnce = 16;
/** Refusals that an answer names. */
const refusalsShown = 20;

interface Refusal {
  readonly agentId: string;
  readonly sentence: string;
}

export interface OrderedAll {
  readonly ordered: number;
  readonly refused: number;
  readonly refusals: readonly Refusal[];
  /** Left for another order. */
  readonly left: number;
}

/**
 * One order about many agents, the longest first: each is to be signed out now, through all gates and by the limits of
 * requests, so nobody with a desktop or on a call is. It is journalled with who gave it; `sentenceOf` words that.
 */
export async function orderAll(
  parts: Pick<ConsoleParts, 'commands' | 'journal' | 'log'>,
  agentIds: readonly string[],
  { by, sentenceOf }: { readonly by: string; readonly sentenceOf: (ordered: number) => string },
): Promise<OrderedAll> {
  const waiting = agentIds.slice(0, orderedMax);
  const left = agentIds.length - waiting.length;
  const refused: Refusal[] = [];
  let ordered = 0;
  const orderNext = async (): Promise<void> => {
    for (let agentId = waiting.shift(); agentId !== undefined; agentId = waiting.shift()) {
      try {
        await command(parts.commands, agentId, 'logout', by);
        ordered += 1;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused.push({ agentId, sentence: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: ordersAtOnce }, orderNext));
  const sentence = sentenceOf(ordered);
  parts.log.info({ operator: by, ordered, refused: refused.length, left }, sentence);
  await parts.journal.note({ what: 'operatorActed', loss: null, by, sentence });
  return { ordered, refused: refused.length, refusals: refused.slice(0, refusalsShown), left };
}
