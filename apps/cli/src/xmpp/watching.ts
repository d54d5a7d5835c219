import { randomBytes } from 'node:crypto';
import { type Element, xml } from '@xmpp/client';
import { foldJid } from '#presence/xmpp/desktop-jid';
import { hibernationNamespace, readNews, type Watcher } from '#presence/xmpp/news';
import { type Passage } from '#presence/xmpp/ping-barrier';
import { openStream, type StreamSettings, type XmppStream } from '#presence/xmpp/stream';
import { type StreamEnd } from '#presence/xmpp/stream-fault';
import { WatchStream } from '#presence/xmpp/watch-stream';

export interface ServerName {
  readonly name: string;
  /** Empty where the server does not tell. */
  readonly version: string;
}

export type Presence = 'available' | 'unavailable';

interface Waiter {
  readonly jid: string;
  readonly presence: Presence;
  readonly resolve: (atMs: number | null) => void;
}

const answerMsMax = 5_000;

/** A watch like that of a server, by the same code, that also says when it has heard what. */
export class Watching {
  private readonly watch: WatchStream;
  private readonly watcher: Watcher;
  private readonly waiters = new Set<Waiter>();
  private readonly questions = new Map<string, (answer: Element | null) => void>();
  private readonly seen = new Set<string>();
  private stream: XmppStream | undefined;
  private readonly lost = new AbortController();

  private constructor(
    private readonly settings: StreamSettings,
    complete: () => void,
    ended: (end: StreamEnd) => void,
  ) {
    const { mode, user, domain } = settings;
    this.watcher = { domain, account: mode === 'component' ? null : `${user}@${domain}`.toLowerCase() };
    this.watch = new WatchStream({
      settings,
      openStream: (...values) => (this.stream = openStream(...values)),
      newId,
      hear: (stanza) => {
        this.hear(stanza);
      },
      collected: () => this.seen.size,
      onComplete: complete,
      onEnd: (end) => {
        for (const resolve of [...this.questions.values()]) resolve(null);
        for (const { resolve } of [...this.waiters]) resolve(null);
        this.lost.abort(end);
        ended(end);
      },
    });
  }

  /** Resolves when its snapshot is complete, or with why there is none. */
  static begin(settings: StreamSettings): Promise<Watching | StreamEnd> {
    return new Promise((resolve) => {
      const watching = new Watching(
        settings,
        () => {
          resolve(watching);
        },
        resolve,
      );
      watching.watch.open();
    });
  }

  /** Desktops in its snapshot, and whatever has appeared since. */
  get desktops(): number {
    return this.seen.size;
  }

  /** Aborted when its stream has ended; the reason is a `StreamEnd`. Nothing is heard any more. */
  get ended(): AbortSignal {
    return this.lost.signal;
  }

  /** Round trip of the ping by which a last look is fenced; null when it was not answered. */
  async ping(): Promise<number | null> {
    const begunMs = performance.now();
    const passage: Passage = await this.watch.barrier.ask(answerMsMax);
    return passage === 'passed' ? performance.now() - begunMs : null;
  }

  /** By XEP-0092, else by what the server calls itself in XEP-0030. */
  async server(): Promise<ServerName | null> {
    const version = (await this.question('jabber:iq:version'))?.getChild('query');
    const name = version?.getChildText('name') ?? '';
    if (name !== '') return { name, version: version?.getChildText('version') ?? '' };
    const info = (await this.question('http://jabber.org/protocol/disco#info'))?.getChild('query');
    const identity = info?.getChildren('identity').find(({ attrs }) => attrs['category'] === 'server');
    const called = identity?.attrs['name'] ?? '';
    return called === '' ? null : { name: called, version: '' };
  }

  /** When this is next heard of the desktop, by performance.now(); null when not within the time, or not any more. */
  hears(jid: string, presence: Presence, msMax: number, stopped: AbortSignal): Promise<number | null> {
    return new Promise((resolve) => {
      const finish = (atMs: number | null): void => {
        clearTimeout(timer);
        stopped.removeEventListener('abort', giveUp);
        this.waiters.delete(waiter);
        resolve(atMs);
      };
      const giveUp = (): void => {
        finish(null);
      };
      const waiter: Waiter = { jid: foldJid(jid), presence, resolve: finish };
      const timer = setTimeout(giveUp, msMax);
      stopped.addEventListener('abort', giveUp);
      this.waiters.add(waiter);
      if (stopped.aborted) giveUp();
    });
  }

  async end(): Promise<void> {
    await this.watch.close();
  }

  private hear(stanza: Element): void {
    const { type, id = '' } = stanza.attrs;
    const from = foldJid(stanza.attrs['from'] ?? '');
    const question = stanza.name === 'iq' ? this.questions.get(id) : undefined;
    if (question !== undefined && from === this.settings.domain) {
      question(stanza);
      return;
    }
    // Whether its name could be an agent's is no matter here.
    if (stanza.name === 'presence' && (type === undefined || type === 'unavailable')) {
      this.tell(from, type ?? 'available');
      return;
    }
    const hibernation = stanza.getChild('hibernation', hibernationNamespace);
    if (hibernation !== undefined && from === this.settings.domain) {
      const { jid = '', state } = hibernation.attrs;
      this.tell(jid, state === 'ended' ? 'available' : 'unavailable');
      return;
    }
    const news = readNews(stanza, this.watcher);
    switch (news.type) {
      case 'available':
      case 'unavailable':
        this.tell(news.jid, news.type);
        break;
      case 'answer':
        this.watch.answered(news);
        break;
      case 'privilege':
        this.watch.privileged(news.presence);
        break;
      case 'ignored':
        break;
    }
  }

  private tell(from: string, presence: Presence): void {
    const jid = foldJid(from);
    const atMs = performance.now();
    // Our own account is told of itself.
    if (this.watcher.account !== null && jid.startsWith(`${this.watcher.account}/`)) return;
    if (presence === 'available') this.seen.add(jid);
    else this.seen.delete(jid);
    for (const waiter of [...this.waiters])
      if (waiter.jid === jid && waiter.presence === presence) waiter.resolve(atMs);
  }

  /** Asks the server; null when it does not answer. */
  private question(namespace: string): Promise<Element | null> {
    const id = newId();
    return new Promise((resolve) => {
      const finish = (answer: Element | null): void => {
        clearTimeout(timer);
        this.questions.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(finish, answerMsMax, null);
      this.questions.set(id, finish);
      this.stream?.send(xml('iq', { type: 'get', id, to: this.settings.domain }, xml('query', namespace)));
    });
  }
}

function newId(): string {
  return randomBytes(12).toString('base64url');
}
