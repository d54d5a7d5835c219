import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Keys } from './keys';
import { type LinkBus } from './link-bus';

/** A server that has not answered by then is left out. */
export const answerMsMax = 1_000;

const questionShape = z.object({ id: z.string(), answers: z.string() });
const answerShape = z.object({
  id: z.string(),
  serverId: z.string(),
  times: z.array(z.tuple([z.string(), z.number()])),
});

export interface OpeningTimesOptions {
  readonly peripheralId: number;
  readonly serverId: string;
  /** Connections that this server holds, with the epoch ms at which each was opened. */
  readonly times: () => readonly (readonly [connection: string, openedAt: number])[];
}

/**
 * Since when desktops are open. A record does not say: whoever holds a desktop knows, and is asked when somebody wants to
 * see it. Every server answers for its own.
 */
export class OpeningTimes {
  private readonly keys: Keys;
  private readonly answers: string;
  private readonly open = new Map<string, (answer: z.output<typeof answerShape>) => void>();

  constructor(
    private readonly bus: Pick<LinkBus, 'publish' | 'subscribe'>,
    private readonly options: OpeningTimesOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
    this.answers = this.keys.openingTimesAnswers(randomUUID());
  }

  /** Resolves when questions and answers arrive. Rejects with a StoreError. */
  async start(): Promise<void> {
    const lost = (): void => undefined;
    await this.bus.subscribe(this.keys.openingTimes, { heard: this.answer.bind(this), lost });
    const heard = (text: string): void => {
      const answer = read(answerShape, text);
      if (answer !== undefined) this.open.get(answer.id)?.(answer);
    };
    await this.bus.subscribe(this.answers, { heard, lost });
  }

  /** Asks these servers. Connections of one that is silent are not among the answers. Rejects with a StoreError. */
  async ask(serverIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const id = randomUUID();
    const times = new Map<string, number>();
    const missing = new Set(serverIds);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, answerMsMax, undefined);
    this.open.set(id, (answer) => {
      for (const [connection, openedAt] of answer.times) times.set(connection, openedAt);
      missing.delete(answer.serverId);
      if (missing.size === 0) resolve(undefined);
    });
    try {
      await this.bus.publish(this.keys.openingTimes, JSON.stringify({ id, answers: this.answers }));
      if (missing.size > 0) await promise;
      return times;
    } finally {
      clearTimeout(timer);
      this.open.delete(id);
    }
  }

  private answer(text: string): void {
    const question = read(questionShape, text);
    if (question === undefined) return;
    const { serverId, times } = this.options;
    const answer = JSON.stringify({ id: question.id, serverId, times: times() });
    // Whoever asked does without it.
    this.bus.publish(question.answers, answer).catch(() => undefined);
  }
}

function read<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
