import { type FeedMessage, LiveFeed } from './live-feed';

const nothing = { read: () => Promise.reject(new Error('not to be read')), tail: () => Promise.resolve([]) };

function setUp() {
  const feed = new LiveFeed(nothing as never, nothing as never, { warn: () => undefined } as never);
  const heard: (FeedMessage['event'] | 'end')[] = [];
  const listener = { tell: ({ event }: FeedMessage) => heard.push(event), end: () => heard.push('end') };
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
});
