import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMessage } from '#cti-protocol/decode';
import { FrameReader } from '#cti-protocol/frame';
import { type MessageOf } from '#cti-protocol/messages';
import { type App } from '../kit/app';
import { loopbackCa, loopbackCertificate, loopbackKey } from '../kit/loopback-certificate';
import { freePort } from '../kit/ports';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** Hands everything on to a CTI server, and reads what the client sends. */
class Tap {
  readonly requests: MessageOf<'SET_AGENT_STATE_REQ'>[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(private readonly target: string) {
    this.server = createServer((client) => {
      this.join(client);
    });
  }

  async listen(): Promise<string> {
    const port = await freePort();
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `127.0.0.1:${String(port)}`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket): void {
    const [host, port] = this.target.split(':');
    const upstream = connectTcp(Number(port), host);
    const reader = new FrameReader();
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      for (const { type, body } of reader.push(chunk)) {
        const decoded = decodeMessage(type, body, 24);
        if (decoded.kind === 'message' && decoded.message.name === 'SET_AGENT_STATE_REQ')
          this.requests.push(decoded.message);
      }
    });
    client.pipe(upstream);
    upstream.pipe(client);
  }
}

/** The value of one figure; undefined while it is not there. */
async function figure(worker: App, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${worker.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
const untilFigure = (worker: App, name: string, value: number): Promise<true> =>
  waitFor(`${name} to be ${String(value)}`, async () => (await figure(worker, name)) === value);

describe('a link over TLS', () => {
  let folder: string;
  let site: Site;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    const files = {
      'ca.pem': loopbackCa,
      'cert.pem': loopbackCertificate,
      'key.pem': loopbackKey,
      'no.pem': 'nothing',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const certificate = { SIM_TLS_CERT: join(folder, 'cert.pem'), SIM_TLS_KEY: join(folder, 'key.pem') };
    site = await startSite({ env: { ...certificate, CTI_TLS_CA: join(folder, 'ca.pem') } });
  });
  afterAll(async () => {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const workerWith = (name: string, ca: string): Promise<App> =>
    site.prepare('worker', { SIDE: 'primary', WORKER_ID: `worker-${name}`, CTI_TLS_CA: ca });

  it('is opened to CTI servers whose certificate the CA signed, and signs a ghost out', async () => {
    await site.signIn('1001');
    (await site.open('1001', 'primary')).crash();
    await site.untilOutcome('1001', 'loggedOut');
    const plain = await workerWith('plain', '');
    await plain.start('live');
    expect((await fetch(`${plain.url}/health/ready`)).status).toBe(503);
  });

  it('a file that holds no CA is told at the start, by the name of its key', async () => {
    const worker = await workerWith('wrong', join(folder, 'no.pem'));
    await expect(worker.start('live')).rejects.toThrow('CTI_TLS_CA names the file');
  });
});

describe('the link of a worker', () => {
  let site: Site;
  let standby: App;
  beforeAll(async () => {
    site = await startSite({ env: { SIM_AGENTS: '60' } });
  });
  afterAll(() => site.stop());

  it('mirrors all agents: filled after the start, emptied by a gap and filled again, on the active worker and on the stand-by', async () => {
    await site.signIn('1001', 'READY');
    await site.post('/calls', { agentId: '1001' });
    standby = await site.prepare('worker', { SIDE: 'primary', WORKER_ID: 'worker-primary-2' });
    await standby.start();
    for (const worker of [site.workers.primary, standby]) {
      await untilFigure(worker, 'lastcall_cti_complete', 1);
      await untilFigure(worker, 'lastcall_cti_agents_known', 60);
      expect(await figure(worker, 'lastcall_cti_agents')).toBe(60);
      expect(await figure(worker, 'lastcall_cti_calls')).toBe(1);
      expect(await figure(worker, 'lastcall_cti_requests_pending')).toBe(0);
      expect(await figure(worker, 'lastcall_cti_sessions_total')).toBe(1);
    }
    await site.post('/faults', { side: 'A', fault: 'peripheralOffline', on: true });
    await untilFigure(standby, 'lastcall_cti_complete', 0);
    expect(await figure(standby, 'lastcall_cti_agents_known')).toBe(0);
    await site.post('/faults', { side: 'A', fault: 'peripheralOffline', on: false });
    await untilFigure(standby, 'lastcall_cti_complete', 1);
    expect(await figure(standby, 'lastcall_cti_agents_known')).toBe(60);
    expect(await figure(standby, 'lastcall_cti_gaps_total')).toBe(1);
  });

  it('password, supervisor and the reason of the first step reach the wire of a forced logout', async () => {
    const tap = new Tap(`127.0.0.1:${String(site.simulator.ports.a)}`);
    try {
      for (const worker of [...Object.values(site.workers), standby]) await worker.stop();
      await site.post('/settings', { agentPasswordRequired: true });
      const worker = await site.prepare('worker', {
        ...{ SIDE: 'primary', WORKER_ID: 'worker-tapped' },
        CTI_A: await tap.listen(),
        CTI_AGENT_PASSWORD: 'hush-hush',
        CTI_SUPERVISOR_ID: '2001',
        CTI_NOT_READY_REASON_CODE: '20003',
      });
      await worker.start();
      await site.signIn('1002', 'READY');
      (await site.open('1002', 'primary')).crash();
      await site.untilOutcome('1002', 'loggedOut');
      const common = { AgentID: '1002', AgentPassword: 'hush-hush', SupervisorID: '2001' };
      expect(tap.requests).toMatchObject([
        { ...common, AgentState: 2, EventReasonCode: 20_003 },
        { ...common, AgentState: 1, EventReasonCode: 255 },
      ]);
      expect(worker.lines.join('\n')).not.toContain('hush-hush');
    } finally {
      tap.close();
    }
  });
});
