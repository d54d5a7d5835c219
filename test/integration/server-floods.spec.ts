import { request } from 'node:http';
import { type Duplex } from 'node:stream';
import { type App } from '../kit/app';
import { desktopToken } from '../kit/desktop';
import { secret } from '../kit/site/site';
import { waitFor } from '../kit/wait';
import { ServerStage } from './server-stage.spec-support';

/** A client frame without content, by its opcode; the mask is 0. */
const emptyFrame = (opcode: number): Buffer => Buffer.from([0x80 | opcode, 0x80, 0, 0, 0, 0]);
const frames = { ping: emptyFrame(0x9), pong: emptyFrame(0xa), message: emptyFrame(0x1) };

/** A pong with as much content as a control frame may have. */
const fullPong = Buffer.concat([Buffer.from([0x8a, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);

/** Well above what the kernel keeps for a connection whose reader has stopped. */
const readBytesMax = 32 * 1024 * 1024;
const floodBytes = 2 * readBytesMax;

/** A WebSocket of which a test writes the bytes. */
class BareSocket {
  private readonly received: Buffer[] = [];

  private constructor(private readonly socket: Duplex) {
    socket.on('data', (chunk: Buffer) => this.received.push(chunk));
    socket.on('error', () => undefined);
  }

  static connect(address: string): Promise<BareSocket> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    };
    return new Promise((resolve, reject) => {
      const asked = request(address, { headers });
      asked.on('upgrade', (_response, socket, head) => {
        const bare = new BareSocket(socket);
        bare.received.push(head);
        resolve(bare);
      });
      asked.on('response', ({ statusCode }) => {
        reject(new Error(`the upgrade was answered ${String(statusCode)}`));
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /** The code of the close frame that the server has sent; its frames here are short. */
  get closeCode(): number | undefined {
    let rest = Buffer.concat(this.received);
    while (rest.length >= 2 && rest[0] !== 0x88) rest = rest.subarray(2 + (rest[1] ?? 0));
    return rest.length >= 4 ? rest.readUInt16BE(2) : undefined;
  }

  /** Resolves when the kernel has taken it. False: the connection is over. */
  write(bytes: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.once('close', () => {
        resolve(false);
      });
      this.socket.write(bytes, (error) => {
        resolve(error === undefined || error === null);
      });
    });
  }

  /** Writes as much of the flood as the other end takes; answers how many bytes that were. */
  async flood(): Promise<number> {
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => fullPong));
    let taken = 0;
    while (taken < floodBytes && (await this.write(chunk))) taken += chunk.length;
    return taken;
  }

  end(): void {
    this.socket.destroy();
  }
}

describe('a desktop that floods', () => {
  let stage: ServerStage;
  let server: App;

  beforeAll(async () => {
    stage = await ServerStage.begin();
    server = await stage.server();
  });
  afterAll(() => stage.end());

  const connect = async (by = secret): Promise<BareSocket> => {
    const token = await desktopToken({ agentId: '4001', secret: by });
    return BareSocket.connect(`${server.url}/desktop?token=${token}`);
  };

  it.each(['ping', 'pong'] as const)('with %s frames is refused', async (kind) => {
    const desktop = await connect();
    await desktop.write(Buffer.concat(Array.from({ length: 40 }, () => frames[kind])));
    const seen = (): number | undefined => desktop.closeCode;
    await waitFor('a close frame', () => seen() !== undefined, { seen });
    expect(desktop.closeCode).toBe(4429);
    desktop.end();
  });

  it('is not read any further', async () => {
    const desktop = await connect();
    expect(await desktop.flood()).toBeLessThan(readBytesMax);
    expect(desktop.closeCode).toBe(4429);
    await waitFor('the end of the connection', () => desktop.isClosed);
  });

  it('after it was refused for something else is not read any further', async () => {
    const desktop = await connect();
    await desktop.write(frames.message);
    expect(await desktop.flood()).toBeLessThan(readBytesMax);
    expect(desktop.closeCode).toBe(4400);
    await waitFor('the end of the connection', () => desktop.isClosed);
  });

  it('after it was turned away for its token is not read any further', async () => {
    const desktop = await connect(`${secret}?`);
    expect(await desktop.flood()).toBeLessThan(readBytesMax);
    await waitFor('the end of the connection', () => desktop.isClosed);
  });
});
