import { type Message, type MessageOf } from '#cti-protocol/messages';
import { type CancelTimer, type Clock } from './clock';

/** At most this many requests are out at once: 50 a second for 20 s. More would mean that the server answers nothing. */
export const REQUESTS_PENDING_MAX = 1_000;

/** What comes back for a request. `lost`: the link went down after it was written; it may or may not have had its effect. */
export type Answer =
  | { kind: 'confirmed'; message: Message }
  | { kind: 'controlFailure'; failureCode: number; peripheralErrorCode: number }
  | { kind: 'failure'; status: number }
  | { kind: 'timedOut' }
  | { kind: 'lost'; why: string };

/**
 * Hears every answer until `end`: a CONTROL_FAILURE_CONF may come after the CONF (GED-188), so a confirmation does
 * not end a request. `timedOut` and `lost` are the last answers there are.
 */
export type AnswerHandler = (answer: Answer, exchange: Exchange) => void;

/** A request that is out. */
export interface Exchange {
  readonly invokeId: number;
  /** No more answers are wanted; late ones are skipped. */
  end: () => void;
}

interface Pending {
  hear: (answer: Answer) => void;
  cancelTimeout: CancelTimer;
}

/** Requests by InvokeID, each with its time limit. */
export class PendingRequests {
  private readonly pending = new Map<number, Pending>();
  private timedOut = 0;

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
    private readonly emptied: () => void = () => undefined,
  ) {}

  get size(): number {
    return this.pending.size;
  }

  /** How many requests got no last word in time, since the beginning. */
  get timedOutCount(): number {
    return this.timedOut;
  }

  get isFull(): boolean {
    return this.pending.size >= REQUESTS_PENDING_MAX;
  }

  has(invokeId: number): boolean {
    return this.pending.has(invokeId);
  }

  add(invokeId: number, handler: AnswerHandler): Exchange {
    const exchange: Exchange = {
      invokeId,
      end: () => {
        this.remove(invokeId);
      },
    };
    const hear = (answer: Answer): void => {
      handler(answer, exchange);
    };
    const cancelTimeout = this.clock.after(this.timeoutMs, () => {
      this.pending.delete(invokeId);
      this.timedOut += 1;
      hear({ kind: 'timedOut' });
      this.tellIfEmpty();
    });
    this.pending.set(invokeId, { hear, cancelTimeout });
    return exchange;
  }

  /** Hands a message to the request it answers, if that is still waiting. */
  answer(message: Message): void {
    if (!('InvokeID' in message)) return;
    this.pending.get(message.InvokeID)?.hear(answerOf(message));
  }

  /** The link is down: every request that is out is in doubt. */
  loseAll(why: string): void {
    for (const [invokeId, { hear }] of [...this.pending]) {
      this.remove(invokeId);
      hear({ kind: 'lost', why });
    }
  }

  private remove(invokeId: number): void {
    this.pending.get(invokeId)?.cancelTimeout();
    if (this.pending.delete(invokeId)) this.tellIfEmpty();
  }

  private tellIfEmpty(): void {
    if (this.pending.size === 0) this.emptied();
  }
}

function answerOf(message: Message & { InvokeID: number }): Answer {
  if (message.name === 'CONTROL_FAILURE_CONF') return controlFailure(message);
  if (message.name === 'FAILURE_CONF') return { kind: 'failure', status: message.Status };
  return { kind: 'confirmed', message };
}

const controlFailure = (message: MessageOf<'CONTROL_FAILURE_CONF'>): Answer => ({
  kind: 'controlFailure',
  failureCode: message.FailureCode,
  peripheralErrorCode: message.PeripheralErrorCode,
});
