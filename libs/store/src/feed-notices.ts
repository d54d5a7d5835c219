import { z } from 'zod';
import { Keys } from './keys';
import { type LinkBus } from './link-bus';

/** A feed has said something about a desktop to the server `by`: whoever else holds it looks whether it still does. */
const noticeShape = z.object({ agentId: z.string(), connection: z.string(), by: z.string() });

export type FeedNotice = z.output<typeof noticeShape>;

/** Between servers: where a feed has reported a desktop last. A notice that is lost costs no more than the desktop's lease. */
export class RedisFeedNotices {
  private readonly channel: string;

  constructor(
    private readonly bus: Pick<LinkBus, 'publish' | 'subscribe'>,
    private readonly options: { readonly peripheralId: number; readonly serverId: string },
  ) {
    this.channel = new Keys(options.peripheralId).feedNotices;
  }

  /** Rejects with a StoreError. */
  publish(agentId: string, connection: string): Promise<void> {
    const notice: FeedNotice = { agentId, connection, by: this.options.serverId };
    return this.bus.publish(this.channel, JSON.stringify(notice));
  }

  /** Rejects with a StoreError. Notices of this server itself, and what cannot be read, are left out. */
  subscribe(onNotice: (notice: FeedNotice) => void): Promise<void> {
    return this.bus.subscribe(this.channel, {
      heard: (text) => {
        const notice = read(text);
        if (notice !== undefined && notice.by !== this.options.serverId) onNotice(notice);
      },
      lost: () => undefined,
    });
  }
}

function read(text: string): FeedNotice | undefined {
  try {
    return noticeShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
