import { type Side } from '#domain/agent';
import { connectDesktop, type Opened, type TestDesktop } from '../kit/desktop';
import { type Cable } from '../kit/network/packet-drop';
import { pause } from '../kit/wait';
import { type EndedHow, type Observation } from '../sim/oracle-log';

/** What a desktop needs of the experiment that it is part of. */
export interface DesktopContext {
  readonly detectionMs: number;
  readonly secret: string;
  urlOf(side: Side): string;
  /** The process that serves this side now, by a name that no other process ever had. */
  serverOf(side: Side): string;
  /** Signs the agent in at the CTI server. */
  signIn(agentId: string): Promise<void>;
  note(observation: Observation): void;
}

/** One desktop of one agent, of whatever kind; a row says whether it is to be open. */
export interface WantedDesktop {
  readonly agentId: string;
  readonly isWanted: boolean;
  /** In place of a desktop there is a feed of presence: what it said last. */
  isFedBy: 'available' | 'unavailable' | undefined;
  readonly isAcknowledged: boolean;
  /** Closes whatever is left, unseen by the oracle. */
  clear(): void;
}

export type Leaving = 'crash' | 'bye' | 'freeze' | 'cutOff' | 'unplug';

interface Connection {
  readonly name: string;
  readonly side: Side;
  readonly desktop: TestDesktop;
  heardAt: number;
  isAcknowledged: boolean;
  /** By its own view it has not ended yet. */
  isOpen: boolean;
}

/** Like the browser library: the other side after a moment. */
const againMs = 300;
/** How often a desktop looks whether it has heard anything: so often within the time of detection. */
const looksPerDetection = 12;
/** A gap so much longer between two looks is this process's own: no silence is counted against anybody for it. */
const stallMs = 800;

/**
 * One desktop of one agent. While it is wanted it keeps itself open as a real desktop does: when its connection ends, when
 * the server says `outOfService`, and when nothing comes for the time of detection, it turns to the other side. It
 * writes down what it saw, for the oracle.
 */
export class ReconnectingDesktop implements WantedDesktop {
  private static connections = 0;
  isWanted = false;
  isFedBy: 'available' | 'unavailable' | undefined;
  /** False where the test itself decides where the desktop goes next. */
  movesByItself = true;
  /** A half-open desktop: its connection is kept, nothing is heard any more. */
  private readonly frozen: TestDesktop[] = [];
  private current: Connection | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly lookMs: number;
  private looked = Date.now();
  private ended = false;
  /** Counts up with every connection that is begun: only the newest is this desktop's. */
  private begun = 0;

  constructor(
    private readonly context: DesktopContext,
    readonly agentId: string,
    private readonly desktopId = `desk-${agentId}`,
  ) {
    this.lookMs = context.detectionMs / looksPerDetection;
    this.timer = setInterval(() => {
      this.look();
    }, this.lookMs);
  }

  /** Opens on that side; resolves at once, for `settled` to be waited for. */
  arrive(side: Side): void {
    this.isWanted = true;
    void this.connect(side);
  }

  get isAcknowledged(): boolean {
    return this.current?.isAcknowledged === true && this.current.isOpen;
  }

  get side(): Side | undefined {
    return this.current?.side;
  }

  /** Undefined while it is not connected. */
  get cable(): Cable | undefined {
    return this.current?.desktop.cable;
  }

  /** Of the newest acknowledgement. */
  get opened(): Opened | undefined {
    return this.current?.desktop.opened;
  }

  /** Ends for good. `cutOff`: whoever makes the fault keeps its packets from now on. `unplug`: it does not come back, but is not ended by itself either: its server is about to die. */
  leave(how: Leaving): void {
    this.isWanted = false;
    const connection = this.current;
    if (connection === undefined || how === 'unplug') return;
    this.end(connection, how === 'bye' ? 'bye' : 'gone');
    const { desktop } = connection;
    const isCut = how === 'freeze' || how === 'cutOff';
    if (how === 'bye' && desktop.opened !== undefined) desktop.send({ type: 'bye' });
    else if (isCut && desktop.isConnected) {
      this.frozen.push(desktop);
      if (how === 'freeze') desktop.freeze();
    } else desktop.crash();
    this.current = undefined;
  }

