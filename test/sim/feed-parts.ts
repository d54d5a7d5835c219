import { type Side } from '#domain/agent';
import { type AgentStore } from '#engine/ports';
import { AgentRate } from '#presence/agent-rate';
import { type DesktopTable } from '#presence/desktop-table';
import { openingRate } from '#presence/gateway';
import { type Service } from '#presence/lease';
import { type PresenceDesk } from '#presence/presence-desk';
import { PresenceFeed } from '#presence/presence-feed';
import { StallWatch } from '#presence/stall-watch';
import { RedisFeedNotices } from '#store/feed-notices';
import { type RedisConnection } from '#store/connection';
import { type LinkBus } from '#store/link-bus';
import { pino } from 'pino';
import { feedLeaseMs } from './feed-source';
import { peripheralId } from './store-node';

interface FeedParts {
  readonly desk: PresenceDesk;
  readonly table: DesktopTable;
  readonly store: AgentStore;
  readonly service: () => Service;
  readonly side: Side;
  readonly serverId: string;
  readonly connection: RedisConnection;
  /** Whether the servers tell each other where a desktop was reported last. */
  readonly hasNotices: boolean;
}

/** The feed of one server, as apps/server puts it together. */
export function feedOf({ connection, hasNotices, ...parts }: FeedParts): PresenceFeed {
  const bus: Pick<LinkBus, 'publish' | 'subscribe'> = {
    publish: async (channel, text) => {
      if (hasNotices) await connection.publish(channel, text);
    },
    subscribe: async (channel, listener) => {
      connection.on('message', (_, text) => {
        listener.heard(text);
      });
      await connection.subscribe(channel);
    },
  };
  return new PresenceFeed({
    ...parts,
    peripheralId,
    ids: { find: (agentId) => Promise.resolve({ kind: 'agent', agentId }) },
    notices: new RedisFeedNotices(bus, { peripheralId, serverId: parts.serverId }),
    openings: new AgentRate(openingRate, () => performance.now()),
    leaseMs: feedLeaseMs,
    clock: new StallWatch({ monotonicMs: () => performance.now(), onStall: () => undefined }),
    log: pino({ level: 'silent' }),
  });
}
