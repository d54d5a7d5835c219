import { connect, type Socket } from 'node:net';
import { CtiSimulator } from '../kit/cti-simulator';
import { waitFor } from '../kit/wait';
import { ServerStage } from './server-stage.spec-support';

const post = 'POST /desktop/bye HTTP/1.1\r\nHost: lastcall\r\nContent-Type: application/json\r\n';

/** Requests without an end: where each of them stops. */
const unfinished = {
  'before it began': '',
  'in its headers': post,
  'in its body': `${post}Content-Length: 100\r\n\r\n{"token":`,
  'between two chunks': `${post}Transfer-Encoding: chunked\r\n\r\n9\r\n{"token":\r\n`,
};

class UnfinishedRequest {
  private readonly socket: Socket;

  constructor(
    readonly name: string,
    port: number,
    text: string,
  ) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    // What is answered is read, so that the end of the connection is seen.
    this.socket.resume();
    this.socket.write(text);
  }

  get isOver(): boolean {
    return this.socket.readableEnded || this.socket.destroyed;
  }

  end(): void {
    this.socket.destroy();
  }
}

describe('a request that never ends', () => {
  let stage: ServerStage;
  let simulator: CtiSimulator;
  beforeAll(async () => {
    stage = await ServerStage.begin();
    simulator = await CtiSimulator.start();
  });
  afterAll(async () => {
    await simulator.stop();
    await stage.end();
  });

  it('is ended by every process, wherever it stops', async () => {
    const { site } = stage;
    const { a, b } = simulator.ports;
    const cti = { CTI_A: `127.0.0.1:${String(a)}`, CTI_B: `127.0.0.1:${String(b)}` };
    const apps = {
      server: await stage.server(),
      worker: await (await site.prepare('worker', { SIDE: 'primary', WORKER_ID: 'primary-1', ...cti })).start('live'),
      console: await (await site.prepare('console', { CONSOLE_PASSWORD: 'correct horse battery' })).start('live'),
      'console that is off': await (await site.prepare('console')).start('live'),
      simulator: simulator.app,
    };
    const requests = Object.entries(apps).flatMap(([name, { port }]) =>
      Object.entries(unfinished).map(([where, text]) => new UnfinishedRequest(`${name}, ${where}`, port, text)),
    );
    const open = (): string[] => requests.filter(({ isOver }) => !isOver).map(({ name }) => name);
    try {
      await waitFor('the end of all connections', () => open().length === 0, { seen: open });
    } finally {
      for (const request of requests) request.end();
    }
  });
});
