import { type PasswordHash } from '#config/password-hash';
import {
  checksWaitingMax,
  knownMs,
  PasswordChecks,
  PasswordTries,
  type PasswordTry,
  type PasswordVerdict,
} from './password-checks';

const hash = (text: string): PasswordHash => ({
  ln: 15,
  r: 8,
  p: 1,
  salt: Buffer.from('salt'),
  hash: Buffer.from(text),
});

function tried(
  agentId: string,
  password: string,
  expected: PasswordHash | undefined = hash('right'),
  network = '192.0.2.7',
): PasswordTry {
  return { agentId, password, expected, network };
}

function triedByNobody(agentId: string, network = '192.0.2.7'): PasswordTry {
  return { agentId, password: 'right', expected: undefined, network };
}

/** Five in a row, as the store counts them. */
class Tries extends PasswordTries {
  readonly counts = new Map<string, number>();

  override begin(agentId: string): Promise<boolean> {
    const count = (this.counts.get(agentId) ?? 0) + 1;
    this.counts.set(agentId, count);
    return Promise.resolve(count <= 5);
  }

  override forget(agentId: string): Promise<void> {
    this.counts.delete(agentId);
    return Promise.resolve();
  }
}

/** The password is what the hash says, and each check ends when the test says so. */
class Bench {
  nowMs = 0;
  atOnce = 0;
  atOnceMost = 0;
  begun = 0;
  private readonly ends: (() => void)[] = [];
  readonly tries = new Tries();
  readonly pauses: number[] = [];
  readonly checks = new PasswordChecks(
    this.tries,
    () => this.nowMs,
    async (password, expected) => {
      this.begun += 1;
      this.atOnce += 1;
      this.atOnceMost = Math.max(this.atOnceMost, this.atOnce);
      await new Promise<void>((resolve) => this.ends.push(resolve));
      this.atOnce -= 1;
      return expected.hash.equals(Buffer.from(password));
    },
    (ms) => {
      this.pauses.push(ms);
      return Promise.resolve();
    },
  );

  /** Lets every check end that was begun, and those that begin because of it. */
  async end<T>(result: Promise<T>): Promise<T> {
    const state = { done: false };
    const settled = result.finally(() => (state.done = true));
    while (!state.done) {
      for (const end of this.ends.splice(0)) end();
      await Promise.resolve();
    }
    return settled;
  }

  ask(agentId: string, password: string, expected: PasswordHash | undefined = hash('right')): Promise<PasswordVerdict> {
    return this.end(this.checks.of(tried(agentId, password, expected)));
  }
}

