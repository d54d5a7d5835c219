import { WebSocket } from 'ws';
import { readServerMessage, type ServerMessage } from './server-message';

const openTimeoutMs = 10_000;
/** A server's messages are a few hundred bytes. */
const messageBytesMax = 16 * 1024;
/** After bye the server closes; a desktop that is gone waits no longer than this. */
const byeWaitMs = 2_000;

export type DesktopSide = 'primary' | 'secondary';

export interface ConnectionEvents {
  readonly message: (connection: Connection, message: ServerMessage) => void;
  readonly ended: (connection: Connection, code: number, reason: string) => void;
}

/** One WebSocket of a desktop; a desktop that fails over has two for a while. */
export class Connection {
  readonly #socket: WebSocket;
  #networkLost = false;
  #lastError = '';

  constructor(
    readonly side: DesktopSide,
    serverUrl: string,
    token: string,
    private readonly desktopId: string,
    events: ConnectionEvents,
  ) {
    const url = `${serverUrl.replace(/^http/, 'ws')}/desktop?token=${encodeURIComponent(token)}`;
    this.#socket = new WebSocket(url, { handshakeTimeout: openTimeoutMs, maxPayload: messageBytesMax });
    this.#socket.on('open', () => {
      this.#send({ type: 'open', desktopId: this.desktopId });
    });
    this.#socket.on('message', (data: Buffer) => {
      const message = readServerMessage(data.toString('utf8'));
      if (message?.type === 'ping') this.#send({ type: 'pong', n: message.n });
      else if (message !== undefined) events.message(this, message);
    });
    this.#socket.on('error', (error) => (this.#lastError = error.message));
    this.#socket.on('close', (code, reason) => {
      events.ended(this, code, reason.toString('utf8') || this.#lastError);
    });
  }

  /** Says bye; the server closes. */
  bye(): void {
    this.#send({ type: 'bye' });
    setTimeout(() => {
      this.#socket.close(1000);
    }, byeWaitMs).unref();
  }

  /** What a browser does when its page is refreshed or left. */
  leave(): void {
    this.#socket.close(1001);
  }

  /** The TCP connection ends without a close frame: a crashed browser, a killed tab. */
  crash(): void {
    this.#socket.terminate();
  }

  /** Nothing is read, answered or sent any more, and nothing is closed: half-open, as with a pulled cable. */
  loseNetwork(): void {
    this.#networkLost = true;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  restoreNetwork(): void {
    this.#networkLost = false;
    if (this.#socket.readyState === WebSocket.OPEN || this.#socket.readyState === WebSocket.CLOSING) {
      this.#socket.resume();
    }
  }

  #send(message: object): void {
    if (!this.#networkLost && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
