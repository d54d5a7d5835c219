import { type Agent } from '#domain/agent';

/** A ghost whose sign-out the CTI server has rejected, and who is still signed in. */
export interface RejectedLoss {
  readonly agentId: string;
  /** Epoch of the loss. */
  readonly epoch: number;
  /** Since when the loss is held (epoch ms, store time). */
  readonly since: number;
  /** Requests that were sent for it. */
  readonly attempts: number;
  /** What the CTI server said last, as the journal has it; null: the line is not there any more. */
  readonly sentence: string | null;
}

/** Those among the held losses, the longest first; without their sentences, which the journal has. */
export function rejectedOf(held: readonly Agent[]): readonly RejectedLoss[] {
  return held
    .flatMap(({ key: { agentId }, phase }): RejectedLoss[] => {
      if (phase.name !== 'held' || !phase.reasons.includes('rejected')) return [];
      const { epoch, heldSince, attempts } = phase.loss;
      return [{ agentId, epoch, since: heldSince ?? phase.dueAt, attempts, sentence: null }];
    })
    .sort((one, other) => one.since - other.since || (one.agentId < other.agentId ? -1 : 1));
}
