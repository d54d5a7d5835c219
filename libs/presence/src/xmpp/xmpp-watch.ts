import { randomBytes } from 'node:crypto';
import { isAgentId } from '#domain/agent-id';
import { type Element } from '@xmpp/client';
import { type Logger } from 'pino';
import { type AgentIds } from '../agent-ids';
import { type DesktopTable, type Look } from '../desktop-table';
import { StallWatch } from '../stall-watch';
import { backOffMs } from './back-off';
import { readNews, type Watcher } from './news';
import { Sightings, type Order } from './sightings';
import { type StreamEnd } from './stream-fault';
import { type openStream, type StreamSettings } from './stream';
import { UnknownAccounts } from './unknown-accounts';
import { WatchHoldings, type WatchHoldingsParts } from './watch-holdings';
import { WatchStream } from './watch-stream';
import { type XmppTally } from './xmpp-tally';

/** A last look must be answered within 500 ms; what is left is for Redis. */
export const lastLookMsMax = 400;

/** A stream that saw so long was a good one: the next attempt is not made to wait for those that failed before it. */
const goodStreamMs = 10_000;

export interface XmppWatchParts extends WatchHoldingsParts {
  readonly settings: StreamSettings;
  readonly table: Pick<DesktopTable, 'desktopOf' | 'look'>;
  readonly ids: AgentIds;
  readonly tally: XmppTally;
  readonly log: Logger;
  readonly openStream: typeof openStream;
}

/**
 * Watches the presence of all desktops at an XMPP server, one stream after the other:
 *
 * - Opening. The desktops known from the stream before stay held: not seeing them is no sign that they are gone.
 * - Collecting. The stream is up; presence is collected until a ping on it is answered, then compared with what was known.
 * - Seeing. Presence is told as it comes, and a last look is answered with "none" after a ping that was sent for it.
 * - Blind, when the stream has ended: after a wait, the next one is opened. Until that one sees, nobody is told "none".
 *
 * Every server watches by itself, so that losing one loses nothing.
 */
