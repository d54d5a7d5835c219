import { addressesMax, SignInAttempts, waitAfterWrongMs, wrongAttemptsMax } from './sign-in-attempts';

describe('sign-in attempts', () => {
  let nowMs = 0;
  const attempts = (): SignInAttempts => new SignInAttempts(() => nowMs);
  const fail = (counted: SignInAttempts, address: string, times: number): void => {
    for (let time = 0; time < times; time++) counted.failed(address);
  };
  beforeEach(() => {
    nowMs = 1_000;
  });

  it('make an address wait after the fifth wrong one, and only that address', () => {
    const counted = attempts();
    fail(counted, '10.0.0.1', wrongAttemptsMax - 1);
    expect(counted.waitMs('10.0.0.1')).toBe(0);
    counted.failed('10.0.0.1');
    expect(counted.waitMs('10.0.0.1')).toBe(waitAfterWrongMs);
    expect(counted.waitMs('10.0.0.2')).toBe(0);
  });

  it('begin anew when the wait is over', () => {
    const counted = attempts();
    fail(counted, '10.0.0.1', wrongAttemptsMax);
    nowMs += waitAfterWrongMs - 1;
    expect(counted.waitMs('10.0.0.1')).toBe(1);
    nowMs += 1;
    expect(counted.waitMs('10.0.0.1')).toBe(0);
    counted.failed('10.0.0.1');
    expect(counted.waitMs('10.0.0.1')).toBe(0);
  });

  it('are forgotten after a right one', () => {
    const counted = attempts();
    fail(counted, '10.0.0.1', wrongAttemptsMax - 1);
    counted.succeeded('10.0.0.1');
    counted.failed('10.0.0.1');
    expect(counted.waitMs('10.0.0.1')).toBe(0);
  });

  it('forget the address that was wrong longest ago when too many are remembered', () => {
    const counted = attempts();
    fail(counted, 'first', wrongAttemptsMax);
    for (let number = 1; number < addressesMax; number++) counted.failed(`other-${String(number)}`);
    expect(counted.waitMs('first')).toBe(waitAfterWrongMs);
    counted.failed('one too many');
    expect(counted.waitMs('first')).toBe(0);
  });
});
