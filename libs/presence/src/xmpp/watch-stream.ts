import { type Element, xml } from '@xmpp/client';
import { type News } from './news';
import { type Passage, PingBarrier } from './ping-barrier';
import { type StreamEnd, StreamFault } from './stream-fault';
import { type openStream, stepMsMaxOf, type StreamSettings, type XmppStream } from './stream';

/** While all is quiet the server is pinged so often, and given so long, twice, to answer. */
const pingEveryMs = 10_000;
const pingMsMax = 5_000;

/**
 * ejabberd answers the ping of a client that came on line before it has asked all others for their presence: a snapshot is
 * whole when a ping and so long a wait before it have brought nothing new. A component's snapshot comes in one piece
 * before anything else.
 */
const quietMs = 250;

/** A snapshot that is never quiet is taken as it is; what comes later is told as it comes. */
const snapshotMsMax = 10_000;

/** A desktop's presence has a priority of at least 0; below it, no message is ever meant for us. */
const watcherPriority = '-1';

type Answer = Extract<News, { type: 'answer' }>;

export interface WatchStreamParts {
  readonly settings: StreamSettings;
  readonly openStream: typeof openStream;
  readonly newId: () => string;
  readonly hear: (stanza: Element) => void;
  /** How many desktops the snapshot holds so far. */
  readonly collected: () => number;
  readonly onComplete: () => void;
  readonly onEnd: (end: StreamEnd) => void;
}

/** One stream of a watch, from its opening to its end: questions first, then the snapshot, then pings. */
export class WatchStream {
  readonly barrier: PingBarrier;
  private readonly questions = new Map<string, (answer: Answer | null) => void>();
  private stream: XmppStream | undefined;
  private seesPresence = false;
  private ended = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: WatchStreamParts) {
    this.barrier = new PingBarrier((id) => {
      this.ask(id, xml('ping', 'urn:xmpp:ping'));
    }, parts.newId);
  }

  open(): void {
    this.stream = this.parts.openStream(this.parts.settings, {
      online: () => void this.collect(),
      stanza: this.parts.hear,
      ended: (end) => {
        this.end(end);
      },
    });
  }

  async close(): Promise<void> {
    await this.stream?.close();
  }

  /** Ends it without a word, so that another one shows again who is there. */
  giveUp(sentence: string): void {
    this.fail('closed', sentence);
  }

  /** The server's own answer to a question or a ping of ours. */
  answered(answer: Answer): void {
    const question = this.questions.get(answer.id);
    if (question !== undefined) {
      question(answer);
      return;
    }
    // A server without pings says so, and in its turn: that is as good an answer.
    if (answer.condition !== null && !unknownRequest.has(answer.condition)) {
      this.fail('refused', `${this.parts.settings.domain} (XMPP_DOMAIN) answers a ping with ${answer.condition}`);
      return;
    }
    this.barrier.answered(answer.id);
  }

  /** What the server lets this component see. */
  privileged(presence: boolean): void {
    this.seesPresence = presence;
  }

  /**
   * Asks an account's contact whether it is there all the same. When a desktop signs in again under its own full JID,
   * ejabberd tells the end of the old session after the beginning of the new one as often as not; who is there answers.
   * A component is told both in order, and may not ask.
   */
  probe(jid: string): void {
    if (this.parts.settings.mode === 'watcher') this.stream?.send(xml('presence', { type: 'probe', to: jid }));
  }

  private async collect(): Promise<void> {
    const begunMs = performance.now();
    const answerMsMax = stepMsMaxOf(this.parts.settings);
    const refusal = this.parts.settings.mode === 'component' ? await this.askServer() : await this.askRoster();
    if (this.ended) return;
    if (refusal !== null) {
      this.fail('refused', refusal);
      return;
    }
    for (let before = -1; before !== this.parts.collected() && performance.now() - begunMs < snapshotMsMax;) {
      before = this.parts.collected();
      if (this.parts.settings.mode === 'watcher') await this.pause(quietMs);
      if (!this.wasAnswered(await this.barrier.ask(answerMsMax))) return;
    }
    this.parts.onComplete();
    await this.keepAlive();
  }

  /** Two silences in a row, since the first may be our own: a process that stood still finds its timers before its mail. */
  private async keepAlive(): Promise<void> {
    for (;;) {
      await this.pause(pingEveryMs);
      if ((await this.barrier.ask(pingMsMax)) === 'passed') continue;
      if (!this.wasAnswered(await this.barrier.ask(pingMsMax))) return;
    }
  }

  private wasAnswered(passage: Passage): boolean {
    if (passage === 'late') this.fail('lost', 'the XMPP server does not answer pings');
    return passage === 'passed';
  }

  /** Without presence a snapshot would be empty, and everybody taken for gone. */
  private async askServer(): Promise<string | null> {
    const { user, domain } = this.parts.settings;
    const answer = await this.question(xml('query', 'http://jabber.org/protocol/disco#info'));
    if (answer === null) return `${domain} (XMPP_DOMAIN) does not answer`;
    const identities = answer.answer.getChild('query')?.getChildren('identity') ?? [];
    if (identities.some(({ attrs }) => attrs['name'] === 'ejabberd')) {
      return 'ejabberd does not tell a component of desktops that are lost: it needs XMPP_MODE=watcher';
    }
    if (this.seesPresence) return null;
    return `the server lets ${user} (XMPP_USER) see no presence of ${domain}: it needs XEP-0356 with presence = "managed_entity"`;
  }

  private async askRoster(): Promise<string | null> {
    const { user, domain } = this.parts.settings;
    const answer = await this.question(xml('query', 'jabber:iq:roster'));
    if (answer === null) return `${domain} (XMPP_DOMAIN) does not answer`;
    const contacts = answer.answer.getChild('query')?.getChildren('item') ?? [];
    if (!contacts.some(({ attrs }) => sees.has(attrs['subscription'] ?? 'none'))) {
      return `the account ${user}@${domain} (XMPP_USER) sees nobody: it needs a shared roster group that displays the agents`;
    }
    this.stream?.send(xml('presence', {}, xml('priority', {}, watcherPriority)));
    return null;
  }

  /** Null when there is no answer in time, or the stream has ended. */
  private question(query: Element): Promise<Answer | null> {
    const id = this.parts.newId();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.questions.get(id)?.(null), stepMsMaxOf(this.parts.settings));
      this.questions.set(id, (answer) => {
        clearTimeout(timer);
        this.questions.delete(id);
        resolve(answer);
      });
      const toServer = query.getNS() === 'jabber:iq:roster' ? {} : { to: this.parts.settings.domain };
      this.stream?.send(xml('iq', { type: 'get', id, ...toServer }, query));
    });
  }

  private ask(id: string, query: Element): void {
    this.stream?.send(xml('iq', { type: 'get', id, to: this.parts.settings.domain }, query));
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer = setTimeout(resolve, ms);
    });
  }

  private fail(kind: StreamEnd['kind'], sentence: string): void {
    this.stream?.fail(new StreamFault(kind, sentence));
  }

  private end(end: StreamEnd): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.barrier.end();
    for (const question of this.questions.values()) question(null);
    this.parts.onEnd(end);
  }
}

/** What a server says that does not know pings. */
const unknownRequest = new Set(['service-unavailable', 'feature-not-implemented']);

/** Subscriptions by which an account sees its contact. */
const sees = new Set(['to', 'both']);
