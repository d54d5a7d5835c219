import { type Side } from '#domain/agent';
import { pino } from 'pino';
import { DeskStage } from './presence-desk.spec-support';
import { type FeedNotice, PresenceFeed } from './presence-feed';

/** Two servers, a store in memory, and notices that arrive when the test says so. */
class TwoServers {
  readonly primary = new DeskStage('primary-1');
  readonly secondary = new DeskStage('secondary-1', this.primary.store);
  private readonly receivers: ((notice: FeedNotice) => void)[] = [];
  private underway: FeedNotice[] = [];
  readonly feeds = {
    primary: this.feedOf(this.primary, 'primary'),
    secondary: this.feedOf(this.secondary, 'secondary'),
  };
  opened = 0;

  async start(): Promise<void> {
    for (const feed of Object.values(this.feeds)) await feed.start();
  }

  stop(): void {
    for (const feed of Object.values(this.feeds)) feed.stop();
  }

  async available(side: Side): Promise<void> {
    expect(await this.feeds[side].available(desktop)).toEqual({ kind: 'accepted' });
  }

  async gone(side: Side): Promise<void> {
    expect(await this.feeds[side].gone(desktop, 'bye')).toEqual({ kind: 'accepted' });
    await turns();
  }

  /** Delivers what is underway, and what that leads to. */
  async deliver(): Promise<void> {
    await turns();
    for (let notices = this.underway.splice(0); notices.length > 0; notices = this.underway.splice(0)) {
      for (const notice of notices) for (const receive of this.receivers) receive(notice);
      await turns();
    }
  }

  /** The sides that the record names, and those of the servers that hold the desktop. */
  async state(): Promise<{ recorded: Side[]; held: string[] }> {
    const { desktops } = await this.primary.record();
    const servers = [this.primary, this.secondary];
    return {
      recorded: Object.values(desktops).map(({ side }) => side),
      held: servers.filter(({ table }) => table.desktopOf('1001') !== undefined).map(({ serverId }) => serverId),
    };
  }

  private feedOf({ desk, table, store, serverId }: DeskStage, side: Side): PresenceFeed {
    return new PresenceFeed({
      ...{ desk, table, store, side, serverId, peripheralId: 5000, leaseMs: 120_000 },
      ids: { find: (agentId) => Promise.resolve({ kind: 'agent', agentId }) },
      service: () => ({ status: 'IN_SERVICE' }),
      notices: {
        publish: (agentId, connection) => {
          this.underway.push({ agentId, connection, by: serverId });
          return Promise.resolve();
        },
        subscribe: (onNotice) => {
          this.receivers.push((notice) => {
            if (notice.by !== serverId) onNotice(notice);
          });
          return Promise.resolve();
        },
      },
      openings: {
        take: () => {
          this.opened += 1;
          return true;
        },
      },
      clock: { start: () => undefined, stop: () => undefined, awakeMs: () => 0 },
      log: pino({ level: 'silent' }),
    });
  }
}

const desktop = { agentId: '1001', desktopId: 'desk', feed: 'default' };

/** Everything here is a promise that is ready: no time goes by. */
async function turns(): Promise<void> {
  for (let n = 0; n < 100; n += 1) await Promise.resolve();
}

describe('a feed whose desktop moves between servers faster than their notices', () => {
  let site: TwoServers;
  beforeEach(async () => {
    site = new TwoServers();
    await site.start();
  });
  afterEach(() => {
    site.stop();
  });

  it('holds it where it was reported last', async () => {
    for (const side of ['primary', 'secondary', 'primary'] as const) await site.available(side);
    expect((await site.state()).recorded).toEqual(['primary']);
    await site.deliver();
    expect(await site.state()).toEqual({ recorded: ['primary'], held: ['primary-1'] });
  });

  it('holds it where it was reported last when the notice arrives while that is looked up', async () => {
    await site.available('primary');
    await site.available('secondary');
    const last = site.available('primary');
    await site.deliver();
    await last;
    await site.deliver();
    expect(await site.state()).toEqual({ recorded: ['primary'], held: ['primary-1'] });
  });

  it('ends it on both when its end is reported to the server that it has left', async () => {
    await site.available('primary');
    await site.deliver();
    await site.available('secondary');
    await site.gone('primary');
    await site.deliver();
    expect(await site.state()).toEqual({ recorded: [], held: [] });
  });

  it('opens it again when it ended on the other server in between', async () => {
    await site.available('primary');
    await site.available('secondary');
    await site.gone('secondary');
    await site.available('primary');
    await site.deliver();
    expect(await site.state()).toEqual({ recorded: ['primary'], held: ['primary-1'] });
  });

  it('does not open it again when its end was reported while that is looked up', async () => {
    await site.available('primary');
    const renewal = site.available('primary');
    await site.gone('primary');
    await renewal;
    await site.deliver();
    expect(await site.state()).toEqual({ recorded: [], held: [] });
  });

  it('takes nothing of the opening rate for a renewal, also while the store is away', async () => {
    await site.available('primary');
    await site.available('primary');
    site.primary.store.mood = 'away';
    await site.available('primary');
    expect(site.opened).toBe(1);
  });

  it('tells the store where it is when the store could not be asked', async () => {
    await site.available('primary');
    await site.available('secondary');
    site.primary.store.mood = 'away';
    await site.available('primary');
    await turns();
    site.primary.store.mood = 'well';
    site.primary.lanes.resume();
    await turns();
    expect((await site.state()).recorded).toEqual(['primary']);
  });
});
