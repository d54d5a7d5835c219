import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { waitFor } from '../kit/wait';

/**
 * A CTI server that is written from the protocol sheet alone: bytes by hand, nothing of our codec, no decisions. What it
 * says and expects are the worked examples of GED-188.
 */

/** One TCP connection of a client. */
export class RawSession {
  readonly frames: { type: number; hex: string }[] = [];
  isClosed = false;
  /** The client ended the connection with RST. */
  wasReset = false;
  private bytes = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      while (this.bytes.length >= 8 && this.bytes.length >= 8 + this.bytes.readUInt32BE(0)) {
        const end = 8 + this.bytes.readUInt32BE(0);
        this.frames.push({ type: this.bytes.readUInt32BE(4), hex: this.bytes.subarray(0, end).toString('hex') });
        this.bytes = this.bytes.subarray(end);
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (this.wasReset ||= error.code === 'ECONNRESET'));
    socket.on('close', () => (this.isClosed = true));
  }

  send(...hex: string[]): void {
    this.socket.write(Buffer.from(hex.join(''), 'hex'));
  }

  /** The hex of the first frame of this type that was not taken yet; takes it and everything before it. */
  async next(type: number): Promise<string> {
    await waitFor(`message ${type}`, () => this.frames.some((frame) => frame.type === type), {
      seen: () => this.frames.map((frame) => frame.type),
    });
    const at = this.frames.findIndex((frame) => frame.type === type);
    return this.frames.splice(0, at + 1).at(-1)!.hex;
  }
}

/** One side of a pair, on a port of its own. */
export class RawServer {
  readonly sessions: RawSession[] = [];
  readonly endpoint = { host: '127.0.0.1', port: 0 };
  private readonly server: Server;

  private constructor(security: TlsOptions | undefined) {
    const accept = (socket: Socket): void => {
      this.sessions.push(new RawSession(socket));
    };
    this.server = security === undefined ? createServer(accept) : createTlsServer(security, accept);
  }

  /** On a free port, unless one is given because it was this server's before. */
  static async start({ tls, port = 0 }: { tls?: TlsOptions; port?: number } = {}): Promise<RawServer> {
    const server = new RawServer(tls);
    await new Promise<void>((resolve) => server.server.listen(port, '127.0.0.1', resolve));
    server.endpoint.port = (server.server.address() as AddressInfo).port;
    return server;
  }

  /** The n-th connection that was ever made, from 1. */
  async session(n: number): Promise<RawSession> {
    return waitFor(`connection ${n}`, () => this.sessions[n - 1]);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const { socket } of this.sessions) socket.destroy();
    await closed;
  }
}
