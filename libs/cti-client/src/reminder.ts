import { type CancelTimer } from './clock';
import { type CtiLink } from './link';
import { type Mirror } from './mirror';
import { type LookAnswer } from './request-outcome';

/** How often agents are asked about whose state says "no call" although a call is open. */
export const CALLS_IN_DOUBT_EVERY_MS = 30_000;

/**
 * Asks again where the mirror cannot be trusted, so that nobody waits for an event that never comes:
 *
 * - after a gap, about the agents that were watched: a call may have ended, or an agent signed out, unseen; not where a
 *   `WarmUp` asks about everybody anyway;
 * - now and then, about agents with an open call in a state without one: a non-ACD call, or an end that was never told.
 *
 * What is learned goes into the mirror, whose events tell it.
 */
export class Reminder {
  private readonly forgotten = new Set<string>();
  private cancel: CancelTimer | undefined;
  private busy = false;

  constructor(
    private readonly link: CtiLink,
    private readonly mirror: Mirror,
    private readonly ask: (agentId: string) => Promise<LookAnswer>,
    private readonly options: { afterGaps: boolean },
  ) {}

  start(): void {
    this.mirror.on('gap', (_why, watched) => {
      if (!this.options.afterGaps) return;
      // Bounded by the mirror's own limit: agents leave when they are asked about.
      for (const agentId of watched) this.forgotten.add(agentId);
    });
    this.link.on('phase', (phase) => {
      this.cancel?.();
      this.cancel = undefined;
      if (phase === 'inService') this.remind();
    });
    if (this.link.inService) this.remind();
  }

  private remind(): void {
    this.cancel = this.link.clock.after(CALLS_IN_DOUBT_EVERY_MS, () => {
      this.remind();
    });
    void this.askAgain();
  }

  /** One after the other: the requests that matter now must not queue behind these. */
  private async askAgain(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const agentId of new Set([...this.forgotten, ...this.mirror.agentsInDoubt()])) {
        if (!this.link.inService) return;
        const answer = await this.ask(agentId);
        // No answer: it stays on the list, for the next time.
        if (answer.kind !== 'unavailable') this.forgotten.delete(agentId);
      }
    } finally {
      this.busy = false;
    }
  }
}
