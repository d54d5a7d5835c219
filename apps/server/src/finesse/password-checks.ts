import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { isPassword, type PasswordHash } from '#config/password-hash';
import { FairShare } from '#presence/fair-share';
import { FairTurns } from './fair-turns';

/** Checks at a time: each takes a thread of Node's pool, of which there are four, and 32 MiB. */
const checksAtOnceMax = 2;

/** Checks that wait. At 50 ms each the last one waits some five seconds, on a slow machine three times that: beyond that a client has given up. */
export const checksWaitingMax = 200;

/** How long a password that was right is known without another check, from its last use on. */
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

/** Takes as long as any other check of its cost, and nobody meets it. */
const nobodysHash: PasswordHash = { ln: 15, r: 8, p: 1, salt: Buffer.alloc(16), hash: randomBytes(32) };

/** Names that do not exist and wait for their answer, at a time; a timer each. */
const unknownAtOnceMax = 1_000;
/** So many of the latest checks are the measure of how long an answer takes. */
const durationsKept = 32;

/** Wrong tries of one agent from one network within `knownMs` after which a password known from there does not count. */
const wrongFromNetworkMax = 5;

/** A try to prove who one is. */
export interface PasswordTry {
  readonly agentId: string;
  readonly password: string;
  /** Undefined for a name that has no password. */
  readonly expected: PasswordHash | undefined;
  /** Where it comes from; checks are shared out by it. */
  readonly network: string;
}

/**
 * Checks passwords without standing in each other's way: a few at a time, shared out by the network they come from, the
 * same one once. One that was right is remembered for a while, for the network it came from, by a keyed digest of it
 * together with its hash. So polling costs nothing, a changed hash counts at once, and no password lies in the memory.
 *
 * A try is counted before it is checked: a hundred guesses at the same moment are no more than a hundred in a row. A name
 * that does not exist takes no place among the checks, and is answered after as long as one of the latest checks took, so
 * that the answer does not say that it does not exist.
 */
export class PasswordChecks {
  private readonly key = randomBytes(32);
  private readonly known = new Map<string, number>();
  private readonly underWay = new Map<string, Promise<PasswordVerdict>>();
  private readonly turns = new FairTurns({ atOnceMax: checksAtOnceMax, waitingMax: checksWaitingMax });
  private readonly unknownWaiting = new FairShare(unknownAtOnceMax);
  private readonly wrongFromNetwork = new Map<string, { count: number; untilMs: number }>();
  private readonly durationsMs: number[] = [];
  private firstDurationMs: Promise<number> | undefined;

  constructor(
    private readonly tries: PasswordTries,
    /** Milliseconds that never jump; only differences count. */
    private readonly monotonicMs: () => number,
    private readonly check: typeof isPassword = isPassword,
    private readonly pause: (ms: number) => Promise<unknown> = setTimeout,
  ) {}

  /**
   * Whether this password was right a while ago, from the same network. That counts even while the agent is blocked: others
   * who guess keep nobody out who is in. Who guessed from the same network is not told by this that a guess was right.
   */
  isKnownRight(attempt: PasswordTry): boolean {
    const { expected } = attempt;
    if (expected === undefined || this.isGuessedFrom(attempt)) return false;
    const digest = this.digest(attempt, expected);
    if (!this.isKnown(digest)) return false;
    this.remember(digest);
    return true;
  }

  /** Counts a try that was not the right password, or was not looked at. */
  noteWrong({ agentId, network }: PasswordTry): void {
    const nowMs = this.monotonicMs();
    const key = `${agentId} ${network}`;
    const known = this.wrongFromNetwork.get(key);
    const count = known !== undefined && nowMs < known.untilMs ? known.count : 0;
    forgetOldest(this.wrongFromNetwork);
    this.wrongFromNetwork.delete(key);
    this.wrongFromNetwork.set(key, { count: count + 1, untilMs: nowMs + knownMs });
  }

  /** Rejects when the tries cannot be counted. */
  async of(attempt: PasswordTry): Promise<PasswordVerdict> {
    const { expected } = attempt;
    if (expected === undefined) return this.ofNobody(attempt);
    const digest = this.digest(attempt, expected);
    if (this.isKnownRight(attempt)) return 'right';
    const sameOne = this.underWay.get(digest);
    if (sameOne !== undefined) return sameOne;
    const verdict = this.inTurn(attempt, expected);
    this.underWay.set(digest, verdict);
    try {
      const answer = await verdict;
      if (answer === 'right') this.remember(digest);
      else if (answer !== 'busy') this.noteWrong(attempt);
      return answer;
    } finally {
      this.underWay.delete(digest);
    }
  }

  private async ofNobody({ agentId, network }: PasswordTry): Promise<PasswordVerdict> {
    if (this.turns.isFullFor(network) || !this.unknownWaiting.enter(network)) return 'busy';
    try {
      if (!(await this.tries.begin(agentId))) return 'blocked';
      await this.pause(await this.durationMs());
      return 'wrong';
    } finally {
      this.unknownWaiting.leave(network);
    }
  }

  private async inTurn(attempt: PasswordTry, expected: PasswordHash): Promise<PasswordVerdict> {
    const begunMs = this.monotonicMs();
    if (!(await this.turns.enter(attempt.network))) return 'busy';
    try {
      return await this.tryOne(attempt, expected, begunMs);
    } finally {
      this.turns.leave();
    }
  }

  private async tryOne(
    { agentId, password }: PasswordTry,
    expected: PasswordHash,
    begunMs: number,
  ): Promise<PasswordVerdict> {
    if (!(await this.tries.begin(agentId))) return 'blocked';
    const isRight = await this.check(password, expected);
    this.durationsMs.push(this.monotonicMs() - begunMs);
    if (this.durationsMs.length > durationsKept) this.durationsMs.shift();
    if (!isRight) return 'wrong';
    await this.tries.forget(agentId);
    return 'right';
  }

  /** How long one of the latest checks took, its wait included; the first time, one is made to learn it. */
  private async durationMs(): Promise<number> {
    const some = this.durationsMs[randomInt(Math.max(1, this.durationsMs.length))];
    if (some !== undefined) return some;
    this.firstDurationMs ??= this.measure();
    return this.firstDurationMs;
  }

  private async measure(): Promise<number> {
    const begunMs = this.monotonicMs();
    await this.check('', nobodysHash);
    return this.monotonicMs() - begunMs;
  }

  private isGuessedFrom({ agentId, network }: PasswordTry): boolean {
    const wrong = this.wrongFromNetwork.get(`${agentId} ${network}`);
    return wrong !== undefined && wrong.count >= wrongFromNetworkMax && this.monotonicMs() < wrong.untilMs;
  }

  private isKnown(digest: string): boolean {
    const until = this.known.get(digest);
    if (until === undefined) return false;
    if (this.monotonicMs() < until) return true;
    this.known.delete(digest);
    return false;
  }

  private remember(digest: string): void {
    forgetOldest(this.known);
    this.known.delete(digest);
    this.known.set(digest, this.monotonicMs() + knownMs);
  }

  private digest({ agentId, network, password }: PasswordTry, { salt, hash }: PasswordHash): string {
    const digest = createHmac('sha256', this.key);
    for (const part of [Buffer.from(agentId), Buffer.from(network), salt, hash, Buffer.from(password)]) {
      digest.update(`${String(part.length)}:`).update(part);
    }
    return digest.digest('base64');
  }
}

/** A map's order is that of its entries' last change. */
function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size >= knownMax && oldest.done !== true) map.delete(oldest.value);
}
