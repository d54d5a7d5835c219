import { ConsoleStage } from './console-stage.spec-support';
import { waitFor } from '../kit/wait';

/** The event stream that the live page follows. */

interface Heard {
  readonly event: string;
  readonly data: unknown;
}

/** So many of the latest events are told when one was waited for in vain. */
const seenEvents = 5;

/** Reads server-sent events as a page would. */
class Ear {
  readonly heard: Heard[] = [];
  /** How the stream ended: by the console, or broken off. */
  ended: 'open' | 'ended' | 'broken off' = 'open';
  private readonly stop = new AbortController();
  private rest = '';

  async listen(stage: ConsoleStage): Promise<this> {
    const answer = await stage.ask('/api/events', { signal: this.stop.signal });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    void this.read(answer);
    return this;
  }

  close(): void {
    this.stop.abort();
  }

  /** The first event of that name about which the claim holds. */
  async expect(event: string, holds: (text: string) => boolean): Promise<Heard> {
    const fits = (one: Heard): boolean => one.event === event && holds(JSON.stringify(one.data));
    return waitFor(`the event ${event}`, () => this.heard.find(fits), { seen: () => this.heard.slice(-seenEvents) });
  }

  private async read(answer: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body!) this.take(decoder.decode(chunk as Uint8Array, { stream: true }));
      this.ended = 'ended';
    } catch {
      this.ended = 'broken off';
    }
  }

  private take(text: string): void {
    const frames = (this.rest + text).split('\n\n');
    this.rest = frames.pop() ?? '';
    for (const frame of frames) {
      const match = /^event: (\w+)\ndata: (.*)$/s.exec(frame);
      if (match !== null) this.heard.push({ event: match[1] ?? '', data: JSON.parse(match[2] ?? '') });
    }
  }
}

let stage: ConsoleStage;
beforeAll(async () => {
  stage = await ConsoleStage.start();
});

describe('the event stream', () => {
  it('begins with everything and goes on with what changes', async () => {
    await stage.lose('1001');
    const ear = await new Ear().listen(stage);
    const snapshot = await ear.expect('snapshot', () => true);
    expect(snapshot.data).toMatchObject({
      overview: { phases: { grace: 1 } },
      agents: [{ agentId: '1001', phase: 'grace' }],
      lines: [{ agentId: '1001', what: 'lossBegan' }],
    });
    await stage.lose('1002');
    await ear.expect('lines', (text) => text.includes('"agentId":"1002"'));
    await ear.expect('agents', (text) => text.includes('"agentId":"1002"'));
    await ear.expect('overview', (text) => text.includes('"grace":2'));
    await stage.open('1001');
    await ear.expect('agents', (text) => text.includes('"gone":["1001"]'));
    ear.close();
  });

  it('tells a later listener what an earlier one has heard', async () => {
    const first = await new Ear().listen(stage);
    await first.expect('snapshot', () => true);
    const second = await new Ear().listen(stage);
    const snapshot = await second.expect('snapshot', () => true);
    expect(JSON.stringify(snapshot.data)).toContain('"agentId":"1002"');
    first.close();
    second.close();
  });

  it('has room for fifty listeners, and again when one has gone', async () => {
    const ears = await Promise.all(Array.from({ length: 50 }, () => new Ear().listen(stage)));
    expect((await stage.ask('/api/events')).status).toBe(503);
    ears[0]?.close();
    await waitFor('room for one more', async () => {
      const probe = new AbortController();
      const { status } = await stage.ask('/api/events', { signal: probe.signal });
      probe.abort();
      return status === 200;
    });
    for (const ear of ears) ear.close();
  });

  it('says when Redis is away, and tells everything anew when it is back', async () => {
    const ear = await new Ear().listen(stage);
    await ear.expect('snapshot', () => true);
    await stage.redis.kill9();
    await ear.expect('storeAway', (text) => text.includes('Redis cannot be reached'));
    const before = ear.heard.length;
    await stage.redis.restart();
    await waitFor('a new snapshot', () => ear.heard.slice(before).some(({ event }) => event === 'snapshot'));
    ear.close();
  });

  it('ends when the console stops, with Redis away', async () => {
    const ear = await new Ear().listen(stage);
    await stage.redis.kill9();
    expect(await stage.stop()).toBe(0);
    await waitFor('the end of the stream', () => ear.ended !== 'open');
    expect(ear.ended).toBe('ended');
    // Nor was the stream taken for a request that is still to be answered.
    expect(stage.app.lines.filter((line) => line.includes('unanswered'))).toEqual([]);
  });
});
