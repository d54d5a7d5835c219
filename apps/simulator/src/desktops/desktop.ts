import { Connection, type DesktopSide } from './connection';
import { type ServerMessage } from './server-message';

/** How long a refreshed page takes until it opens again. */
const refreshMs = 2_000;
/** A desktop that lost its server tries the sides in turn, this often, before it gives up: two minutes. */
const reopenWaitMs = 1_000;
const reopenTriesMax = 120;
/** Entries of a desktop's own log; the oldest go first. */
const historyMax = 200;
/** Close codes from here on are verdicts about this desktop (bad token, too many, …): opening again would not help. */
const verdictCodeMin = 4400;

export type DesktopPhase =
  | 'connecting'
  | 'open'
  | 'networkLost'
  | 'refreshing'
  | 'reopening'
  | 'closing'
  | 'closed'
  | 'crashed'
  | 'refused'
  | 'lost';

const settledPhases: readonly DesktopPhase[] = ['closed', 'crashed', 'refused', 'lost'];

export interface DesktopSurroundings {
  readonly servers: Readonly<Record<DesktopSide, string>>;
  readonly issueToken: (agentId: string) => Promise<string>;
  readonly changed: (desktop: Desktop) => void;
  readonly now: () => number;
}

/** Epoch ms, as everything this process logs. */
interface HistoryEntry {
  readonly at: number;
  readonly event: string;
  readonly side: DesktopSide;
}

/**
 * One desktop application of an agent, as a real WebSocket client.
 *
 * `connecting` → `opened` received → `open`. The user: close (bye) → `closing` → `closed`; crash → `crashed`;
 * refresh → `refreshing` → `connecting`; loseNetwork → `networkLost`, and from there restoreNetwork or failOver.
 * The server's end of it: out of service or a closed connection → `reopening` on the sides in turn → `open` or `lost`;
 * a verdict about this desktop → `refused`. Only `#enter` changes the phase.
 */
export class Desktop {
  #phase: DesktopPhase = 'closed';
  #side: DesktopSide = 'primary';
  #connection: Connection | undefined;
  /** Half-open connections left behind by a failover; their servers notice by themselves. */
  readonly #abandoned = new Set<Connection>();
  #timer: NodeJS.Timeout | undefined;
  #reopenTries = 0;
  #mustSignIn = false;
  #epoch: number | null = null;
  #detail = '';
  readonly #history: HistoryEntry[] = [];

  constructor(
    readonly desktopId: string,
    readonly agentId: string,
    private readonly surroundings: DesktopSurroundings,
  ) {}

  get isLive(): boolean {
    return !settledPhases.includes(this.#phase);
  }

  get view() {
    return {
      desktopId: this.desktopId,
      agentId: this.agentId,
      side: this.#side,
      phase: this.#phase,
      epoch: this.#epoch,
      mustSignIn: this.#mustSignIn,
      detail: this.#detail,
      history: this.#history,
    };
  }

  async open(side: DesktopSide): Promise<void> {
    this.#reopenTries = 0;
    await this.#connect(side);
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#connection === undefined) {
      this.#enter('closed', 'closed');
      return;
    }
    this.#connection.bye();
    this.#enter('closing', 'bye');
  }

  crash(): void {
    clearTimeout(this.#timer);
    this.#enter('crashed', 'crashed');
    this.#connection?.crash();
    this.#connection = undefined;
    for (const connection of this.#abandoned) connection.crash();
    this.#abandoned.clear();
  }

  refresh(): void {
    this.#enter('refreshing', 'refreshed (1001)');
    this.#connection?.leave();
    this.#connection = undefined;
    this.#later(refreshMs, this.#side);
  }

  loseNetwork(): void {
    clearTimeout(this.#timer);
    this.#connection?.loseNetwork();
    this.#enter('networkLost', 'network lost');
  }

  /** The old connection goes on as it was, if its server still has it; else the desktop opens again. */
  async restoreNetwork(): Promise<void> {
    if (this.#phase !== 'networkLost') return;
    if (this.#connection === undefined) {
      await this.#connect(this.#side);
      return;
    }
    this.#enter('open', 'network restored');
    this.#connection.restoreNetwork();
  }

  /** Loses the connection here and opens on the other side. */
  async failOver(): Promise<void> {
    if (this.#connection !== undefined) {
      this.#connection.loseNetwork();
      this.#abandoned.add(this.#connection);
      this.#connection = undefined;
    }
    await this.#connect(otherSide(this.#side));
  }

  async #connect(side: DesktopSide): Promise<void> {
    this.#side = side;
    this.#enter('connecting', 'connecting');
    const token = await this.surroundings.issueToken(this.agentId);
    // The user may have closed or crashed it while the token was made.
    if (this.#phase !== 'connecting') return;
    this.#connection = new Connection(side, this.surroundings.servers[side], token, this.desktopId, {
      message: (connection, message) => {
        this.#received(connection, message);
      },
      ended: (connection, code, reason) => {
        this.#ended(connection, code, reason);
      },
    });
  }

  #received(connection: Connection, message: ServerMessage): void {
    if (connection !== this.#connection || this.#phase === 'closing') return;
    switch (message.type) {
      case 'opened':
        this.#reopenTries = 0;
        this.#epoch = message.epoch;
        this.#mustSignIn = message.mustSignIn;
        this.#enter('open', message.mustSignIn ? 'opened: must sign in again' : 'opened');
        return;
      case 'outOfService':
        this.#enter('reopening', 'server is out of service');
        this.#connection = undefined;
        connection.leave();
        this.#later(0, otherSide(this.#side));
        return;
      case 'ping':
        return;
    }
  }

  #ended(connection: Connection, code: number, reason: string): void {
    this.#abandoned.delete(connection);
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    const why = reason === '' ? `connection ended (${code})` : `connection ended (${code}: ${reason})`;
    if (this.#phase === 'closing') this.#enter('closed', why);
    else if (code >= verdictCodeMin) this.#enter('refused', why);
    else if (this.#phase !== 'networkLost') this.#reopen(why);
  }

  #reopen(why: string): void {
    if (++this.#reopenTries > reopenTriesMax) {
      this.#enter('lost', 'gave up');
      return;
    }
    this.#enter('reopening', why);
    this.#later(reopenWaitMs, otherSide(this.#side));
  }

  #later(waitMs: number, side: DesktopSide): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#connect(side);
    }, waitMs);
  }

  #enter(phase: DesktopPhase, event: string): void {
    this.#phase = phase;
    this.#detail = event;
    this.#history.push({ at: this.surroundings.now(), event, side: this.#side });
    if (this.#history.length > historyMax) this.#history.shift();
    this.surroundings.changed(this);
  }
}

function otherSide(side: DesktopSide): DesktopSide {
  return side === 'primary' ? 'secondary' : 'primary';
}
