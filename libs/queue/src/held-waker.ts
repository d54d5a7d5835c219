import { type Agent, type HoldReason, lossOf, type Side } from '#domain/agent';
import { type WakeUps } from '#engine/ports';
import { type Roll } from '#store/roll';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';

/** Held losses read together, and at most so many pages in one go; the sweep sees to what is left. */
export const heldPageSize = 500;
export const heldPagesMax = 40;

/** Wake-ups made at once. */
const concurrency = 50;

/**
 * Wakes held losses when what held them is over, for whoever sees that: a link that is in service again, a store that
 * answers, a side that is released or not protected any more, a watch that can see again. Without it they would be looked
 * at when `heldLookMs` is over.
 */
export class HeldWaker {
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: {
      readonly roll: Pick<Roll, 'now' | 'overdue'>;
      readonly wakeUps: Pick<WakeUps, 'wakeNow'>;
      readonly log: Logger;
    },
  ) {}

  /**
   * Wakes all losses held for one of `reasons`, of one side's desktops or of all. One call after the other; a failure is
   * logged, since the losses are looked at again anyway.
   */
  wake(reasons: readonly HoldReason[], side: Side | null = null): Promise<void> {
    this.running = this.running
      .then(() => this.wakeAll(reasons, side))
      .catch((error: unknown) => {
        const level = levelOfFailure(error);
        this.parts.log[level](
          { err: error, reasons },
          'held losses could not be woken; they are looked at again later',
        );
      });
    return this.running;
  }

  private async wakeAll(reasons: readonly HoldReason[], side: Side | null): Promise<void> {
    const { roll, wakeUps } = this.parts;
    // Due times do not matter here: whatever is held is wanted.
    const before = Number.MAX_SAFE_INTEGER;
    const isMeant = (agent: Agent): boolean =>
      agent.phase.name === 'held' &&
      agent.phase.reasons.some((reason) => reasons.includes(reason)) &&
      (side === null || lossOf(agent.phase)?.desktop?.side === side);
    for (let page = 0; page < heldPagesMax; page++) {
      const held = await roll.overdue(before, { phases: ['held'], limit: heldPageSize, offset: page * heldPageSize });
      const meant = held.filter(isMeant);
      for (let first = 0; first < meant.length; first += concurrency) {
        await Promise.all(meant.slice(first, first + concurrency).map(({ key, epoch }) => wakeUps.wakeNow(key, epoch)));
      }
      if (held.length < heldPageSize) return;
    }
  }
}
