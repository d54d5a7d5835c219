import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../ports';

/**
 * What lies between two parts: a TCP proxy on loopback that can misbehave.
 *
 * - `pass`: bytes go through, `latencyMs` late.
 * - `cut`: a network that is down. Nothing passes, nobody is told, and what was sent arrives when it is up again, late.
 * - `blackHole`: bytes are taken and vanish. Connections that lost some are reset when it ends, since nothing could mend them.
 * - `refuse`: new connections are reset.
 */
export type ProxyMode = 'pass' | 'cut' | 'blackHole' | 'refuse';

/** From whoever connected to the target, or back. */
export type Direction = 'up' | 'down';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
  lostBytes: boolean;
  /** See `swallow`. */
  isSwallowed: boolean;
}

interface Waiting {
  readonly chunk: Buffer;
  readonly to: Socket;
}

/** Bytes kept for one direction of a slow connection; beyond it the sender has to wait. */
const waitingChunksMax = 10_000;

export class FaultProxy {
  private readonly pairs = new Set<Pair>();
  private mode: ProxyMode = 'pass';
  private latencyMs = 0;
  private swallowed: RegExp | undefined;
  /** Bytes that may still pass in that direction before every connection that carries it is reset. */
  private readonly cutAfter: Record<Direction, number | undefined> = { up: undefined, down: undefined };

  private constructor(
    readonly port: number,
    private readonly server: Server,
    private readonly targetPort: number,
  ) {
    server.on('connection', (client: Socket) => {
      this.take(client);
    });
  }

  /** A proxy before a port of loopback, on a free port of its own. */
  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new FaultProxy(port, server, targetPort);
  }

  /** Turns to another mode; back to `pass` means that the network is whole again. */
  turn(mode: ProxyMode): void {
    this.mode = mode;
    for (const pair of this.pairs) {
      if (pair.lostBytes && mode !== 'blackHole') this.drop(pair);
      for (const socket of [pair.client, pair.target]) {
        if (mode === 'cut') socket.pause();
        else socket.resume();
      }
    }
  }

  /** Every chunk from now on arrives so much later; their order stays. */
  slow(latencyMs: number): void {
    this.latencyMs = latencyMs;
  }

  /**
   * Makes a black hole of each connection that sends something that matches, from then on, and again of the one that takes
   * its place. Ends with `undefined`.
   */
  swallow(sent: RegExp | undefined): void {
    this.swallowed = sent;
    if (sent === undefined) for (const pair of this.pairs) if (pair.isSwallowed) this.drop(pair);
  }

  /** Resets every connection there is, as a host does that crashed and is up again. */
  reset(): void {
    for (const pair of [...this.pairs]) this.drop(pair);
  }

  /** Lets so many bytes more pass in that direction, then resets: a cut inside a frame. */
  resetAfter(direction: Direction, bytes: number): void {
    this.cutAfter[direction] = bytes;
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(client: Socket): void {
    client.on('error', () => undefined);
    if (this.mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ host: '127.0.0.1', port: this.targetPort, noDelay: true });
    target.on('error', () => undefined);
    const pair: Pair = { client, target, lostBytes: false, isSwallowed: false };
    this.pairs.add(pair);
    this.carry(pair, client, target, 'up');
    this.carry(pair, target, client, 'down');
    if (this.mode === 'cut') for (const socket of [client, target]) socket.pause();
  }

  private carry(pair: Pair, from: Socket, to: Socket, direction: Direction): void {
    const waiting: Waiting[] = [];
    from.on('data', (chunk: Buffer) => {
      if (direction === 'up' && this.swallowed?.test(chunk.toString('latin1')) === true) pair.isSwallowed = true;
      if (pair.isSwallowed) return;
      if (this.mode === 'blackHole') {
        pair.lostBytes = true;
        return;
      }
      if (this.latencyMs === 0 && waiting.length === 0) {
        this.write(pair, chunk, to, direction);
        return;
      }
      if (waiting.length >= waitingChunksMax) throw new Error('a slow connection has too much waiting');
      waiting.push({ chunk, to });
      setTimeout(() => {
        const next = waiting.shift();
        if (next !== undefined) this.write(pair, next.chunk, next.to, direction);
      }, this.latencyMs);
    });
    from.on('close', () => {
      if (pair.isSwallowed) {
        this.drop(pair);
        return;
      }
      // Whoever sits behind a black hole is told nothing.
      if (this.mode === 'blackHole') pair.lostBytes = true;
      else this.drop(pair);
    });
  }

  private write(pair: Pair, chunk: Buffer, to: Socket, direction: Direction): void {
    const left = this.cutAfter[direction];
    if (left === undefined) {
      if (!to.destroyed) to.write(chunk);
      return;
    }
    if (chunk.length <= left) {
      this.cutAfter[direction] = left - chunk.length;
      to.write(chunk);
      return;
    }
    this.cutAfter[direction] = undefined;
    to.write(chunk.subarray(0, left), () => {
      this.drop(pair);
    });
  }

  private drop(pair: Pair): void {
    if (!this.pairs.delete(pair)) return;
    for (const socket of [pair.client, pair.target]) if (!socket.destroyed) socket.resetAndDestroy();
  }
}
