import { type Logger } from 'pino';
import { type Journal } from '#store/journal';
import { type ConsoleSessions } from '#store/console-sessions';
import { type JournalLine } from '#store/journal-line';
import { whyStoreFails } from '#store/store-error';
import { levelOfFailure } from '#store/store-outage';
import { type AgentView } from '../api/agent-view';
import { type AgentChanges, AgentRows } from './agent-changes';
import { lineViewOf, type LineView } from './line-view';
import { type Overview } from './overview';
import { type OverviewReader } from './overview-reader';

/** What a page is told, as it happens. */
export type FeedMessage =
  /** Everything, once, to a listener that has just come. */
  | {
      readonly event: 'snapshot';
      readonly data: { overview: Overview; agents: readonly AgentView[]; lines: readonly LineView[] };
    }
  | { readonly event: 'overview'; readonly data: Overview }
  | { readonly event: 'agents'; readonly data: AgentChanges }
  | { readonly event: 'lines'; readonly data: readonly LineView[] }
  | { readonly event: 'storeAway'; readonly data: { readonly sentence: string } };

export interface Listener {
  /** The session that it belongs to; undefined: it brought its own credentials. */
  readonly sessionId: string | undefined;
  tell(message: FeedMessage): void;
  /** The feed stops, or the session has ended: nothing is told any more. */
  end(): void;
}

/** Each listener is an open response; a page that is left open in fifty tabs must not starve the others. */
export const listenersMax = 50;
/** Journal and overview are read this often. Not by a read that blocks: one would outlast the connection it waits on. */
const lookMs = 500;
/** With Redis away, this often. */
const retryMs = 1_000;
const linesPerLookMax = 500;
/** Lines that a new listener gets to see. */
const linesKeptMax = 200;
const backfillMs = 15 * 60_000;
const backfillRoundsMax = 40;

/**
 * One loop for all pages. It runs while somebody listens: read the new lines of the journal, look at the overview, tell
 * what is new. When Redis is away it says so once and tries again.
 */
export class LiveFeed {
  private readonly listeners = new Set<Listener>();
  private readonly rows = new AgentRows();
  private overview: Overview | undefined;
  private lines: readonly LineView[] = [];
  private lastId: string | undefined;
  private run: Promise<void> | undefined;
  private storeIsAway = false;
  private stopped = false;
  private readonly rests = new Set<() => void>();

  constructor(
    private readonly reader: OverviewReader,
    private readonly journal: Journal,
    private readonly sessions: Pick<ConsoleSessions, 'openOf'>,
    private readonly log: Logger,
  ) {}

  get isFull(): boolean {
    return this.listeners.size >= listenersMax;
  }

  /** Tells the listener what is known now and from now on. @returns what takes the listener away */
  addListener(listener: Listener): () => void {
    if (this.stopped) {
      // Its request was still being looked at when the stop began.
      listener.end();
      return () => undefined;
    }
    this.listeners.add(listener);
    if (this.storeIsAway) listener.tell(storeAway);
    else if (this.run !== undefined) this.greet(listener);
    this.run ??= this.loop();
    return () => this.listeners.delete(listener);
  }

  /** Ends all listeners, then the loop, when it has ended what it reads. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const listener of this.listeners) listener.end();
    this.listeners.clear();
    for (const wake of this.rests) wake();
    await this.run;
  }

  private async loop(): Promise<void> {
    try {
      while (!this.stopped && this.listeners.size > 0) await this.step();
    } finally {
      // The next listener begins anew: what was known then is old by then.
      this.run = undefined;
      this.lastId = undefined;
      this.overview = undefined;
      this.lines = [];
      this.rows.replace([]);
    }
  }

  private async step(): Promise<void> {
    try {
      await this.endWithSessions();
      await this.catchUp();
      await this.look();
      this.storeIsAway = false;
      await this.rest(lookMs);
    } catch (error) {
      if (!this.storeIsAway)
        this.log[levelOfFailure(error)](`The overview cannot be read; it is tried again: ${whyStoreFails(error)}`);
      this.storeIsAway = true;
      this.tell(storeAway);
      await this.rest(retryMs);
    }
  }

  /** A stream lasts for as long as its session: nothing is told that was read after the end of it. */
  private async endWithSessions(): Promise<void> {
    const ids = [...this.listeners].flatMap(({ sessionId }) => sessionId ?? []);
    const open = await this.sessions.openOf(ids, Date.now());
    for (const listener of this.listeners) {
      const { sessionId } = listener;
      if (sessionId === undefined || open.has(sessionId) || !ids.includes(sessionId)) continue;
      this.listeners.delete(listener);
      listener.end();
    }
  }

  /** Reads new lines; the first time, those of the last minutes. */
  private async catchUp(): Promise<void> {
    if (this.lastId !== undefined) {
      const news = this.keep(await this.journal.tail(this.lastId, 0, linesPerLookMax));
      if (news.length > 0) this.tell({ event: 'lines', data: news });
      return;
    }
    const { overview } = await this.reader.read();
    this.lastId = `${String(overview.now - backfillMs)}-0`;
    for (let round = 0; round < backfillRoundsMax; round++) {
      const read = this.keep(await this.journal.tail(this.lastId, 0, linesPerLookMax));
      if (read.length < linesPerLookMax) return;
    }
    // More than a page can show anyway: a mass loss. What comes from now on matters.
    this.lastId = `${String(overview.now)}-0`;
  }

  private keep(lines: readonly JournalLine[]): readonly LineView[] {
    const views = lines.map(lineViewOf);
    this.lastId = views.at(-1)?.id ?? this.lastId;
    this.lines = [...this.lines, ...views].slice(-linesKeptMax);
    return views;
  }

  private async look(): Promise<void> {
    const { overview, agents } = await this.reader.read();
    const isFirst = this.overview === undefined || this.storeIsAway;
    this.overview = overview;
    const changes = this.rows.replace(agents);
    if (isFirst) {
      for (const listener of this.listeners) this.greet(listener);
      return;
    }
    if (changes.changed.length > 0 || changes.gone.length > 0) this.tell({ event: 'agents', data: changes });
    this.tell({ event: 'overview', data: overview });
  }

  private greet(listener: Listener): void {
    const { overview, rows, lines } = this;
    if (overview !== undefined) listener.tell({ event: 'snapshot', data: { overview, agents: rows.all, lines } });
  }

  private tell(message: FeedMessage): void {
    for (const listener of this.listeners) listener.tell(message);
  }

  private async rest(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.rests.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.rests.add(wake);
    });
  }
}

const storeAway: FeedMessage = {
  event: 'storeAway',
  data: { sentence: 'Redis cannot be reached. Desktops stay connected, nobody is signed out, and this page waits.' },
};
