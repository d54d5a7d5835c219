import { type Cable } from '../kit/network/packet-drop';
import { type Site } from '../kit/site/site';
import { pause, waitFor } from '../kit/wait';
import { XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type EndedHow, type Observation } from '../sim/oracle-log';
import { type FaultTimes } from './fault-times';
import { agentPassword, type FaultXmpp } from './fault-xmpp';
import { type WantedDesktop } from './reconnecting-desktop';

/** What a desktop at an XMPP server needs of the experiment. */
export interface XmppDesktopContext {
  readonly times: FaultTimes;
  readonly site: Pick<Site, 'record' | 'journal'>;
  /** Signs the agent in at the CTI server. */
  signIn(agentId: string): Promise<void>;
  note(observation: Observation): void;
}

export interface ReconnectingXmppOptions {
  /** Stream management (XEP-0198). */
  readonly sm: boolean;
  /** Over the port for clients, or the WebSocket of the XMPP server. */
  readonly at: number | string;
}

/** `crash`: its connection ends without a word. `cutOff`: it stays and carries nothing; whoever makes the fault sees to that. */
export type XmppLeaving = 'crash' | 'bye' | 'cutOff';

interface Connection {
  readonly name: string;
  readonly desktop: XmppDesktop;
  isAcknowledged: boolean;
  isOpen: boolean;
}

const againMs = 200;
const looksPerDetection = 6;
/** A look that comes so late was held up by this process itself: no silence is counted against anybody for it. */
const stallMs = 1_000;

/**
 * One desktop of one agent that is open while it is wanted, and that knows nothing of Lastcall: a client of an XMPP server.
 *
 * **What "acknowledged" means here.** The acknowledgement is the XMPP server's: nothing of Lastcall could hold it back while a
 * request is on its way (rule GATE). So the promise is "a desktop that any of our servers has processed before the commit",
 * and what can be seen of that from outside is when the XMPP server has it: it broadcasts presence to its sender as to
 * everybody else, and answers what comes after it on the same stream later (a ping). From that answer on a last look that
 * is asked for must find the desktop, since our servers ask the XMPP server for an answer of its own (the barrier) before
 * they say "none". The observation is the time of that answer. If a commit is older than it, which the journal says, the
 * desktop came too late, and is acknowledged from the outcome of that request on: this is what a gateway of ours makes its
 * desktops wait for.
 *
 * It ends by its own view as other desktops do. One whose session the XMPP server keeps ended as well: nothing says to it
 * that the session is still there until it is resumed; so is one that heard nothing for the time of detection.
 */
export class ReconnectingXmppDesktop implements WantedDesktop {
  private static connections = 0;
  isWanted = false;
  isFedBy: WantedDesktop['isFedBy'];
  /** Sessions that began, those that were resumed not counted. */
  sessions = 0;
  private turn = 0;
  private resource: string;
  /** One that may be resumed. */
  private kept: XmppDesktop | undefined;
  private current: Connection | undefined;
  private readonly left: XmppDesktop[] = [];
  private readonly timer: NodeJS.Timeout;
  private looked = Date.now();

  constructor(
    private readonly context: XmppDesktopContext,
    private readonly xmpp: FaultXmpp,
    readonly agentId: string,
    private readonly options: ReconnectingXmppOptions,
  ) {
    this.resource = `desk-${agentId}`;
    this.timer = setInterval(() => {
      this.look();
    }, this.lookMs);
  }

  private get lookMs(): number {
    return this.context.times.detectionMs / looksPerDetection;
  }

  /** Opens, and opens again whenever the connection ends, until it leaves. A session that is kept is resumed first. */
  arrive(): void {
    this.isWanted = true;
    this.turn += 1;
    void this.stay(this.turn);
  }

  /** The same as a desktop of another name: nothing of the old one is resumed or replaced. */
  arriveAsAnother(): void {
    this.kept = undefined;
    this.resource = `${this.resource}-again`;
    this.arrive();
  }

  get isAcknowledged(): boolean {
    return this.current?.isAcknowledged === true && this.current.isOpen;
  }

  /** By its own view it is connected. */
  get isOpen(): boolean {
    return this.current?.isOpen === true;
  }

  /** Undefined while it is not connected. */
  get cable(): Cable | undefined {
    return this.current?.desktop.cable;
  }

  leave(how: XmppLeaving): void {
    this.isWanted = false;
    this.turn += 1;
    const connection = this.current;
    if (connection === undefined) return;
    this.end(connection, how === 'bye' ? 'bye' : 'gone');
    this.current = undefined;
    const { desktop } = connection;
    if (how === 'bye') desktop.bye();
    else if (how === 'crash') desktop.kill();
    else {
      this.left.push(desktop);
      this.kept = undefined;
    }
  }

