import { type Side } from '#domain/agent';
import { type DesktopTable, newHolding } from './desktop-table';
import { connectionsMax } from './gateway';
import { type Service } from './lease';
import { type PresenceDesk } from './presence-desk';

/** `accepted`: the store knows, or will be told as soon as it answers. The others: nothing was kept. */
export type FeedAnswer = { readonly kind: 'accepted' } | { readonly kind: 'unavailable'; readonly sentence: string };

export interface PresenceFeedParts {
  readonly desk: PresenceDesk;
  readonly table: DesktopTable;
  readonly service: () => Service;
  readonly side: Side;
  readonly serverId: string;
}

/**
 * Presence that somebody else watches (another XMPP server, another desktop). Its desktops are held like those of
 * WebSockets, so a last look finds them and a changed store is told of them; but nobody pings them: they are open until
 * the feed says otherwise or this server ends. One desktop's messages must come to one server, in order.
 */
export class PresenceFeed {
  constructor(private readonly parts: PresenceFeedParts) {}

  async available(agentId: string, desktopId: string): Promise<FeedAnswer> {
    const { desk, table, service, side, serverId } = this.parts;
    const now = service();
    if (now.status === 'OUT_OF_SERVICE') return unavailable(`this server is out of service: ${now.why}`);
    const connection = connectionOf(desktopId);
    const known = table.find(agentId, connection);
    if (known?.gone === null) return { kind: 'accepted' };
    if (table.size >= connectionsMax) return unavailable('this server holds as many desktops as it can');
    const holding = newHolding(agentId, { connection, desktopId, side, serverId });
    desk.hold(holding);
    return (await desk.announce(holding)) ? { kind: 'accepted' } : unavailable('the store (Redis) cannot be reached');
  }

  async gone(agentId: string, desktopId: string, cause: 'bye' | 'lost'): Promise<FeedAnswer> {
    const { desk, table } = this.parts;
    const connection = connectionOf(desktopId);
    const holding = table.find(agentId, connection);
    if (holding !== undefined) {
      desk.close(holding, cause);
      return { kind: 'accepted' };
    }
    const told = await desk.closeUnheld(agentId, connection, cause);
    return told
      ? { kind: 'accepted' }
      : unavailable('the store (Redis) cannot be reached, and this desktop is not held here');
  }
}

function connectionOf(desktopId: string): string {
  return `feed:${desktopId}`;
}

function unavailable(sentence: string): FeedAnswer {
  return { kind: 'unavailable', sentence };
}
