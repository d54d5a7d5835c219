import { type BusListener } from './link-bus';
import { answerMsMax, OpeningTimes } from './opening-times';

/** Carries every message at once. */
class Air {
  private readonly listeners = new Map<string, BusListener[]>();
  readonly published: string[] = [];

  publish(channel: string, text: string): Promise<void> {
    this.published.push(channel);
    for (const listener of this.listeners.get(channel) ?? []) listener.heard(text);
    return Promise.resolve();
  }

  subscribe(channel: string, listener: BusListener): Promise<void> {
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), listener]);
    return Promise.resolve();
  }
}

async function serverOn(air: Air, serverId: string, times: [string, number][]): Promise<OpeningTimes> {
  const server = new OpeningTimes(air, { peripheralId: 5000, serverId, times: () => times });
  await server.start();
  return server;
}

describe('opening times', () => {
  it('come from all servers that are asked, oneself included', async () => {
    const air = new Air();
    const one = await serverOn(air, 'one', [['one:a', 1]]);
    await serverOn(air, 'two', [
      ['two:b', 2],
      ['two:c', 3],
    ]);
    expect([...(await one.ask(['one', 'two']))]).toEqual([
      ['one:a', 1],
      ['two:b', 2],
      ['two:c', 3],
    ]);
    expect((await one.ask([])).size).toBe(3);
  });

  it('do without a server that is silent, and without messages that are none', async () => {
    jest.useFakeTimers();
    try {
      const air = new Air();
      const one = await serverOn(air, 'one', [['one:a', 1]]);
      const asked = one.ask(['one', 'dead']);
      await air.publish(air.published[0] ?? '', 'nonsense');
      await air.publish(air.published.at(-1) ?? '', '{"id":1}');
      await jest.advanceTimersByTimeAsync(answerMsMax);
      expect([...(await asked)]).toEqual([['one:a', 1]]);
    } finally {
      jest.useRealTimers();
    }
  });
});
