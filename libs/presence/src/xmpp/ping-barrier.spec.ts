import { PingBarrier } from './ping-barrier';

const longMs = 60_000;

function barrierOf(): { barrier: PingBarrier; sent: string[] } {
  const sent: string[] = [];
  let count = 0;
  const barrier = new PingBarrier(
    (id) => sent.push(id),
    () => `ping-${++count}`,
  );
  return { barrier, sent };
}

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setImmediate(resolve, 'waiting'))]);
}

describe('the ping barrier', () => {
  it('is passed when the ping that was sent for it is answered', async () => {
    const { barrier, sent } = barrierOf();
    const passage = barrier.ask(longMs);
    expect(sent).toEqual(['ping-1']);
    expect(await stateOf(passage)).toBe('waiting');
    expect(barrier.answered('ping-1')).toBe(true);
    expect(await passage).toBe('passed');
  });

  it('is not passed by a ping that was sent before the question', async () => {
    const { barrier, sent } = barrierOf();
    const first = barrier.ask(longMs);
    const second = barrier.ask(longMs);
    barrier.answered('ping-1');
    expect(await first).toBe('passed');
    expect(await stateOf(second)).toBe('waiting');
    expect(sent).toEqual(['ping-1', 'ping-2']);
    barrier.answered('ping-2');
    expect(await second).toBe('passed');
  });

  it('sends one ping for all who ask while another is under way', async () => {
    const { barrier, sent } = barrierOf();
    const first = barrier.ask(longMs);
    const others = Array.from({ length: 100 }, () => barrier.ask(longMs));
    barrier.answered('ping-1');
    barrier.answered('ping-2');
    expect(new Set(await Promise.all([first, ...others]))).toEqual(new Set(['passed']));
    expect(sent).toHaveLength(2);
  });

  it('is not passed by an answer that it did not ask for, nor twice by one', async () => {
    const { barrier } = barrierOf();
    const passage = barrier.ask(longMs);
    expect(barrier.answered('ping-0')).toBe(false);
    expect(barrier.answered('ping-2')).toBe(false);
    expect(await stateOf(passage)).toBe('waiting');
    expect(barrier.answered('ping-1')).toBe(true);
    expect(barrier.answered('ping-1')).toBe(false);
  });

  it('is late for those who do not wait, and can be asked again', async () => {
    const { barrier, sent } = barrierOf();
    expect(await barrier.ask(0)).toBe('late');
    const passage = barrier.ask(longMs);
    // The first ping is still under way; only the one after it was sent after this question.
    barrier.answered('ping-1');
    expect(await stateOf(passage)).toBe('waiting');
    expect(sent).toEqual(['ping-1', 'ping-2']);
    barrier.answered('ping-2');
    expect(await passage).toBe('passed');
  });

  it('ends with the stream, for those who wait and those who come', async () => {
    const { barrier, sent } = barrierOf();
    const passages = [barrier.ask(longMs), barrier.ask(longMs)];
    barrier.end();
    expect(await Promise.all(passages)).toEqual(['ended', 'ended']);
    expect(await barrier.ask(longMs)).toBe('ended');
    expect(barrier.answered('ping-1')).toBe(false);
    expect(sent).toEqual(['ping-1']);
  });
});
