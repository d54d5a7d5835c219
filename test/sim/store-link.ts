import { commandTimeoutMs, reconnectDelayMs, silenceMsMax } from '#store/connection';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type StoreCluster } from './store-cluster';
import { type StoreNode } from './store-node';
import { type SimProcess } from './virtual-time';

/** One way on a calm day. */
const wayMsMin = 0.2;
const wayMsMax = 1.5;

/** How one sending of a command ended. */
interface Sending {
  /** The node's answer is back. */
  readonly answered: () => void;
  /** Nobody will answer: the request or its answer got lost, or the node cannot be reached. */
  readonly lost: (how: 'silence' | 'unreachable') => void;
  /** False: an earlier command is still to be carried out, and this one cannot have come before it. */
  readonly isTurn?: () => boolean;
}

/** A process's connection to the store: commands go and answers come in order, late, or not at all. */
abstract class Link {
  private arrivesAt = 0;
  private answersAt = 0;

  constructor(
    protected readonly stage: Stage,
    readonly cluster: StoreCluster,
    readonly process: SimProcess,
    private readonly random: Random,
  ) {}

  /** Carries out `act` on the node that is reached, and answers what it answers. */
  abstract ask<T>(what: string, act: (node: StoreNode) => T): Promise<T>;

  ping(): Promise<void> {
    return this.ask('ping', () => undefined);
  }

  protected send(what: string, act: (node: StoreNode) => void, sending: Sending): void {
    const { lost } = sending;
    const { time, weather } = this.stage;
    if (weather.storeRequestLost > 0 && this.random.chance(weather.storeRequestLost)) {
      this.stage.inject('store request lost', `${this.process.name}: ${what}`);
      lost('silence');
      return;
    }
    this.arrivesAt = Math.max(this.arrivesAt, time.now + this.way());
    time.after(this.arrivesAt - time.now, time.world, () => {
      const node = this.cluster.nodeFor(this.process);
      if (node === null || sending.isTurn?.() === false) {
        lost('unreachable');
        return;
      }
      act(node);
      this.answer(what, sending);
    });
  }

  private answer(what: string, { answered, lost }: Sending): void {
    const { time, weather } = this.stage;
    if (weather.storeAnswerLost > 0 && this.random.chance(weather.storeAnswerLost)) {
      this.stage.inject('store answer lost', `${this.process.name}: ${what}`);
      lost('silence');
      return;
    }
    if (this.cluster.nodeFor(this.process) === null) {
      lost('unreachable');
      return;
    }
    this.answersAt = Math.max(this.answersAt, time.now + this.way());
    time.after(this.answersAt - time.now, this.process, answered);
  }

  private way(): number {
    const { weather } = this.stage;
    const extra = weather.storeSlowMs > 0 && this.random.chance(0.3) ? this.random.between(0, weather.storeSlowMs) : 0;
    if (extra > 0) this.stage.inject('store slow', this.process.name);
    return this.random.between(wayMsMin, wayMsMax) + extra;
  }
}

/** As a connection with the role `store`: a command that has no answer after a while has failed; it may have been carried out. */
export class StoreLink extends Link {
  override ask<T>(what: string, act: (node: StoreNode) => T): Promise<T> {
    const { time } = this.stage;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let answer: { readonly of: T } | undefined;
    let isOver = false;
    this.send(
      what,
      (node) => {
        answer = { of: act(node) };
      },
      {
        answered: () => {
          if (isOver || answer === undefined) return;
          isOver = true;
          resolve(answer.of);
        },
        lost: () => {
          time.after(commandTimeoutMs, this.process, () => {
            if (isOver) return;
            isOver = true;
            reject(new Error(`the store did not answer: ${what}`));
          });
        },
      },
    );
    return promise;
  }
}

/**
 * As a connection with the role `queue`: commands wait for ever. One without an answer is sent again when the connection has
 * been made anew, in the old order: it may be carried out twice, or long after nobody waits for it any more.
 */
export class PatientLink extends Link {
  private asked = 0;
  private carriedOut = 0;

  override ask<T>(what: string, act: (node: StoreNode) => T): Promise<T> {
    const { time } = this.stage;
    const { promise, resolve } = Promise.withResolvers<T>();
    const number = ++this.asked;
    let attempts = 0;
    const attempt = (): void => {
      attempts += 1;
      let answer: { readonly of: T } | undefined;
      this.send(
        what,
        (node) => {
          answer = { of: act(node) };
          this.carriedOut = Math.max(this.carriedOut, number);
        },
        {
          isTurn: () => number <= this.carriedOut + 1,
          answered: () => {
            if (answer !== undefined) resolve(answer.of);
          },
          lost: (how) => {
            const waitMs = how === 'silence' ? silenceMsMax : reconnectDelayMs(attempts);
            time.after(waitMs, this.process, attempt);
          },
        },
      );
    };
    attempt();
    return promise;
  }
}