  clear(): void {
    this.isWanted = false;
    this.turn += 1;
    clearInterval(this.timer);
    for (const desktop of [...this.left, ...(this.current === undefined ? [] : [this.current.desktop])]) desktop.kill();
  }

  private async stay(turn: number): Promise<void> {
    while (this.turn === turn) {
      const connection = await this.connect(turn);
      await connection?.desktop.whenEnded();
      if (connection !== undefined) this.end(connection, 'closed');
      if (this.turn === turn) await pause(againMs);
    }
  }

  /** Undefined when none came about. */
  private async connect(turn: number): Promise<Connection | undefined> {
    ReconnectingXmppDesktop.connections += 1;
    const name = `${this.agentId}/x${String(ReconnectingXmppDesktop.connections)}`;
    const { agentId, context } = this;
    context.note({ at: Date.now(), what: 'tried', agentId, desktop: name, side: watchedBy });
    let desktop: XmppDesktop | undefined;
    try {
      desktop = await this.openOrResume();
      if (this.turn !== turn) throw new Error('it has left meanwhile');
      const connection: Connection = { name, desktop, isAcknowledged: false, isOpen: true };
      this.current = connection;
      void this.acknowledge(connection);
      return connection;
    } catch {
      desktop?.kill();
      context.note({ at: Date.now(), what: 'ended', agentId, desktop: name, how: 'closed', heardAt: Date.now() });
      return undefined;
    }
  }

  private async openOrResume(): Promise<XmppDesktop> {
    const { kept } = this;
    const { at, sm } = this.options;
    if (kept !== undefined) {
      this.kept = undefined;
      const isResumed = await kept.resume().then(
        () => true,
        () => false,
      );
      if (isResumed) {
        this.kept = kept;
        return kept;
      }
      kept.kill();
    }
    const opening = { at, sm, user: this.agentId, password: agentPassword, resource: this.resource };
    const desktop = await XmppDesktop.open(opening);
    await desktop.next(({ name, attrs }) => name === 'presence' && attrs['from'] === desktop.jid);
    this.sessions += 1;
    if (sm) this.kept = desktop;
    return desktop;
  }

  private async acknowledge(connection: Connection): Promise<void> {
    const { agentId, context } = this;
    try {
      await connection.desktop.ping();
    } catch {
      return;
    }
    const handledAt = Date.now();
    const { serverId } = this.xmpp;
    const at = (await this.wasCommittedBefore(handledAt)) ? Date.now() : handledAt;
    if ((await context.site.record(agentId)).signedIn === 'no') await context.signIn(agentId);
    if (!connection.isOpen) return;
    connection.isAcknowledged = true;
    context.note({ at, what: 'acknowledged', agentId, desktop: connection.name, side: watchedBy, serverId });
  }

  /** Whether a request was on its way at that time, committed before it; if so, waits for its end. */
  private async wasCommittedBefore(handledAt: number): Promise<boolean> {
    const { context, agentId } = this;
    const lines = await context.site.journal(handledAt - context.times.issuingMsMax);
    const own = lines.filter((line) => line.agentId === agentId);
    const commit = own.findLastIndex(({ at, entry }) => at <= handledAt && entry.what === 'issuing');
    const end = own.slice(commit + 1).find(({ entry }) => entry.what === 'outcome' || entry.what === 'held');
    if (commit < 0 || (end !== undefined && end.at <= handledAt)) return false;
    await waitFor(`the end of the request about ${agentId}`, async () => {
      const { phase } = await context.site.record(agentId);
      return phase.name !== 'issuing' || phase.since > handledAt;
    });
    return true;
  }

  private end(connection: Connection, how: EndedHow): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    const { agentId, context } = this;
    const { name, desktop } = connection;
    const at = Date.now();
    context.note({ at, what: 'ended', agentId, desktop: name, how, heardAt: Math.min(at, desktop.heardAt) });
  }

  /** Says something now and then, as a client does that wants to know whether its server is there. */
  private look(): void {
    const lateMs = Date.now() - this.looked - this.lookMs;
    this.looked = Date.now();
    const connection = this.current;
    if (connection?.isOpen !== true || !this.isWanted || lateMs > stallMs) return;
    const { desktop } = connection;
    if (Date.now() - desktop.heardAt < this.context.times.detectionMs) {
      desktop.ping().catch(() => undefined);
      return;
    }
    this.end(connection, 'silent');
    desktop.kill();
  }
}

/** Each of our servers sees it; the oracle wants one side. */
const watchedBy = 'primary';
