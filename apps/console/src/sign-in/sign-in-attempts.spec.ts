import { type Client, SignInAttempts, wrongOfAllPerMinuteMax, wrongPerMinuteMax } from './sign-in-attempts';

const from = (address: string, browserId?: string): Client => ({ address, browserId });

describe('sign-in attempts', () => {
  let attempts: SignInAttempts;
  beforeEach(() => {
    jest.useFakeTimers();
    attempts = new SignInAttempts();
  });
  afterEach(() => jest.useRealTimers());

  const kindOf = async (client: Client, isRight: boolean): Promise<string> =>
    (await attempts.judge(client, isRight)).kind;
  const fail = async (client: Client, times = wrongPerMinuteMax): Promise<void> => {
    for (let time = 0; time < times; time++) await attempts.judge(client, false);
  };

  it('make a network wait after the fifth wrong one, and only that network', async () => {
    for (let n = 1; n <= wrongPerMinuteMax; n++) expect(await kindOf(from(`10.0.0.${String(n)}`), false)).toBe('wrong');
    expect(await attempts.judge(from('10.0.0.9'), true)).toEqual({ kind: 'wait', of: 'client', waitMs: 60_000 });
    expect(await kindOf(from('10.0.1.1'), true)).toBe('right');
  });

  it('count as one network in IPv6, and however an IPv4 address is written', async () => {
    for (let n = 1; n <= wrongPerMinuteMax; n++) await fail(from(`2001:db8:1:2:${String(n)}::1`), 1);
    expect(await kindOf(from('2001:db8:1:2:ffff::1'), true)).toBe('wait');
    await fail(from('::ffff:10.0.0.1'));
    expect(await kindOf(from('10.0.0.2'), true)).toBe('wait');
  });

  it('are free again when the wait is over', async () => {
    await fail(from('10.0.0.1'));
    jest.advanceTimersByTime(59_999);
    expect(await attempts.judge(from('10.0.0.1'), true)).toMatchObject({ kind: 'wait', waitMs: 1 });
    jest.advanceTimersByTime(1);
    expect(await kindOf(from('10.0.0.1'), true)).toBe('right');
  });

  it('are not forgotten after a right one', async () => {
    await attempts.judge(from('10.0.0.1'), true);
    await fail(from('10.0.0.1'), wrongPerMinuteMax - 1);
    expect(await kindOf(from('10.0.0.1'), true)).toBe('right');
    await fail(from('10.0.0.1'), 1);
    expect(await kindOf(from('10.0.0.1'), true)).toBe('wait');
  });

  it('of a neighbour keep no address out that has signed in before', async () => {
    await attempts.judge(from('10.0.0.1'), true);
    await fail(from('10.0.0.2'));
    expect(await kindOf(from('10.0.0.2'), true)).toBe('wait');
    expect(await kindOf(from('10.0.0.1'), true)).toBe('right');
  });

  it('of all networks together are limited, and keep out neither known browsers nor known addresses', async () => {
    await attempts.judge(from('192.0.2.1'), true);
    for (let n = 0; n < wrongOfAllPerMinuteMax; n++)
      expect(await kindOf(from(`10.0.${String(n)}.1`), false)).toBe('wrong');
    expect(await attempts.judge(from('10.1.0.1'), false)).toMatchObject({ kind: 'wait', of: 'everybody' });
    expect(await attempts.judge(from('10.1.0.1'), true)).toMatchObject({ kind: 'wait', of: 'everybody' });
    expect(await kindOf(from('192.0.2.1'), true)).toBe('right');
    expect(await kindOf(from('10.1.0.1', 'laptop'), true)).toBe('right');
  });

  it('of one browser are limited wherever it goes, and are nobody else’s', async () => {
    for (let n = 1; n <= wrongPerMinuteMax; n++) await fail(from(`10.0.${String(n)}.1`, 'laptop'), 1);
    expect(await kindOf(from('10.9.9.1', 'laptop'), true)).toBe('wait');
    expect(await kindOf(from('10.9.9.1', 'another'), true)).toBe('right');
  });

  it('that arrive together count one by one: a right guess behind five wrong ones is not looked at', async () => {
    const client = from('10.0.0.1');
    const guesses = [...Array.from({ length: wrongPerMinuteMax }, () => false), true];
    const verdicts = await Promise.all(guesses.map((isRight) => attempts.judge(client, isRight)));
    expect(verdicts.at(-1)).toMatchObject({ kind: 'wait' });
  });
});
