import { isAgentId } from '#domain/agent-id';
import { type Side } from '#domain/agent';
import { type AgentStore } from '#engine/ports';
import { type Logger } from 'pino';
import { type AgentIdsAsked } from './agent-ids';
import { type DesktopTable, type Holding, newHolding } from './desktop-table';
import { type AgentRate } from './agent-rate';
import { connectionsMax, openingRate } from './gateway';
import { type Service } from './lease';
import { type PresenceDesk, storeWaitMsMax, within } from './presence-desk';
import { type StallWatch } from './stall-watch';

/** `accepted`: the store knows, or will be told as soon as it answers. The others: nothing was kept. */
export type FeedAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'unavailable'; readonly sentence: string }
  /** Nobody of whom the directory knows. */
  | { readonly kind: 'unknownAgent' }
  /** More than one agent may open, or end what is not held here. */
  | { readonly kind: 'tooFast'; readonly sentence: string };

/** A desktop as its feed names it; the agent by id or login name. */
export interface FedDesktop {
  readonly agentId: string;
  readonly desktopId: string;
  /** The feed's own name. */
  readonly feed: string;
}

/** A feed has said something about a desktop to the server `by`. */
export interface FeedNotice {
  readonly agentId: string;
  readonly connection: string;
  readonly by: string;
}

/** Between servers: where a feed has reported a desktop last. A notice that is lost costs no more than the desktop's lease. */
export interface FeedNotices {
  publish(agentId: string, connection: string): Promise<void>;
  /** Called with the notices of other servers. */
  subscribe(onNotice: (notice: FeedNotice) => void): Promise<void>;
}

export interface PresenceFeedParts {
  readonly desk: PresenceDesk;
  readonly table: DesktopTable;
  readonly ids: AgentIdsAsked;
  readonly service: () => Service;
  readonly side: Side;
  readonly serverId: string;
  readonly peripheralId: number;
  readonly store: Pick<AgentStore, 'load'>;
  readonly notices: FeedNotices;
  /** Of all ways in together. A report of a desktop that is held here already takes nothing of it. */
  readonly openings: Pick<AgentRate, 'take'>;
  /** A desktop that its feed does not report again for so long is lost (ms), unless the report says otherwise. */
  readonly leaseMs: number;
  /** It stands still with the process: reports that came meanwhile are read before a lease ends. */
  readonly clock: Pick<StallWatch, 'start' | 'stop' | 'awakeMs'>;
  readonly log: Logger;
}

/** A desktop's lease is looked at this often. */
export const leaseLookMs = 1_000;

interface Lease {
  readonly feed: string;
  readonly holding: Holding;
  expiresAtMs: number;
}

/**
 * Presence that somebody else watches (another XMPP server, another desktop). Its desktops are held like those of
 * WebSockets, so a presence check finds them and a changed store is told of them. Nobody pings them: each has a lease that
 * its feed renews, and the end of it is a loss like that of a lost server. A desktop is one thing wherever it is reported:
 * the server that is told of it last holds it, and any other one gives it up.
 */
