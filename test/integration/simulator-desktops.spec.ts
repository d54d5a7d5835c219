import { type AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { type WebSocket, WebSocketServer } from 'ws';
import { CtiSimulator } from '../kit/cti-simulator';
import { pause, waitFor } from '../kit/wait';

const secret = 'a secret of more than thirty-two characters';

/** One side's desktop server as the desktops see it: it writes down what they say and do. */
class DesktopServer {
  readonly seen: string[] = [];
  readonly sockets: WebSocket[] = [];
  readonly tokens: string[] = [];
  readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  constructor() {
    this.server.on('connection', (socket, request) => {
      this.sockets.push(socket);
      this.tokens.push(new URL(request.url ?? '', 'ws://x').searchParams.get('token') ?? '');
      socket.on('pong', () => this.seen.push('pong frame'));
      socket.on('close', (code) => this.seen.push(`closed ${code}`));
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type: string; desktopId?: string };
        this.seen.push(message.desktopId === undefined ? message.type : `${message.type} ${message.desktopId}`);
        if (message.type === 'open') socket.send('{"type":"opened","epoch":7,"mustSignIn":false,"byeToken":"b"}');
        if (message.type === 'bye') socket.close(1000);
      });
    });
  }

  listening(): Promise<true> {
    return waitFor('the server', () => this.server.address() !== null);
  }

  stop(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  saw(what: string): Promise<true> {
    return waitFor(what, () => this.seen.includes(what), { seen: () => this.seen.join(', ') });
  }
}

describe('a desktop of the simulator', () => {
  let simulator: CtiSimulator;
  let primary: DesktopServer;
  let secondary: DesktopServer;

  beforeAll(async () => {
    primary = new DesktopServer();
    secondary = new DesktopServer();
    await Promise.all([primary.listening(), secondary.listening()]);
    simulator = await CtiSimulator.start({
      DESKTOP_TOKEN_SECRET: secret,
      PUBLIC_SERVERS: `primary=${primary.url},secondary=${secondary.url}`,
    });
  });

  afterAll(async () => {
    primary.stop();
    secondary.stop();
    await simulator.stop();
  });

  afterEach(async () => {
    await simulator.request('DELETE', '/desktops');
    await waitFor('the end of all', () => primary.server.clients.size + secondary.server.clients.size === 0);
    primary.seen.length = 0;
    secondary.seen.length = 0;
  });

  async function phase(): Promise<string> {
    return ((await simulator.get('/desktops/d')).body as { phase: string }).phase;
  }

  async function enters(wanted: string): Promise<void> {
    const giveUpAt = Date.now() + 5_000;
    for (let now = await phase(); now !== wanted; now = await phase()) {
      if (Date.now() > giveUpAt) throw new Error(`is ${now}, not ${wanted}`);
    }
  }

  async function open(): Promise<void> {
    const { status } = await simulator.post('/desktops', { agentId: '1001', side: 'primary', desktopId: 'd' });
    expect(status).toBe(201);
    await enters('open');
  }

  it('is opened on its side by a scenario, and crashes where its agent would have signed out', async () => {
    const { status } = await simulator.post('/scenario', {
      name: 'lost desktops',
      agents: 2,
      rampSeconds: 0,
      // Long enough for a busy machine to open a desktop before it crashes.
      churn: { signedInSeconds: 5, signedOutSeconds: 600 },
      desktops: { side: 'alternate', crashShare: 1 },
    });
    expect(status).toBe(200);
    await primary.saw('open scenario-1001');
    await secondary.saw('open scenario-1002');
    await Promise.all([primary.saw('closed 1006'), secondary.saw('closed 1006')]);
    // Their agents are signed in still: that is what Lastcall is for.
    expect((await simulator.get('/agents/1002')).body).toMatchObject({ stateName: 'AVAILABLE' });
    expect((await simulator.request('DELETE', '/scenario')).body).toMatchObject({ desktopCrashes: 2, signOuts: 0 });
    expect((await simulator.get('/agents/1002')).body).toMatchObject({ stateName: 'LOGOUT' });
  });

  it('opens with a token of its agent, signed with the shared secret', async () => {
    await open();
    expect(primary.seen).toEqual(['open d']);
    const { payload } = await jwtVerify(primary.tokens.at(-1) ?? '', new TextEncoder().encode(secret));
    expect(payload).toMatchObject({ sub: '1001', peripheralId: 5000 });
    expect((await simulator.get('/desktops/d')).body).toMatchObject({ epoch: 7, mustSignIn: false, side: 'primary' });
    const again = await simulator.post('/desktops', { agentId: '1001', side: 'primary', desktopId: 'd' });
    expect(again).toMatchObject({ status: 409, body: { code: 'desktopLive' } });
  });

  it('says bye when it is closed, and ends without a close frame when it crashes', async () => {
    await open();
    await simulator.post('/desktops/d/close');
    await enters('closed');
    expect(primary.seen).toEqual(['open d', 'bye', 'closed 1000']);
    primary.seen.length = 0;
    await open();
    await simulator.post('/desktops/d/crash');
    await primary.saw('closed 1006');
    expect(await phase()).toBe('crashed');
  });

  it('answers ping frames until it loses the network, and goes on when the network is back', async () => {
    await open();
    primary.sockets.at(-1)?.ping();
    await primary.saw('pong frame');
    primary.seen.length = 0;
    await simulator.post('/desktops/d/loseNetwork');
    primary.sockets.at(-1)?.ping();
    await pause(300);
    expect(primary.seen).toEqual([]);
    await simulator.post('/desktops/d/restoreNetwork');
    await primary.saw('pong frame');
    expect(await phase()).toBe('open');
  });

  it('opens on the other side when it fails over, and leaves the old connection half-open', async () => {
    await open();
    await simulator.post('/desktops/d/failOver');
    await secondary.saw('open d');
    expect(primary.seen).toEqual(['open d']);
    expect(primary.server.clients.size).toBe(1);
  });

  it('leaves with 1001 when it is refreshed and opens again after two seconds', async () => {
    await open();
    await simulator.post('/desktops/d/refresh');
    await primary.saw('closed 1001');
    primary.seen.length = 0;
    await primary.saw('open d');
  });

  it('goes to the other side when its server is out of service or vanishes', async () => {
    await open();
    primary.sockets.at(-1)?.send('{"type":"outOfService"}');
    await secondary.saw('open d');
    secondary.sockets.at(-1)?.close(1012);
    primary.seen.length = 0;
    await primary.saw('open d');
    await enters('open');
  });

  it('stays refused after a verdict about it', async () => {
    await open();
    primary.sockets.at(-1)?.close(4401, 'the token has expired');
    await enters('refused');
    expect((await simulator.get('/desktops/d')).body).toMatchObject({
      detail: 'connection ended (4401: the token has expired)',
    });
  });

  it('says bye and signs its agent out when the token expired', async () => {
    await simulator.post('/agents/1001/login', { state: 'READY' });
    await open();
    await simulator.post('/desktops/d/tokenExpired');
    await primary.saw('bye');
    expect((await simulator.get('/agents/1001')).body).toMatchObject({ stateName: 'LOGOUT' });
  });

  it('is driven from a page that loads everything from the simulator itself', async () => {
    const page = await fetch(`http://127.0.0.1:${simulator.ports.http}/`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(parts.length).toBeGreaterThan(3);
    for (const part of [...parts, '/desktop/vendor/preact.mjs', '/desktop/vendor/htm.mjs']) {
      expect(part).toMatch(/^\/desktop\//);
      expect((await fetch(`http://127.0.0.1:${simulator.ports.http}${part}`)).status).toBe(200);
    }
  });
});