  clear(): void {
    this.ended = true;
    this.isWanted = false;
    clearInterval(this.timer);
    for (const desktop of [...this.frozen, ...(this.current === undefined ? [] : [this.current.desktop])])
      desktop.socket.terminate();
  }

  private async connect(side: Side): Promise<void> {
    if (this.ended) return;
    const begun = ++this.begun;
    ReconnectingDesktop.connections += 1;
    const name = `${this.agentId}/${String(ReconnectingDesktop.connections)}`;
    const { context, agentId, desktopId } = this;
    const serverId = context.serverOf(side);
    const desktop = await connectDesktop({ url: context.urlOf(side), agentId, desktopId, secret: context.secret });
    // It took a while, and a further one may have been begun meanwhile; nobody would ever end this one.
    if (!this.isWanted || begun !== this.begun) {
      desktop.socket.terminate();
      return;
    }
    context.note({ at: Date.now(), what: 'tried', agentId, desktop: name, side });
    const connection: Connection = {
      ...{ name, side, desktop },
      ...{ heardAt: Date.now(), isAcknowledged: false, isOpen: true },
    };
    this.current = connection;
    desktop.socket.on('ping', () => (connection.heardAt = Date.now()));
    desktop.socket.on('message', (data: Buffer) => {
      connection.heardAt = Date.now();
      void this.told(connection, serverId, JSON.parse(data.toString()) as { type: string; mustSignIn?: boolean });
    });
    desktop.socket.on('close', () => {
      this.end(connection, 'closed');
      this.goOn(connection);
    });
  }

  private async told(
    connection: Connection,
    serverId: string,
    message: { type: string; mustSignIn?: boolean },
  ): Promise<void> {
    const { agentId, context } = this;
    if (message.type === 'outOfService') {
      this.end(connection, 'outOfService');
      if (!this.movesByItself) return;
      connection.desktop.crash();
      return;
    }
    if (message.type !== 'opened' || this.current !== connection) return;
    // Who returns signs in again; who is signed out with the desktop open has chosen so, or is to be seen.
    const isReturning = !connection.isAcknowledged || !connection.isOpen;
    if (message.mustSignIn === true && isReturning) await context.signIn(agentId);
    if (this.current !== connection || connection.desktop.closed !== undefined) return;
    connection.isAcknowledged = true;
    connection.isOpen = true;
    context.note({
      ...{ at: Date.now(), what: 'acknowledged', agentId, desktop: connection.name },
      ...{ side: connection.side, serverId },
    });
  }

  private end(connection: Connection, how: EndedHow): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    const { agentId, context } = this;
    const { name, heardAt } = connection;
    context.note({ at: Date.now(), what: 'ended', agentId, desktop: name, how, heardAt });
  }

  private goOn(connection: Connection): void {
    if (this.current !== connection) return;
    this.current = undefined;
    if (!this.isWanted || !this.movesByItself) return;
    const next = connection.side === 'primary' ? 'secondary' : 'primary';
    void pause(againMs).then(() => {
      if (this.isWanted && this.current === undefined) void this.connect(next);
    });
  }

  private look(): void {
    const gapMs = Date.now() - this.looked;
    this.looked = Date.now();
    const connection = this.current;
    if (connection === undefined || gapMs > this.lookMs + stallMs || this.isBlind) return;
    if (Date.now() - connection.heardAt < this.context.detectionMs) return;
    this.end(connection, 'silent');
    connection.desktop.crash();
  }

  /** Desktops that were unplugged hear what they hear; nobody looks. */
  private get isBlind(): boolean {
    return !this.isWanted;
  }
}