export class PresenceFeed {
  private readonly leases = new Map<string, Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: PresenceFeedParts) {}

  /** Rejects with a StoreError when notices of other servers cannot be received; leases are watched all the same. */
  async start(): Promise<void> {
    this.parts.clock.start();
    this.timer = setInterval(() => {
      this.endLeases();
    }, leaseLookMs).unref();
    await this.parts.notices.subscribe((notice) => {
      this.compare(notice).catch((error: unknown) => {
        const { agentId } = notice;
        this.parts.log.warn(
          { err: error, agentId },
          'a desktop that a feed moved cannot be compared; its lease ends it',
        );
      });
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.parts.clock.stop();
  }

  /** @param expiresInMs how long it counts as open without another report. */
  async available(desktop: FedDesktop, expiresInMs = this.parts.leaseMs): Promise<FeedAnswer> {
    const { desk, table, ids, service, side, serverId } = this.parts;
    const { desktopId, feed } = desktop;
    const found = await ids.find(desktop.agentId);
    if (found.kind === 'unknownAgent') return found;
    if (found.kind === 'unavailable') return unavailable(whoUnknown);
    const { agentId } = found;
    const now = service();
    if (now.status === 'OUT_OF_SERVICE') return unavailable(`this server is out of service: ${now.why}`);
    const connection = connectionOf(desktop);
    const known = table.find(agentId, connection);
    if (known !== undefined && isOpen(known)) {
      this.lend(feed, known, expiresInMs);
      const elsewhere = await this.isElsewhere(known);
      // A report that came meanwhile may have ended it.
      if (!elsewhere || (known.gone !== null && known.gone !== 'movedAway')) return { kind: 'accepted' };
      // Another server was told of it before this report, and its notice is still on its way, or has just come.
      this.giveUp(known);
    }
    if (!this.parts.openings.take(agentId)) return tooFast(agentId);
    if (table.size >= connectionsMax) return unavailable('this server holds as many desktops as it can');
    const holding = newHolding(agentId, { connection, desktopId, side, serverId });
    desk.hold(holding);
    this.lend(feed, holding, expiresInMs);
    if (!(await desk.announce(holding))) {
      this.leases.delete(keyOf(holding));
      return unavailable('the store (Redis) cannot be reached');
    }
    this.tellOthers(agentId, connection);
    return { kind: 'accepted' };
  }

  /** An agent whom the directory does not know any more may have a desktop all the same. */
  async gone(desktop: FedDesktop, cause: 'bye' | 'lost'): Promise<FeedAnswer> {
    const { desk, table, ids } = this.parts;
    const found = await ids.find(desktop.agentId);
    if (found.kind !== 'agent' && !isAgentId(desktop.agentId)) {
      return found.kind === 'unknownAgent' ? found : unavailable(whoUnknown);
    }
    const agentId = found.kind === 'agent' ? found.agentId : desktop.agentId;
    const connection = connectionOf(desktop);
    const holding = table.find(agentId, connection);
    if (holding !== undefined) {
      this.leases.delete(keyOf(holding));
      // Another server may hold it too, if it was reported there and that server's notice is still on its way.
      void desk.closeInStore(holding, cause).then(() => {
        this.tellOthers(agentId, connection);
      });
      return { kind: 'accepted' };
    }
    if (!this.parts.openings.take(agentId)) return tooFast(agentId);
    const told = await desk.closeUnheld(agentId, connection, cause);
    if (!told) return unavailable('the store (Redis) cannot be reached, and this desktop is not held here');
    this.tellOthers(agentId, connection);
    return { kind: 'accepted' };
  }

  /** The feed is alive: all its desktops here have a new lease. Answers how many those are. */
  heartbeat(feed: string, expiresInMs = this.parts.leaseMs): number {
    let renewed = 0;
    for (const lease of this.leases.values()) {
      if (lease.feed !== feed) continue;
      this.lend(feed, lease.holding, expiresInMs);
      renewed += 1;
    }
    return renewed;
  }

  private lend(feed: string, holding: Holding, forMs: number): void {
    this.leases.set(keyOf(holding), { feed, holding, expiresAtMs: this.parts.clock.awakeMs() + forMs });
  }

  private endLeases(): void {
    const { desk, log } = this.parts;
    const now = this.parts.clock.awakeMs();
    const ended = new Map<string, number>();
    for (const [key, { feed, holding, expiresAtMs }] of this.leases) {
      if (expiresAtMs > now && holding.gone === null) continue;
      this.leases.delete(key);
      if (holding.gone !== null) continue;
      desk.close(holding, 'feedLost');
      ended.set(feed, (ended.get(feed) ?? 0) + 1);
    }
    for (const [feed, desktops] of ended)
      log.warn(
        { feed, desktops },
        `${String(desktops)} desktop(s) of the feed ${feed} are lost: it has not reported them again`,
      );
  }

  /** The others learn it later from the lease when this fails. */
  private tellOthers(agentId: string, connection: string): void {
    this.parts.notices.publish(agentId, connection).catch((error: unknown) => {
      this.parts.log.debug({ err: error, agentId }, 'the other servers could not be told of a desktop of a feed');
    });
  }

  /** What another server was told of a desktop that is held here: the record knows who was told last. */
  private async compare({ agentId, connection }: FeedNotice): Promise<void> {
    const holding = this.parts.table.find(agentId, connection);
    // An opening that is still on its way is newer than what the record has.
    if (holding === undefined || !isOpen(holding) || (await holding.assertion?.done) === null) return;
    const { assertion } = holding;
    const holder = await this.holderOf(holding);
    if (holder === this.parts.serverId || holding.assertion !== assertion) return;
    this.giveUp(holding);
  }

  /**
   * Whether the record names another server, or none, for a desktop that is held here. While the store does not answer,
   * nobody can say; the desktop is told to it then as soon as it answers, and counts as held here.
   */
  private async isElsewhere(holding: Holding): Promise<boolean> {
    const { desk, serverId, log } = this.parts;
    try {
      if (holding.assertion !== null && (await within(holding.assertion.done, storeWaitMsMax)) === 'late') return false;
      return (await this.holderOf(holding)) !== serverId;
    } catch (error) {
      log.debug({ err: error, agentId: holding.agentId }, 'where a desktop of a feed is held could not be looked up');
      void desk.assert(holding);
      return false;
    }
  }

  /** The server that the record names for a desktop; undefined for none. Rejects with a StoreError. */
  private async holderOf({ agentId, desktop }: Holding): Promise<string | undefined> {
    const { store, peripheralId } = this.parts;
    const { agent } = await store.load({ peripheralId, agentId });
    return agent.desktops[desktop.connection]?.serverId;
  }

  private giveUp(holding: Holding): void {
    const key = keyOf(holding);
    if (this.leases.get(key)?.holding === holding) this.leases.delete(key);
    this.parts.desk.giveUp(holding);
  }
}

const whoUnknown = 'it cannot be found out now who this agent is';

function isOpen({ gone }: Holding): boolean {
  return gone === null;
}

function connectionOf({ feed, desktopId }: FedDesktop): string {
  return `feed:${feed}:${desktopId}`;
}

function keyOf({ agentId, desktop }: Holding): string {
  return `${agentId} ${desktop.connection}`;
}

function tooFast(agentId: string): FeedAnswer {
  const rate = `${String(openingRate.perSecond)} per second`;
  return {
    kind: 'tooFast',
    sentence: `agent ${agentId} opens or ends more desktops than ${rate}; report it again later`,
  };
}

function unavailable(sentence: string): FeedAnswer {
  return { kind: 'unavailable', sentence };
}
