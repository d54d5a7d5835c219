import { type FeedMessage, LiveFeed } from './live-feed';

const nothing = { read: () => Promise.reject(new Error('not to be read')), tail: () => Promise.resolve([]) };

const open = new Set<string>();
const sessions = { openOf: () => Promise.resolve(open) };

function setUp() {
  const feed = new LiveFeed(nothing as never, nothing as never, sessions, { warn: () => undefined } as never);
  const heard: (FeedMessage['event'] | 'end')[] = [];
  const listener = {
    sessionId: undefined,
    tell: ({ event }: FeedMessage) => heard.push(event),
    end: () => heard.push('end'),
  };
  return { feed, heard, listener };
}

describe('the live feed', () => {
  it('ends who listens when it stops', async () => {
    const { feed, heard, listener } = setUp();
    feed.addListener(listener);
    await feed.stop();
    expect(heard.at(-1)).toBe('end');
  });

  it('ends who comes after that at once, and tells nothing', async () => {
    const { feed, heard, listener } = setUp();
    const first = setUp().listener;
    feed.addListener(first);
    await feed.stop();
    const leave = feed.addListener(listener);
    expect(heard).toEqual(['end']);
    leave();
  });

  it('ends the stream of a session that has ended, tells it nothing more, and no other stream', async () => {
    const { feed, heard, listener } = setUp();
    open.add('open');
    const told: string[] = [];
    const ended = Promise.withResolvers<undefined>();
    const end = (): void => {
      ended.resolve(undefined);
    };
    feed.addListener({ sessionId: 'ended', tell: ({ event }) => told.push(event), end });
    feed.addListener({ ...listener, sessionId: 'open' });
    await ended.promise;
    expect(heard).not.toContain('end');
    await feed.stop();
    expect(told).toEqual([]);
  });
});
