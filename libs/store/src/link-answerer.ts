import { type Side } from '#domain/agent';
import { Keys } from './keys';
import { type LinkBus } from './link-bus';
import { type ChangeOrder, type ChangeResult, type LinkService, type LookResult } from './link-call';
import { type Call, type CallAnswer, callShape, decodeMessage, encodeMessage } from './link-messages';

/** Calls that are being answered at once; each waits for the CTI server at the worst. */
export const callsAtOnceMax = 1_000;
/** A publication may be repeated when its connection is lost: calls remembered so that each is carried out once. */
export const callsRememberedMax = 10_000;

/** A link as the worker has it. */
export abstract class HeldLink {
  /** True while this worker holds the link of its side, in service or not: it and nobody else may speak for it. */
  abstract isHeld(): boolean;
  abstract service(): LinkService;
  abstract look(agentId: string): Promise<LookResult>;
  /** `mayStillSend` is asked right before the write. */
  abstract change(agentId: string, order: ChangeOrder, mayStillSend: () => boolean): Promise<ChangeResult>;
}

export interface LinkAnswererOptions {
  readonly peripheralId: number;
  readonly side: Side;
  readonly monotonicMs: () => number;
  /** Told when an answer could not be given or sent; the caller then hears nothing. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Answers the calls of the servers of one side, in every worker of that side; only the one that holds the link does.
 *
 * An order that comes late must not be carried out: its caller has given up, and a sign-in or sign-out nobody waits for
 * does harm. It expires by the clock of Redis, which is read when the order arrives; from then on the time is counted
 * on this process's monotonic clock, so that a process that was frozen in between finds it expired.
 */
export class LinkAnswerer {
  private readonly keys: Keys;
  private readonly remembered = new Set<string>();
  private underWay = 0;

  constructor(
    private readonly bus: LinkBus,
    private readonly link: HeldLink,
    private readonly options: LinkAnswererOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Resolves when calls arrive. */
  async start(): Promise<void> {
    await this.bus.subscribe(this.keys.linkCalls(this.options.side), {
      heard: (text) => {
        this.hear(text);
      },
      // A call that was missed is silence for its caller.
      lost: () => undefined,
    });
  }

  get size(): number {
    return this.underWay;
  }

  private hear(text: string): void {
    if (!this.link.isHeld()) return;
    const call = decodeMessage(callShape, text);
    if (call === undefined || this.remembered.has(call.id)) return;
    this.remember(call.id);
    this.underWay += 1;
    this.answer(call)
      .then((answer) => this.bus.publish(call.answers, encodeMessage(answer)))
      .catch(this.options.onFault)
      .finally(() => {
        this.underWay -= 1;
      });
  }

  private async answer({ id, agentId, ask }: Call): Promise<CallAnswer> {
    if (this.underWay > callsAtOnceMax) {
      return {
        id,
        kind: ask.kind,
        result: { kind: 'unavailable', why: 'Too many calls of the link wait for an answer.' },
      };
    }
    if (ask.kind === 'look') return { id, kind: 'look', result: await this.link.look(agentId) };
    const isInTime = await this.watchExpiry(ask.expiresAt);
    if (!isInTime()) {
      return {
        id,
        kind: 'change',
        result: { kind: 'unavailable', why: 'The order came too late and was not carried out.' },
      };
    }
    const result = await this.link.change(agentId, ask.order, () => isInTime() && this.link.isHeld());
    return { id, kind: 'change', result };
  }

  private async watchExpiry(expiresAt: number): Promise<() => boolean> {
    const { monotonicMs } = this.options;
    // From before the question: the answer can only be older than it seems.
    const askedMs = monotonicMs();
    const now = await this.bus.now();
    return () => now + (monotonicMs() - askedMs) < expiresAt;
  }

  private remember(id: string): void {
    this.remembered.add(id);
    if (this.remembered.size <= callsRememberedMax) return;
    const [oldest] = this.remembered;
    if (oldest !== undefined) this.remembered.delete(oldest);
  }
}
