import { CannotComeError, hangMsMax, waitFor, waitForEvent } from '../kit/wait';

/** The waits of all other tests, on a clock of the test's own. */

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** What became of it when the hang limit and a little more are over. */
async function afterTheLimit(wait: Promise<unknown>): Promise<unknown> {
  const outcome = wait.catch((error: unknown) => (error as Error).message);
  await jest.advanceTimersByTimeAsync(hangMsMax + 10_000);
  return outcome;
}

describe('a wait that looks', () => {
  it('answers what it found, as soon as it is neither undefined nor false', async () => {
    const looks = [undefined, false, 0];
    const found = waitFor('a number', () => looks.shift());
    await jest.advanceTimersByTimeAsync(100);
    expect(await found).toBe(0);
    expect(looks).toEqual([]);
  });

  it('takes a look that throws for one that has not found it yet, synchronous or not', async () => {
    let looks = 0;
    const found = waitFor('the third look', () => {
      looks += 1;
      if (looks === 1) throw new Error('too soon');
      return looks === 2 ? Promise.reject(new Error('still too soon')) : Promise.resolve('there');
    });
    await jest.advanceTimersByTimeAsync(100);
    expect(await found).toBe('there');
  });

  it('says in vain what it waited for, how long, and what the last look threw', async () => {
    const wait = waitFor('a server', () => Promise.reject(new Error('ECONNREFUSED')));
    expect(await afterTheLimit(wait)).toBe('waited 120 s in vain for a server; seen last: ECONNREFUSED');
  });

  it('says what was to be seen instead, compactly and not without a bound', async () => {
    const few = waitFor('an agent', () => undefined, { seen: () => ({ phase: { name: 'held', reasons: ['call'] } }) });
    expect(await afterTheLimit(few)).toBe(
      "waited 120 s in vain for an agent; seen last: { phase: { name: 'held', reasons: [ 'call' ] } }",
    );
    const many = waitFor('lines', () => false, { seen: () => Promise.resolve('x'.repeat(10_000)) });
    expect(String(await afterTheLimit(many)).length).toBeLessThan(4_100);
  });

  it('ends although the look and the question what was seen do not', async () => {
    const never = (): Promise<undefined> => new Promise(() => undefined);
    expect(await afterTheLimit(waitFor('an answer', never))).toBe('waited 120 s in vain for an answer');
    expect(await afterTheLimit(waitFor('an answer', never, { seen: never }))).toMatch(/; seen last: nothing, since /);
  });

  it('fails at once when a look says that it cannot come any more', async () => {
    const wait = waitFor('a process', () => {
      throw new CannotComeError('it has ended');
    });
    await expect(wait).rejects.toThrow('it has ended');
  });

  it('tries again what a wait inside of it has given up', async () => {
    let attempts = 0;
    const attempt = (): Promise<string> =>
      waitFor('a desktop', () => {
        attempts += 1;
        if (attempts === 1) throw new CannotComeError('refused');
        return 'opened';
      });
    const letIn = waitFor('a desktop to be let in', attempt);
    await jest.advanceTimersByTimeAsync(100);
    expect(await letIn).toBe('opened');
  });
});

describe('a wait for an event', () => {
  it('answers what the event brings, and fails as it fails', async () => {
    expect(await waitForEvent('an exit', Promise.resolve(0))).toBe(0);
    await expect(waitForEvent('an exit', Promise.reject(new Error('ENOENT')))).rejects.toThrow('ENOENT');
  });

  it('fails in the same words as the other one', async () => {
    const wait = waitForEvent('an exit', new Promise(() => undefined), { seen: () => ['still running'] });
    expect(await afterTheLimit(wait)).toBe("waited 120 s in vain for an exit; seen last: [ 'still running' ]");
  });
});
