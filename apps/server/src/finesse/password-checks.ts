import { createHmac, randomBytes } from 'node:crypto';
import { isPassword, type PasswordHash } from '#config/password-hash';

/** Checks at a time: each takes a thread of Node's pool, of which there are four, and 32 MiB. */
const checksAtOnceMax = 2;

/** Checks that wait. At 50 ms each the last one waits some five seconds, on a slow machine three times that: beyond that a client has given up. */
export const checksWaitingMax = 200;

/** How long a password that was right is known without another check. */
export const knownMs = 120_000;
const knownMax = 20_000;

/** `blocked`: too many wrong ones before it, so it was not looked at. `busy`: too many checks wait already. */
export type PasswordVerdict = 'right' | 'wrong' | 'blocked' | 'busy';

/** Counts the passwords that were tried in a row, where every server sees it. Rejects when the store is away. */
export abstract class PasswordTries {
  /** Answers whether this try is still allowed; it counts as a wrong one from now on. */
  abstract begin(agentId: string): Promise<boolean>;
  /** It was right: the next one is the first. */
  abstract forget(agentId: string): Promise<void>;
}

/** Whom nobody knows is checked against this: an answer must not come sooner for a name that does not exist. */
const nobodysHash: PasswordHash = {
  ln: 15,
  r: 8,
  p: 1,
  salt: Buffer.alloc(16),
  // As likely to be met as any other; and whoever met it would still be nobody.
  hash: randomBytes(32),
};

/**
 * Checks passwords without standing in each other's way: a few at a time, the same one once, and one that was right is
 * remembered for a while by a keyed digest of it together with its hash. So polling costs nothing, a changed hash counts
 * at once, and no password lies in the memory.
 *
 * A try is counted before it is checked: a hundred guesses at the same moment are no more than a hundred in a row.
 */
export class PasswordChecks {
  private readonly key = randomBytes(32);
  private readonly known = new Map<string, number>();
  private readonly underWay = new Map<string, Promise<PasswordVerdict>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly tries: PasswordTries,
    /** Milliseconds that never jump; only differences count. */
    private readonly monotonicMs: () => number,
    private readonly check: typeof isPassword = isPassword,
  ) {}

  /**
   * Rejects when the tries cannot be counted.
   * @param expected undefined for a name that has no password: the answer is wrong, and as late as any other
   */
  async of(agentId: string, password: string, expected: PasswordHash | undefined): Promise<PasswordVerdict> {
    const digest = this.digest(agentId, password, expected ?? nobodysHash);
    if (this.isKnown(digest)) return 'right';
    const sameOne = this.underWay.get(digest);
    if (sameOne !== undefined) return sameOne;
    if (this.waiting.length >= checksWaitingMax) return 'busy';
    const verdict = this.inTurn(() => this.tryOne(agentId, password, expected));
    this.underWay.set(digest, verdict);
    try {
      const answer = await verdict;
      if (answer === 'right') this.remember(digest);
      return answer;
    } finally {
      this.underWay.delete(digest);
    }
  }

  private async tryOne(
    agentId: string,
    password: string,
    expected: PasswordHash | undefined,
  ): Promise<PasswordVerdict> {
    if (!(await this.tries.begin(agentId))) return 'blocked';
    const isRight = await this.check(password, expected ?? nobodysHash);
    if (!isRight || expected === undefined) return 'wrong';
    await this.tries.forget(agentId);
    return 'right';
  }

  private async inTurn<T>(task: () => Promise<T>): Promise<T> {
    if (this.running < checksAtOnceMax) this.running += 1;
    else {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    try {
      return await task();
    } finally {
      // The turn is handed on, or given back.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private isKnown(digest: string): boolean {
    const until = this.known.get(digest);
    if (until === undefined) return false;
    if (this.monotonicMs() < until) return true;
    this.known.delete(digest);
    return false;
  }

  private remember(digest: string): void {
    const oldest = this.known.keys().next();
    if (this.known.size >= knownMax && oldest.done !== true) this.known.delete(oldest.value);
    this.known.set(digest, this.monotonicMs() + knownMs);
  }

  private digest(agentId: string, password: string, { salt, hash }: PasswordHash): string {
    const digest = createHmac('sha256', this.key);
    for (const part of [Buffer.from(agentId), salt, hash, Buffer.from(password)]) {
      digest.update(`${String(part.length)}:`).update(part);
    }
    return digest.digest('base64');
  }
}
