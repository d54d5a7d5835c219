import { type Side } from '#domain/agent';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type CtiLink } from '#cti-client/link';
import { type Mirror } from '#cti-client/mirror';
import { type RedisConnection } from '#store/connection';
import { LinkAnswerer } from '#store/link-answerer';
import { RedisLinkBus } from '#store/link-bus';
import { LinkNews } from '#store/link-news';
import { type Logger } from 'pino';
import { type LinkKeeper } from './link-keeper';
import { Standings } from './standings';
import { WorkerLink } from './worker-link';

export interface LinkServingParts {
  readonly link: CtiLink;
  readonly mirror: Mirror;
  readonly keeper: LinkKeeper;
  readonly agentDesk: AgentDesk;
  readonly store: RedisConnection;
  readonly subscriber: RedisConnection;
  readonly log: Logger;
}

export interface LinkServingOptions {
  readonly peripheralId: number;
  readonly side: Side;
  readonly requestTimeoutMs: number;
  readonly password: string | undefined;
}

/** Serves the CTI link to the servers of this side: they look at agents, change them, and hear of every change. */
export class LinkServing {
  private readonly bus: RedisLinkBus;
  private readonly answerer: LinkAnswerer;
  private readonly news: LinkNews;
  private readonly standings: Standings;

  constructor(
    private readonly parts: LinkServingParts,
    options: LinkServingOptions,
  ) {
    const { mirror, keeper, agentDesk, store, subscriber, log } = parts;
    const { peripheralId, side, requestTimeoutMs, password } = options;
    const onFault = (error: unknown): void => {
      // The connections tell of their losses themselves, once.
      log.debug({ err: error }, 'a message of the link service could not be sent');
    };
    this.bus = new RedisLinkBus(store, subscriber, { peripheralId });
    this.standings = new Standings({
      mirror,
      dialogs: agentDesk.dialogs,
      now: () => Date.now(),
      changed: (before, after) => {
        this.news.changed(before, after);
      },
    });
    const held = new WorkerLink({ keeper, agentDesk, standings: this.standings, password });
    this.news = new LinkNews(this.bus, held, { peripheralId, side, requestTimeoutMs, onFault });
    const monotonicMs = (): number => performance.now();
    this.answerer = new LinkAnswerer(this.bus, held, { peripheralId, side, monotonicMs, onFault });
  }

  /** To be called before the link is started: nothing that it tells is missed. */
  start(): void {
    const { link, mirror, keeper, log } = this.parts;
    this.standings.start();
    mirror.on('gap', () => {
      this.news.gap();
    });
    link.on('phase', () => {
      this.news.tellAlive();
    });
    keeper.on('turned', () => {
      this.news.tellAlive();
    });
    this.news.start();
    this.answerer.start().catch((error: unknown) => {
      log.error({ err: error }, 'calls of the CTI link cannot be heard');
    });
  }

  /** Says that this worker is going, while it still holds the link. */
  stop(): void {
    this.news.stop();
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  /** Calls that are being answered. */
  get callsUnderWay(): number {
    return this.answerer.size;
  }
}
