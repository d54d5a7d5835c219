import { waitUntilReady } from './health';

const never = (): boolean => false;

describe('waitUntilReady', () => {
  it('is ready when every process says so', async () => {
    const probes = ['a', 'b'].map((name) => ({ name, ask: () => Promise.resolve(undefined) }));
    expect(await waitUntilReady(probes, 0, never)).toEqual({ kind: 'ready' });
  });

  it('names those that are late, with their last answer', async () => {
    const probes = [
      { name: 'a', ask: () => Promise.resolve(undefined) },
      { name: 'b', ask: () => Promise.resolve('answers 503') },
    ];
    expect(await waitUntilReady(probes, -1, never)).toEqual({
      kind: 'late',
      waiting: [{ name: 'b', why: 'answers 503' }],
    });
  });

  it('asks nobody any more once stopping has begun', async () => {
    const ask = jest.fn(() => Promise.resolve(undefined));
    expect(await waitUntilReady([{ name: 'a', ask }], 1_000, () => true)).toEqual({ kind: 'abandoned' });
    expect(ask).not.toHaveBeenCalled();
  });
});
