import { randomUUID } from 'node:crypto';
import { type Side } from '#domain/agent';
import { Keys } from './keys';
import { type LinkBus } from './link-bus';
import {
  AgentLink,
  type ChangeOrder,
  type ChangeResult,
  type LinkListener,
  type LinkService,
  type LookResult,
} from './link-call';
import { answerShape, type Call, decodeMessage, encodeMessage, type News, newsShape } from './link-messages';
import { OpenCalls } from './link-open-calls';

/** A holder that is not heard for so long, three signs of life, is gone. */
export const silentMsMax = 3_000;
/** A look is answered from the mirror at once; else the CTI server is asked. */
export const lookMsMax = 5_000;
/** An order that was not written by then is never written. */
export const orderMsMax = 2_500;
/** On top of the time that the CTI server has for its answer. */
export const changeMarginMs = 1_000;
/** Calls that wait for an answer. */
export const callsMax = 1_000;

export interface LinkCallerOptions {
  readonly peripheralId: number;
  readonly side: Side;
}

/** Calls the CTI link of a server's own side, whichever worker holds it, and hears its news. */
export class LinkCaller extends AgentLink {
  private readonly keys: Keys;
  private readonly answers: string;
  private readonly open = new OpenCalls();
  private readonly listeners = new Set<LinkListener>();
  private serviceNow: LinkService = { inService: false, why: 'No worker of this side has been heard so far.' };
  private heard = { life: '', changes: 0 };
  private requestTimeoutMs = 0;
  private silence: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: LinkBus,
    private readonly options: LinkCallerOptions,
  ) {
    super();
    this.keys = new Keys(options.peripheralId);
    this.answers = this.keys.linkAnswers(randomUUID());
  }

  /** Resolves when answers and news arrive; a holder is heard within a second of it. Rejects with a StoreError. */
  async start(): Promise<void> {
    const lost = (why: string): void => {
      this.loseHolder(why);
    };
    await this.bus.subscribe(this.answers, {
      heard: (text) => {
        const answer = decodeMessage(answerShape, text);
        if (answer !== undefined) this.open.take(answer);
      },
      lost,
    });
    await this.bus.subscribe(this.keys.linkNews(this.options.side), {
      heard: (text) => {
        const news = decodeMessage(newsShape, text);
        if (news !== undefined) this.hear(news);
      },
      lost,
    });
  }

  /** Nothing is told any more, and every call ends. */
  close(): void {
    this.listeners.clear();
    this.loseHolder('The server is being stopped.');
  }

  /** How many calls wait for an answer. */
  get size(): number {
    return this.open.size;
  }

  override service(): LinkService {
    return this.serviceNow;
  }

  override follow(listener: LinkListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  override look(agentId: string): Promise<LookResult> {
    const unanswered = (why: string): LookResult => ({ kind: 'unavailable', why });
    const why = this.whyNot();
    if (why !== undefined) return Promise.resolve(unanswered(why));
    const call: Call = { id: randomUUID(), answers: this.answers, agentId, ask: { kind: 'look' } };
    const result = this.open.begin(call.id, {
      read: (answer) => (answer.kind === 'look' ? answer.result : undefined),
      msMax: lookMsMax,
      msMin: 0,
      unanswered,
    });
    this.send(call);
    return result;
  }

  override async change(agentId: string, order: ChangeOrder): Promise<ChangeResult> {
    const clock = await this.bus.now().catch(() => undefined);
    const why = clock === undefined ? 'Redis does not answer.' : this.whyNot();
    if (clock === undefined || why !== undefined) return { kind: 'unavailable', why: why ?? '' };
    const ask = { kind: 'change', order, expiresAt: clock + orderMsMax } as const;
    const call: Call = { id: randomUUID(), answers: this.answers, agentId, ask };
    const result = this.open.begin<ChangeResult>(call.id, {
      read: (answer) => (answer.kind === 'change' ? answer.result : undefined),
      msMax: Math.max(this.requestTimeoutMs + changeMarginMs, orderMsMax),
      // A worker that was frozen may still carry the order out before it expires.
      msMin: orderMsMax,
      unanswered: (because) => ({ kind: 'inDoubt', why: because }),
    });
    this.send(call);
    return result;
  }

  private whyNot(): string | undefined {
    if (!this.serviceNow.inService) return this.serviceNow.why;
    return this.open.size >= callsMax ? 'Too many calls of the link wait for an answer.' : undefined;
  }

  private send(call: Call): void {
    this.bus.publish(this.keys.linkCalls(this.options.side), encodeMessage(call)).catch(() => {
      this.open.giveUp(call.id, 'Redis does not answer.');
    });
  }

  private hear(news: News): void {
    const { life, changes } = news;
    const isNext = life === this.heard.life && changes - countOf(news) === this.heard.changes;
    this.heard = { life, changes };
    if (news.kind === 'alive') {
      this.requestTimeoutMs = news.requestTimeoutMs;
      this.listenForSilence();
    } else {
      for (const { before, after } of news.changed) {
        for (const listener of this.listeners) listener.changed(before, after);
      }
    }
    this.setService(news.kind === 'alive' ? news.service : this.serviceNow, !isNext);
  }

  /** @param isGap changes may have been missed: followers are told of the service although it is the same */
  private setService(now: LinkService, isGap: boolean): void {
    const before = this.serviceNow;
    const isSame = now.inService ? before.inService : !before.inService && before.why === now.why;
    this.serviceNow = now;
    if (isSame && !(isGap && now.inService)) return;
    for (const listener of this.listeners) listener.service(now);
  }

  private listenForSilence(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const heard = this.silence;
      // After a stall of this process signs of life may wait in its socket: they are read before this runs.
      setImmediate(() => {
        if (heard === this.silence) this.loseHolder('No worker of this side has been heard for three seconds.');
      });
    }, silentMsMax);
  }

  private loseHolder(why: string): void {
    clearTimeout(this.silence);
    this.setService({ inService: false, why }, false);
    this.open.giveUpAll(why);
  }
}

const countOf = (news: News): number => (news.kind === 'changed' ? news.changed.length : 0);