describe('checks of passwords', () => {
  it('know right from wrong', async () => {
    const bench = new Bench();
    expect(await bench.ask('1001', 'right')).toBe('right');
    expect(await bench.ask('1001', 'wrong')).toBe('wrong');
    expect(bench.begun).toBe(2);
  });

  it('refuse whom nobody knows after as long as a check took, without one', async () => {
    const bench = new Bench();
    const asked = bench.checks.of(tried('1001', 'wrong'));
    bench.nowMs += 70;
    await bench.end(asked);
    expect(await bench.checks.of(triedByNobody('nobody'))).toBe('wrong');
    expect([bench.begun, bench.pauses]).toEqual([1, [70]]);
    for (let n = 0; n < 4; n++) await bench.checks.of(triedByNobody('nobody'));
    expect(await bench.checks.of(triedByNobody('nobody'))).toBe('blocked');
  });

  it('make one check to know how long one takes, when there was none', async () => {
    const bench = new Bench();
    const asked = Array.from({ length: 20 }, (_, n) => bench.checks.of(triedByNobody(`nobody ${String(n)}`)));
    expect(new Set(await bench.end(Promise.all(asked)))).toEqual(new Set(['wrong']));
    expect([bench.begun, bench.pauses.length]).toEqual([1, 20]);
  });

  it('are not kept waiting by names that nobody has', async () => {
    const bench = new Bench();
    await bench.ask('1000', 'right');
    const flood = Array.from({ length: 5_000 }, (_, n) => bench.checks.of(triedByNobody(`nobody ${String(n)}`)));
    expect(await bench.ask('1001', 'right')).toBe('right');
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['wrong', 'busy']));
    expect(bench.begun).toBe(2);
  });

  it('know a password for the network it came from, whoever guesses elsewhere', async () => {
    const bench = new Bench();
    await bench.ask('1001', 'right');
    const stranger = (n: number): PasswordTry => tried('1001', `guess ${String(n)}`, hash('right'), '198.51.100.1');
    for (let n = 0; n < 9; n++) await bench.end(bench.checks.of(stranger(n)));
    expect(await bench.end(bench.checks.of(tried('1001', 'right', hash('right'), '198.51.100.1')))).toBe('blocked');
    expect(bench.checks.isKnownRight(tried('1001', 'right'))).toBe(true);
    expect(bench.checks.isKnownRight(tried('1001', 'right', hash('right'), '198.51.100.1'))).toBe(false);
  });

  it('know it no more for a network from which somebody guesses: what is known is no oracle', async () => {
    const bench = new Bench();
    await bench.ask('1001', 'right');
    for (let n = 0; n < 4; n++) await bench.ask('1001', `guess ${String(n)}`);
    expect(bench.checks.isKnownRight(tried('1001', 'right'))).toBe(true);
    bench.checks.noteWrong(tried('1001', 'guess'));
    expect(bench.checks.isKnownRight(tried('1001', 'right'))).toBe(false);
    expect(bench.checks.isKnownRight(triedByNobody('1001'))).toBe(false);
  });

  it('share the queue out: one who fills it keeps nobody else waiting', async () => {
    const bench = new Bench();
    const flood = Array.from({ length: 500 }, (_, n) => bench.checks.of(tried(`f${String(n)}`, 'guess')));
    const others = Array.from({ length: 40 }, (_, n) =>
      bench.checks.of(tried(String(n), 'right', hash('right'), '198.51.100.1')),
    );
    expect(new Set(await bench.end(Promise.all(others)))).toEqual(new Set(['right']));
    expect(bench.begun).toBeLessThanOrEqual(90);
    expect(new Set(await bench.end(Promise.all(flood)))).toEqual(new Set(['wrong', 'busy']));
  });

  it('remember a right password for a while, and no wrong one', async () => {
    const bench = new Bench();
    await bench.ask('1001', 'right');
    for (let n = 0; n < 100; n++) expect(await bench.checks.of(tried('1001', 'right', hash('right')))).toBe('right');
    expect(bench.begun).toBe(1);
    await bench.ask('1001', 'wrong');
    await bench.ask('1001', 'wrong');
    expect(bench.begun).toBe(3);
    bench.nowMs += knownMs;
    await bench.ask('1001', 'right');
    expect(bench.begun).toBe(4);
  });

  it('forget a password with the hash that it was right for', async () => {
    const bench = new Bench();
    await bench.ask('1001', 'right');
    expect(await bench.ask('1001', 'right', hash('changed'))).toBe('wrong');
  });

  it('take the password of one agent for nobody else', async () => {
    const bench = new Bench();
    await bench.ask('1001', 'right');
    await bench.ask('1002', 'right');
    expect(bench.begun).toBe(2);
  });

  it('end after five wrong ones, even of a hundred at the same moment', async () => {
    const bench = new Bench();
    const guesses = Array.from({ length: 100 }, (_, n) =>
      bench.checks.of(tried('1001', `guess ${String(n)}`, hash('right'))),
    );
    const verdicts = await bench.end(Promise.all(guesses));
    expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(5);
    expect(verdicts.filter((verdict) => verdict === 'blocked')).toHaveLength(95);
    expect(bench.begun).toBe(5);
    expect(await bench.ask('1001', 'right')).toBe('blocked');
    expect(await bench.ask('1002', 'right')).toBe('right');
  });

  it('count wrong ones in a row: a right one that was checked ends the row', async () => {
    const bench = new Bench();
    for (let n = 0; n < 12; n++) {
      bench.nowMs += knownMs;
      const right = n % 4 === 3;
      expect(await bench.ask('1001', right ? 'right' : `wrong ${String(n)}`)).toBe(right ? 'right' : 'wrong');
    }
  });

  it('do not let somebody guess on because the agent himself is remembered', async () => {
    const bench = new Bench();
    const verdicts: PasswordVerdict[] = [];
    for (let n = 0; n < 8; n++) {
      await bench.ask('1001', 'right');
      verdicts.push(await bench.ask('1001', `wrong ${String(n)}`));
    }
    expect(verdicts.slice(5)).toEqual(['blocked', 'blocked', 'blocked']);
  });

  it('fail when the tries cannot be counted, and the next one does not wait for ever', async () => {
    const bench = new Bench();
    bench.tries.begin = () => Promise.reject(new Error('the store is away'));
    for (let n = 0; n < 5; n++) await expect(bench.ask('1001', 'right')).rejects.toThrow('away');
    expect(bench.begun).toBe(0);
  });

  it('do the same check once for all who ask meanwhile', async () => {
    const bench = new Bench();
    const asked = Array.from({ length: 20 }, () => bench.checks.of(tried('1001', 'right', hash('right'))));
    expect(await bench.end(Promise.all(asked))).toEqual(asked.map(() => 'right'));
    expect(bench.begun).toBe(1);
  });

  it('run two at a time, let some wait, and say so to the rest', async () => {
    const bench = new Bench();
    const asked = Array.from({ length: checksWaitingMax + 12 }, (_, n) =>
      bench.checks.of(tried(String(n), 'right', hash('right'))),
    );
    const verdicts = await bench.end(Promise.all(asked));
    expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(10);
    expect(verdicts.filter((verdict) => verdict === 'right')).toHaveLength(checksWaitingMax + 2);
    expect(bench.atOnceMost).toBe(2);
    expect(await bench.ask('later', 'right')).toBe('right');
  });
});
