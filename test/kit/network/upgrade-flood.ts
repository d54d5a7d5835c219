import { connect, type Socket } from 'node:net';
import { waitFor } from '../wait';

export interface FloodOptions {
  /** Base address of the server: `http://127.0.0.1:1234`. */
  readonly url: string;
  /** What stands behind `/desktop`: `?ticket=…`. */
  readonly query: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** WebSocket upgrades by hand, of a client that reads what it is sent and never answers a close frame. */
export class UpgradeFlood {
  private readonly sockets = new Set<Socket>();
  private readonly statuses = new Map<number, number>();

  constructor(private readonly options: FloodOptions) {}

  /** Sends so many upgrades at once and waits until each one was answered or cut off. */
  async send(count: number): Promise<void> {
    let answered = 0;
    for (let n = 0; n < count; n += 1) {
      this.open(() => {
        answered += 1;
      });
    }
    await waitFor(`${String(count)} upgrades to be answered`, () => answered === count, { seen: () => answered });
  }

  /** How many were answered with which status; 0 stands for a connection that ended without an answer. */
  get answers(): ReadonlyMap<number, number> {
    return this.statuses;
  }

  /** Connections that the server keeps open. */
  get openCount(): number {
    return this.sockets.size;
  }

  end(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private open(onAnswer: () => void): void {
    const { url, query, headers = {} } = this.options;
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    this.sockets.add(socket);
    let isAnswered = false;
    const answer = (status: number): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      onAnswer();
    };
    socket.on('error', () => undefined);
    socket.once('data', (data: Buffer) => {
      answer(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1'))?.[1] ?? 0));
    });
    socket.on('close', () => {
      this.sockets.delete(socket);
      answer(0);
    });
    socket.resume();
    const lines = [
      `GET /desktop${query} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write([...lines, '', ''].join('\r\n'));
  }
}
