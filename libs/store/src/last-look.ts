import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Desktop } from '#domain/agent';
import { type LastLook } from '#domain/event';
import { Batch } from './batch';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { type ServerLeases } from './servers';
import { asStoreError } from './store-error';

/** A server that has not answered by then is silent, and nothing is issued. */
const defaultTimeoutMs = 500;

/** Agents per question. */
const agentsPerQuestionMax = 500;

/** `answers`: the channel to answer on. */
const questionShape = z.object({ id: z.string(), answers: z.string(), agentIds: z.array(z.string()) });

const desktopShape = z.object({
  connection: z.string(),
  desktopId: z.string(),
  side: z.enum(['primary', 'secondary']),
  serverId: z.string(),
});

const answerShape = z.object({
  id: z.string(),
  serverId: z.string(),
  /** For each agent of the question a desktop, null for none, or why that cannot be said. */
  looks: z.array(z.union([desktopShape, z.object({ unknown: z.string() })]).nullable()),
});

type Answer = z.infer<typeof answerShape>;

export interface LastLookAskerOptions {
  readonly peripheralId: number;
  /** How long a server may take to answer. Default 500. */
  readonly timeoutMs?: number;
}

/** Asks all servers with a live lease whether they hold a desktop of an agent. */
export class LastLookAsker {
  private readonly keys: Keys;
  private readonly channel: string;
  private readonly questions = new Batch<string, LastLook>(agentsPerQuestionMax, (agentIds) => this.askAll(agentIds));
  /** Questions under way by id. */
  private readonly open = new Map<string, (answer: Answer) => void>();
  private subscribed: Promise<unknown> | undefined;
  private readonly hear = (channel: string, text: string): void => {
    if (channel !== this.channel) return;
    const answer = read(answerShape, text);
    if (answer !== undefined) this.open.get(answer.id)?.(answer);
  };

  constructor(
    private readonly redis: RedisConnection,
    private readonly subscriber: RedisConnection,
    private readonly leases: Pick<ServerLeases, 'live'>,
    private readonly options: LastLookAskerOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
    this.channel = this.keys.lastLookAnswers(randomUUID());
    subscriber.on('message', this.hear);
  }

  /**
   * One yes is enough. Without one, every server that had a live lease when the question was asked must have said no;
   * a server that came later opens its desktops by commits of its own, which the version of the record catches.
   * Rejects with a StoreError.
   */
  ask(agentId: string): Promise<LastLook> {
    return this.questions.ask(agentId);
  }

  async close(): Promise<void> {
    this.subscriber.off('message', this.hear);
    if (this.subscribed !== undefined) await this.subscriber.unsubscribe(this.channel);
  }

  private async askAll(agentIds: string[]): Promise<LastLook[]> {
    const id = randomUUID();
    await (this.subscribed ??= this.subscribe());
    const servers = (await this.leases.live()).map(({ serverId }) => serverId);
    if (servers.length === 0) return agentIds.map(() => ({ answer: 'none', asked: [] }));
    const answered = new Map<string, Answer>();
    const allAnswered = this.collect(id, servers, answered);
    try {
      const question = JSON.stringify({ id, answers: this.channel, agentIds });
      await this.redis.publish(this.keys.lastLook, question);
    } catch (error) {
      this.open.delete(id);
      throw asStoreError('last look', error);
    }
    await allAnswered;
    return agentIds.map((_, index) => judge(servers, answered, index));
  }

  /** Resolves when all have answered, or when time is up. */
  private collect(id: string, servers: readonly string[], answered: Map<string, Answer>): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.open.delete(id);
        resolve();
      };
      const timer = setTimeout(finish, this.options.timeoutMs ?? defaultTimeoutMs);
      this.open.set(id, (answer) => {
        answered.set(answer.serverId, answer);
        if (servers.every((serverId) => answered.has(serverId))) finish();
      });
    });
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.channel);
    } catch (error) {
      this.subscribed = undefined;
      throw asStoreError('last look', error);
    }
  }
}

function judge(servers: readonly string[], answered: ReadonlyMap<string, Answer>, index: number): LastLook {
  const looks = [...answered.values()].map(({ serverId, looks: ofServer }) => ({ serverId, look: ofServer[index] }));
  for (const { look } of looks) if (look != null && 'connection' in look) return { answer: 'holds', desktop: look };
  const silent = servers.find((serverId) => !answered.has(serverId));
  if (silent !== undefined) return { answer: 'silent', serverId: silent };
  for (const { serverId, look } of looks) {
    if (look != null && 'unknown' in look) return { answer: 'unknown', serverId, why: look.unknown };
    // An answer that leaves an agent out says nothing of it.
    if (look === undefined) return { answer: 'silent', serverId };
  }
  return { answer: 'none', asked: servers };
}

/** What a server says of one agent: a desktop that it holds, undefined for none, or why it cannot say. */
export type Look = Desktop | undefined | { readonly unknown: string };

export interface LastLookAnswererOptions {
  readonly peripheralId: number;
  readonly serverId: string;
  /** For each agent, in order, what this server holds of it right now. A rejection is silence. */
  readonly holds: (agentIds: string[]) => Promise<Look[]>;
  /** Told when an answer could not be given or sent; the asker then sees a silent server, which holds the logout. */
  readonly onFault?: (error: unknown) => void;
}

/** Answers for one server. */
export class LastLookAnswerer {
  private readonly keys: Keys;
  private readonly hear = (channel: string, text: string): void => {
    if (channel === this.keys.lastLook) void this.answer(text);
  };

  constructor(
    private readonly subscriber: RedisConnection,
    private readonly redis: RedisConnection,
    private readonly options: LastLookAnswererOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Resolves when questions arrive. */
  async start(): Promise<void> {
    this.subscriber.on('message', this.hear);
    try {
      await this.subscriber.subscribe(this.keys.lastLook);
    } catch (error) {
      throw asStoreError('last look', error);
    }
  }

  async close(): Promise<void> {
    this.subscriber.off('message', this.hear);
    await this.subscriber.unsubscribe(this.keys.lastLook);
  }

  private async answer(text: string): Promise<void> {
    const question = read(questionShape, text);
    if (question === undefined) return;
    try {
      const { id, answers, agentIds } = question;
      const held = await this.options.holds(agentIds);
      const looks = agentIds.map((_, index) => held[index] ?? null);
      await this.redis.publish(answers, JSON.stringify({ id, serverId: this.options.serverId, looks }));
    } catch (error) {
      this.options.onFault?.(error);
    }
  }
}

/** A message that is none of ours is not answered; anybody with access to Redis can publish one. */
function read<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
