import { bounded } from './bounded';

describe('an operation of the queue', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('that never ends is given up with a code', async () => {
    const given = bounded('arm', new Promise<never>(() => undefined), 1_000);
    const outcome = expect(given).rejects.toMatchObject({ code: 'QUEUE_SILENT', operation: 'arm' });
    await jest.advanceTimersByTimeAsync(1_000);
    await outcome;
  });

  it('that ends in time leaves no timer behind', async () => {
    await expect(bounded('arm', Promise.resolve(7), 1_000)).resolves.toBe(7);
    await expect(bounded('arm', Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
    expect(jest.getTimerCount()).toBe(0);
  });
});
