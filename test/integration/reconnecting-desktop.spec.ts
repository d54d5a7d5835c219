import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ReconnectingDesktop } from '../faults/reconnecting-desktop';
import { secret } from '../kit/site/site';
import { pause, waitFor } from '../kit/wait';
import { type Observation } from '../sim/oracle-log';

/** Longer than anything takes that is on its way on loopback. */
const aWhileMs = 300;

/** A server that lets a desktop wait for its handshake, as a busy machine does. */
class SlowServer {
  readonly desktops: WebSocket[] = [];
  readonly waiting: (() => void)[] = [];
  /** What desktops said, `open` first. */
  readonly heard: string[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true });

  constructor(private readonly http: Server) {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.waiting.push(() => {
        this.sockets.handleUpgrade(request, socket, head, (desktop) => {
          this.desktops.push(desktop);
          desktop.on('message', (data: Buffer) => this.heard.push(data.toString()));
        });
      });
    });
  }

  static async start(): Promise<SlowServer> {
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return new SlowServer(http);
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.http.address() as AddressInfo).port)}`;
  }

  get open(): WebSocket[] {
    return this.desktops.filter((desktop) => desktop.readyState === desktop.OPEN);
  }

  async untilWaiting(count: number): Promise<void> {
    await waitFor(`${String(count)} handshakes to wait`, () => this.waiting.length >= count);
  }

  letIn(): void {
    for (const goOn of this.waiting.splice(0)) goOn();
  }

  stop(): void {
    for (const desktop of this.desktops) desktop.terminate();
    this.http.closeAllConnections();
    this.http.close();
  }
}

describe('a desktop, on whose word the oracle judges', () => {
  let server: SlowServer;
  let desktop: ReconnectingDesktop;
  let observations: Observation[];

  beforeEach(async () => {
    server = await SlowServer.start();
    observations = [];
    desktop = new ReconnectingDesktop(
      {
        detectionMs: 10_000,
        secret,
        urlOf: () => server.url,
        serverOf: (side) => side,
        signIn: () => Promise.resolve(),
        note: (observation) => observations.push(observation),
      },
      '1001',
    );
  });

  afterEach(() => {
    desktop.clear();
    server.stop();
  });

  it.each(['freeze', 'cutOff', 'crash', 'bye'] as const)(
    'leaves no desktop open that it says has ended, when it leaves (%s) during the handshake',
    async (how) => {
      desktop.arrive('primary');
      await server.untilWaiting(1);
      desktop.leave(how);
      server.letIn();
      await pause(aWhileMs);
      expect(observations.map(({ what }) => what)).toEqual(['tried', 'ended']);
      expect(server.heard).toEqual([]);
      expect(server.open).toEqual([]);
    },
  );

  it('has one desktop when it leaves and arrives again before it has begun to connect', async () => {
    desktop.arrive('primary');
    desktop.leave('crash');
    desktop.arrive('secondary');
    await server.untilWaiting(1);
    await pause(aWhileMs);
    server.letIn();
    await pause(aWhileMs);
    expect(observations).toEqual([expect.objectContaining({ what: 'tried', side: 'secondary' })]);
    expect(server.open).toHaveLength(1);
  });
});
