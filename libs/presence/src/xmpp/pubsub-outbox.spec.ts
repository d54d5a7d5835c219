import { PubsubOutbox } from './pubsub-outbox';

/** A socket that takes what it is given when the test says so. */
class Slow {
  readonly written: string[] = [];
  gaps = 0;
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly outbox: PubsubOutbox<string>;

  constructor(waitingMax: number) {
    this.outbox = new PubsubOutbox<string>({
      waitingMax,
      write: (messages) =>
        new Promise((resolve, reject) => {
          this.waiting.push({
            resolve: () => {
              this.written.push(...messages);
              resolve();
            },
            reject,
          });
        }),
      onGapOver: () => (this.gaps += 1),
    });
  }

  async takes(): Promise<void> {
    this.waiting.shift()?.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }

  async breaks(): Promise<void> {
    this.waiting.shift()?.reject(new Error('EPIPE'));
    await Promise.resolve();
    await Promise.resolve();
  }
}

describe('PubsubOutbox', () => {
  it('writes what it is given, in order, and one write at a time', async () => {
    const slow = new Slow(10);
    for (const message of ['a', 'b', 'c']) expect(slow.outbox.put(message)).toBe(true);
    await slow.takes();
    expect(slow.written).toEqual(['a']);
    await slow.takes();
    expect(slow.written).toEqual(['a', 'b', 'c']);
    expect(slow.gaps).toBe(0);
  });

  it('throws everything away when too much waits, takes nothing for a while, and says so when it takes again', async () => {
    const slow = new Slow(2);
    for (const message of ['under way', 'b', 'c']) slow.outbox.put(message);
    expect(slow.outbox.put('one too many')).toBe(false);
    expect(slow.outbox.put('of the same gap')).toBe(false);
    expect(slow.gaps).toBe(0);
    await slow.takes();
    expect(slow.gaps).toBe(1);
    expect(slow.written).toEqual(['under way']);
    expect(slow.outbox.put('anew')).toBe(true);
  });

  it('is closed by a socket that breaks, without a word of a gap', async () => {
    const slow = new Slow(10);
    slow.outbox.put('a');
    slow.outbox.put('b');
    const empty = slow.outbox.whenEmpty();
    await slow.breaks();
    await empty;
    expect(slow.outbox.put('c')).toBe(false);
    expect([slow.written, slow.gaps, slow.outbox.size]).toEqual([[], 0, 0]);
  });

  it('is empty when all is written', async () => {
    const slow = new Slow(10);
    await slow.outbox.whenEmpty();
    slow.outbox.put('a');
    let isEmpty = false;
    void slow.outbox.whenEmpty().then(() => (isEmpty = true));
    expect(isEmpty).toBe(false);
    await slow.takes();
    expect(isEmpty).toBe(true);
  });
});
