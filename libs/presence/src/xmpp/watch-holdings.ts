import { type Cause, type Side } from '#domain/agent';
import { type Holding, newHolding } from '../desktop-table';
import { type PresenceDesk } from '../presence-desk';
import { desktopIdOf } from './desktop-jid';
import { PostponedOpenings, type PostponedOpeningsParts } from './postponed-openings';
import { type Order, type Sighting } from './sightings';

export interface WatchHoldingsParts extends PostponedOpeningsParts {
  readonly desk: Pick<PresenceDesk, 'hold' | 'assert' | 'close' | 'sourceReturned'>;
  readonly side: Side;
  readonly serverId: string;
}

/**
 * The desktops of a watch among those that this server holds. They wait for no acknowledgement: XMPP has given its own. A
 * store that is away is waited for, since a desktop stays where it is all the same.
 */
export class WatchHoldings {
  private readonly holdings = new Map<number, Holding>();
  /** Agents whose `sourceReturned` is on its way to the store, with how many. */
  private readonly beingTold = new Map<string, number>();
  private readonly postponed: PostponedOpenings;

  constructor(private readonly parts: WatchHoldingsParts) {
    this.postponed = new PostponedOpenings(parts);
  }

  /** What waits for the rate is told now. */
  stop(): void {
    this.postponed.stop();
  }

  carryOut(orders: readonly Order[]): void {
    for (const order of orders) {
      switch (order.type) {
        case 'open':
          this.open(order.sighting);
          break;
        case 'lose':
          this.lose(order.sighting, order.cause);
          break;
        case 'sourceReturned':
          void this.tellReturned(order.sighting);
          break;
      }
    }
  }

  /** Whether the agent's grace is still to be renewed: till then nobody may be told that we see no desktop of it. */
  isBeingTold(agentId: string): boolean {
    return this.beingTold.has(agentId);
  }

  private open(sighting: Sighting): void {
    const { desk, side, serverId } = this.parts;
    const { agentId, jid, opening } = sighting;
    const connection = this.connectionOf(sighting);
    const holding = newHolding(agentId, { connection, desktopId: desktopIdOf(jid), side, serverId });
    this.holdings.set(opening, holding);
    desk.hold(holding);
    this.postponed.open(holding);
  }

  private lose({ opening }: Sighting, cause: Cause): void {
    const holding = this.holdings.get(opening);
    if (holding === undefined) return;
    this.holdings.delete(opening);
    this.postponed.close(holding, cause);
  }

  private async tellReturned(sighting: Sighting): Promise<void> {
    const { agentId } = sighting;
    this.beingTold.set(agentId, (this.beingTold.get(agentId) ?? 0) + 1);
    await this.postponed.tellNow(agentId);
    await this.parts.desk.sourceReturned(agentId, this.connectionOf(sighting));
    const left = (this.beingTold.get(agentId) ?? 1) - 1;
    if (left > 0) this.beingTold.set(agentId, left);
    else this.beingTold.delete(agentId);
  }

  /** Unique for ever: the process, and the count of what it saw open. */
  private connectionOf({ jid, opening }: Sighting): string {
    return `${this.parts.serverId}:xmpp:${String(opening)}:${desktopIdOf(jid)}`;
  }
}
