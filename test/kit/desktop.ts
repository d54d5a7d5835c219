import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { type Cable, cableOf } from './network/packet-drop';
import { CannotComeError, waitFor } from './wait';

/** So much of its log is told when it waited in vain. */
const latestSeen = 10;

export interface DesktopOptions {
  /** Base address of the server: `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly agentId: string;
  /** DESKTOP_TOKEN_SECRET of the server. */
  readonly secret: string;
  readonly desktopId?: string;
  readonly peripheralId?: number;
  /** Given instead of a token of its own. */
  readonly token?: string;
  readonly origin?: string;
}

export interface Opened {
  readonly type: 'opened';
  readonly epoch: number;
  readonly mustSignIn: boolean;
  readonly byeToken: string;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** One thing a desktop saw, with the time of this machine (epoch ms): what oracles judge promises by. */
export interface Seen {
  readonly at: number;
  readonly what: 'connected' | 'message' | 'closed' | 'byeSent' | 'crashed' | 'frozen';
  readonly message?: unknown;
  readonly closed?: Closed;
}

/** A token as the desktop platform would issue it; `expiresInS` may be negative. */
export async function desktopToken(options: {
  agentId: string;
  secret: string;
  peripheralId?: number;
  expiresInS?: number;
}): Promise<string> {
  return new SignJWT({ peripheralId: options.peripheralId ?? 5000 })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(options.agentId)
    .setExpirationTime(Math.floor(Date.now() / 1000) + (options.expiresInS ?? 300))
    .sign(new TextEncoder().encode(options.secret));
}

/** Opens a desktop and waits until it is acknowledged. Rejects with code and reason when it is refused. */
export async function openDesktop(options: DesktopOptions): Promise<TestDesktop> {
  const desktop = await connectDesktop(options);
  await desktop.whenOpened();
  return desktop;
}

/** The same without waiting for the acknowledgement, so that a test can see it wait or be refused. */
export async function connectDesktop(options: DesktopOptions): Promise<TestDesktop> {
  const token = options.token ?? (await desktopToken(options));
  return new TestDesktop(options, token);
}

export class TestDesktop {
  readonly log: Seen[] = [];
  readonly socket: WebSocket;
  readonly desktopId: string;
  /** The newest acknowledgement; undefined before the first. */
  opened: Opened | undefined;
  /** How the connection ended; undefined while it is open. */
  closed: Closed | undefined;
  /** Its TCP connection; undefined before there is one. */
  cable: Cable | undefined;

  constructor(
    private readonly options: DesktopOptions,
    token: string,
  ) {
    this.desktopId = options.desktopId ?? `desk-${options.agentId}`;
    const url = `${options.url.replace(/^http/, 'ws')}/desktop?token=${token}`;
    this.socket = new WebSocket(url, options.origin === undefined ? {} : { origin: options.origin });
    this.socket.once('upgrade', (response) => (this.cable = cableOf(response.socket)));
    this.socket.on('open', () => {
      this.note({ what: 'connected' });
      this.send({ type: 'open', desktopId: this.desktopId });
    });
    this.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string };
      if (message.type === 'opened') this.opened = message as Opened;
      this.note({ what: 'message', message });
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.note({ what: 'closed', closed: this.closed });
    });
    // A close always follows; what went wrong is in its code.
    this.socket.on('error', () => undefined);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  whenOpened(): Promise<Opened> {
    return this.waitFor('to be opened', () => {
      const { opened, closed } = this;
      if (opened === undefined && closed !== undefined)
        throw new CannotComeError(`desktop of agent ${this.options.agentId} was refused: ${JSON.stringify(closed)}`);
      return opened;
    });
  }

  whenClosed(): Promise<Closed> {
    return this.waitFor('to be closed', () => this.closed);
  }

  /** The first message of this type after the first `after` entries of the log. */
  whenTold(type: string, after = 0): Promise<Record<string, unknown>> {
    return this.waitFor(`to be told ${type}`, () => this.messages(after).find((message) => message['type'] === type));
  }

  messages(after = 0): Record<string, unknown>[] {
    return this.log.slice(after).flatMap((seen) => (seen.what === 'message' ? [seen.message as never] : []));
  }

  /** Says bye and waits for the server's close. */
  async bye(): Promise<Closed> {
    this.note({ what: 'byeSent' });
    this.send({ type: 'bye' });
    return this.whenClosed();
  }

  /** Like a killed browser: the TCP connection ends without any farewell. */
  crash(): void {
    this.note({ what: 'crashed' });
    this.socket.terminate();
  }

  /** While it is being made there is nothing that could be half-open: `freeze` would do nothing, and it would live on. */
  get isConnected(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Half-open: the connection stays and nothing is read or answered any more, as with a pulled cable. */
  freeze(): void {
    this.note({ what: 'frozen' });
    this.socket.pause();
  }

  /** The other end of `freeze`. */
  thaw(): void {
    this.socket.resume();
  }

  /** As a page's reload: goes away with 1001 and opens anew, by default on the same server with the same desktop id. */
  async refresh(overrides: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    this.socket.close(1001);
    await this.whenClosed();
    return openDesktop({ ...this.options, desktopId: this.desktopId, ...overrides });
  }

  private note(seen: Omit<Seen, 'at'>): void {
    this.log.push({ at: Date.now(), ...seen });
  }

  private waitFor<T>(what: string, look: () => T | undefined): Promise<Exclude<T, undefined | false>> {
    const seen = (): readonly Seen[] => this.log.slice(-latestSeen);
    return waitFor<T | undefined>(`the desktop of agent ${this.options.agentId} ${what}`, look, { seen });
  }
}
