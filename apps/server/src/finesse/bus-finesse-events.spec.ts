import { type BusListener } from '#store/link-bus';
import { BusFinesseEvents } from './bus-finesse-events';
import { type FinesseEvent } from './finesse-events';

/** Carries every message at once, unless it is down. */
class Air {
  private readonly listeners: BusListener[] = [];
  isDown = false;

  publish(_channel: string, text: string): Promise<void> {
    if (this.isDown) return Promise.reject(new Error('away'));
    for (const listener of this.listeners) listener.heard(text);
    return Promise.resolve();
  }

  subscribe(_channel: string, listener: BusListener): Promise<void> {
    this.listeners.push(listener);
    return Promise.resolve();
  }
}

describe('events of REST requests', () => {
  async function processOn(air: Air): Promise<{ events: BusFinesseEvents; heard: FinesseEvent[]; end: () => void }> {
    const events = new BusFinesseEvents(air, { peripheralId: 5000 });
    await events.start();
    const heard: FinesseEvent[] = [];
    return { events, heard, end: events.follow((event) => heard.push(event)) };
  }

  const asked: FinesseEvent = { kind: 'asked', agentId: '1001', requestId: undefined, action: 'LOGIN' };
  const failed: FinesseEvent = {
    kind: 'failed',
    agentId: '1001',
    requestId: 'abc',
    action: 'LOGIN',
    error: { errorType: 'Invalid State', errorMessage: 'CF_INVALID_OBJECT_STATE', errorData: '10112' },
  };

  it('are heard once by every process, the one that tells them included', async () => {
    const air = new Air();
    const [one, two] = [await processOn(air), await processOn(air)];
    one.events.tell(asked);
    two.events.tell(failed);
    expect(one.heard).toEqual([asked, failed]);
    expect(two.heard).toEqual([asked, failed]);
    two.end();
    one.events.tell(asked);
    expect(two.heard).toHaveLength(2);
  });

  it('are heard by their own process while the bus is down', async () => {
    const air = new Air();
    const one = await processOn(air);
    air.isDown = true;
    one.events.tell(asked);
    expect(one.heard).toEqual([asked]);
  });

  it.each(['', 'nonsense', '{}', '{"from":"x","event":{"kind":"done"}}', '{"from":"x","event":{"kind":"other"}}'])(
    'are none of ours: %s',
    async (text) => {
      const air = new Air();
      const one = await processOn(air);
      await air.publish('', text);
      expect(one.heard).toEqual([]);
    },
  );
});