export class XmppWatch {
  private readonly sightings = new Sightings();
  /** Whether a loss came just before a stream's end is told by the time in which we were awake: the end may have waited. */
  private readonly stalls = new StallWatch({ monotonicMs: () => performance.now(), onStall: () => undefined });
  private readonly holdings: WatchHoldings;
  private readonly watcher: Watcher;
  private readonly unknown: UnknownAccounts;
  private stream: WatchStream | null = null;
  private failures = 0;
  private seeingSinceMs = 0;
  private blind: StreamEnd | null = { kind: 'unreachable', sentence: 'not connected yet' };
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly parts: XmppWatchParts) {
    const { domain, user, mode } = parts.settings;
    this.holdings = new WatchHoldings(parts);
    this.unknown = new UnknownAccounts({ ...parts, monotonicMs: () => performance.now() });
    this.watcher = { domain, account: mode === 'component' ? null : `${user}@${domain}`.toLowerCase() };
  }

  start(): void {
    if (this.stopped) return;
    this.stalls.start();
    this.open();
  }

  /** No news any more; what is held stays held, and is told by nobody. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stalls.stop();
    clearTimeout(this.timer);
    this.holdings.stop();
    this.blind ??= { kind: 'closed', sentence: 'the server is being stopped' };
    await this.stream?.close();
  }

  /** Why we do not see; null while we do. */
  get blindness(): StreamEnd | null {
    return this.blind;
  }

  get desktops(): number {
    return this.sightings.size;
  }

  /** Losses reported just before a stream's end, until the next one has said more. */
  get doubtful(): number {
    return this.sightings.doubtful;
  }

  /** The directory of agents has changed: somebody whose presence was ignored may be an agent. */
  directoryChanged(): void {
    if (this.unknown.isOverfull) this.stream?.giveUp('the directory of agents has changed');
    for (const { jid, agentId } of this.unknown.takeKnown())
      this.holdings.carryOut(this.sightings.available(jid, agentId));
  }

  /** The answers to a last look, in order. An agent without a desktop here has none only after a ping that began now. */
  async look(agentIds: readonly string[]): Promise<Look[]> {
    const held = agentIds.map((agentId) => this.parts.table.desktopOf(agentId));
    if (held.every((desktop) => desktop !== undefined)) return held;
    const unseen = await this.passBarrier();
    return agentIds.map((agentId) => this.parts.table.look(agentId) ?? this.absence(agentId, unseen));
  }

  /** Null when everything that the server had to say by now has been heard, else why not. */
  private async passBarrier(): Promise<string | null> {
    const { stream } = this;
    if (stream === null || this.blind !== null) return this.blind?.sentence ?? 'no stream';
    const begunMs = performance.now();
    const passage = await stream.barrier.ask(lastLookMsMax);
    this.parts.tally.barrier(passage, performance.now() - begunMs);
    switch (passage) {
      case 'passed':
        return null;
      case 'late':
        return `the XMPP server did not answer a ping within ${String(lastLookMsMax)} ms`;
      case 'ended':
        return 'the stream to the XMPP server has just ended';
    }
  }

  private absence(agentId: string, unseen: string | null): Look {
    const unknown =
      unseen ??
      this.sightings.blindSpot(agentId) ??
      (this.holdings.isBeingTold(agentId) ? 'the XMPP server is just back, and the grace is being renewed' : null);
    return unknown === null ? undefined : { unknown };
  }

  private open(): void {
    const { settings, openStream: openWith } = this.parts;
    this.sightings.streamBegan();
    this.unknown.forget();
    const stream: WatchStream = new WatchStream({
      settings,
      openStream: openWith,
      newId: () => randomBytes(12).toString('base64url'),
      hear: (stanza) => {
        this.hear(stream, stanza);
      },
      collected: () => this.sightings.collected,
      onComplete: () => {
        this.see();
      },
      onEnd: (end) => {
        this.ended(stream, end);
      },
    });
    this.stream = stream;
    stream.open();
  }

  private hear(stream: WatchStream, stanza: Element): void {
    if (stream !== this.stream || this.stopped) return;
    const news = readNews(stanza, this.watcher);
    switch (news.type) {
      case 'available':
        this.available(news.jid, news.agentId);
        break;
      case 'unavailable':
        this.parts.tally.presence('unavailable');
        this.unknown.unavailable(news.jid);
        this.holdings.carryOut(this.sightings.unavailable(news.jid, this.stalls.awakeMs()));
        stream.probe(news.jid);
        break;
      case 'answer':
        stream.answered(news);
        break;
      case 'privilege':
        stream.privileged(news.presence);
        break;
      case 'ignored':
        this.parts.tally.ignored(news.why);
        break;
    }
  }

  private available(jid: string, account: string): void {
    const { ids, tally } = this.parts;
    const agentId = ids.canonical(account);
    if (agentId === undefined) {
      tally.ignored(isAgentId(account) ? 'unknownAgent' : 'notAnAgent');
      this.unknown.available(jid, account);
      return;
    }
    tally.presence('available');
    this.holdings.carryOut(this.sightings.available(jid, agentId));
  }

  private see(): void {
    if (this.stopped) return;
    const orders = this.sightings.snapshotCompleted(this.stalls.awakeMs());
    this.holdings.carryOut(orders);
    this.seeingSinceMs = performance.now();
    this.blind = null;
    const count = (type: Order['type']): number => orders.filter((order) => order.type === type).length;
    this.parts.log.info(
      { desktops: this.desktops, opened: count('open'), lost: count('lose'), renewed: count('sourceReturned') },
      'XMPP: presence is seen',
    );
  }

  private ended(stream: WatchStream, end: StreamEnd): void {
    if (stream !== this.stream) return;
    this.stream = null;
    const nowMs = performance.now();
    const wasGood = this.blind === null && nowMs - this.seeingSinceMs >= goodStreamMs;
    this.sightings.streamEnded(this.stalls.awakeMs());
    this.parts.tally.streamEnded(end.kind);
    if (this.stopped) return;
    this.tell(end);
    this.blind = end;
    this.failures = wasGood ? 0 : this.failures + 1;
    this.timer = setTimeout(
      () => {
        this.open();
      },
      backOffMs(this.failures - 1, Math.random),
    );
  }

  /**
   * Once per outage: a server that is away is at first lost, then refuses connections, then does not answer them. Another
   * line is for what a person has to put right.
   */
  private tell(end: StreamEnd): void {
    const { log, settings } = this.parts;
    const isAway = end.kind === 'lost' || end.kind === 'unreachable';
    if (this.blind !== null && this.failures > 0 && (isAway || this.blind.sentence === end.sentence)) return;
    log.warn(
      { why: end.sentence, kind: end.kind, server: settings.url, desktops: this.desktops, doubtful: this.doubtful },
      'XMPP: presence is out of sight; known desktops stay, and nobody without one is signed out',
    );
  }
}
