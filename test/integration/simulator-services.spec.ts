import { connect as connectTls } from 'node:tls';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { serverCertificate, serverKey, serverName, signingCa } from './cti-certificates.spec-support';
import { CtiSimulator } from '../kit/cti-simulator';
import { openRequest, RawClient } from './simulator.spec-support';
import { waitFor } from '../kit/wait';

/** Bytes by hand, from the protocol sheet §5–§7, version 24. */
const u16 = (value: number): string => value.toString(16).padStart(4, '0');
const u32 = (value: number): string => value.toString(16).padStart(8, '0');
const text = (tag: number, value: string): string =>
  `${u16(tag)}${u16(value.length + 1)}${Buffer.from(value).toString('hex')}00`;
const frame = (type: number, ...fields: string[]): string => {
  const body = fields.join('');
  return `${u32(body.length / 2)}${u32(type)}${body}`;
};
const none = 0xffff_ffff;
const peripheral = u32(5000);
const failure = (invokeId: number, status: number): string => `${u32(invokeId)}${u32(status)}`;
const monitorDevice = (invokeId: number, device: string, callMask = 0x80_ffff): string =>
  frame(93, u32(invokeId), peripheral, u32(0), u32(callMask), u32(0x3fff), u16(0xffff), u16(0), text(76, device));
const monitorCall = (invokeId: number, callId: number, device: string): string =>
  frame(93, u32(invokeId), peripheral, u32(callId), u32(0xffff), u32(0), u16(0), u16(0xffff), text(25, device));

const allEvents = 0x14;
const peripheralMonitor = 0x20;
const clientMonitor = 0x40;
const supervisorService = 0x80;
const ignoreDuplicates = 0x10_0000;

describe('the services of the simulated CTI servers', () => {
  let simulator: CtiSimulator;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    for (const { callId } of (await simulator.get('/calls')).body as { callId: number }[]) {
      await simulator.request('DELETE', `/calls/${callId}`);
    }
    await simulator.post('/settings', { skillGroupEvents: 1 });
    for (const agent of ['1001', '1002', '1011']) await simulator.post(`/agents/${agent}/logout`);
  });

  /** `clientId` has the length of the example's. */
  async function open(services: number, clientId = 'ctimon', side: 'a' | 'b' = 'a'): Promise<RawClient> {
    const client = await RawClient.connect(simulator.ports[side]);
    clients.push(client);
    const id = Buffer.from(clientId).toString('hex');
    client.send(openRequest.replace('00000014', u32(services)).replace('6374696d6f6e', id));
    expect((await client.next(4)).readUInt32BE(4)).toBe(services);
    return client;
  }

  /** A client of one agent: PeripheralID is given, and AgentID. */
  async function openAsAgent(agentId: string): Promise<RawClient> {
    const client = await RawClient.connect(simulator.ports.b);
    clients.push(client);
    const fixed = [1, 24, 120, 5000, 0x1, 0, 0, 0, 0, 0, 0].map(u32);
    client.send(frame(3, ...fixed, text(1, 'desk'), text(2, ''), text(5, agentId)));
    await client.next(4);
    return client;
  }

  async function call(body: object): Promise<number> {
    await simulator.post('/agents/1001/login', { state: 'READY' });
    return ((await simulator.post('/calls', { agentId: '1001', ...body })).body as { callId: number }).callId;
  }

  it('tells changed call data, and a new key under the old one', async () => {
    const client = await open(allEvents);
    const callId = await call({ variables: { '1': 'gold' }, namedVariables: { 'user.vip': 'yes' } });
    const begun = (await client.next(23)).toString('hex');
    const vip = `${u16(82)}${u16(13)}${Buffer.from('user.vip\0yes\0').toString('hex')}`;
    expect(begun).toContain(text(13, 'gold') + vip);

    await simulator.post(`/calls/${callId}/data`, { variables: { '2': 'blue' } });
    const changed = await client.next(25);
    expect([changed.readUInt32BE(20), changed.readUInt16BE(24), changed.readUInt32BE(26)]).toEqual([
      callId,
      0xffff,
      none,
    ]);
    // Only what changed, except named variables: always the full set.
    expect(changed.toString('hex')).toContain(text(14, 'blue') + vip);
    expect(changed.toString('hex')).not.toContain(text(13, 'gold'));

    // SNAPSHOT_CALL tells them all.
    client.send(frame(82, u32(6), peripheral, u32(callId), u16(0), text(25, '3001')));
    const snapshot = (await client.next(83)).toString('hex');
    expect(snapshot).toContain(text(13, 'gold') + text(14, 'blue') + vip);

    const { body } = await simulator.post(`/calls/${callId}/data`, { newCallId: true });
    const { callId: newCallId } = body as { callId: number };
    expect(newCallId).not.toBe(callId);
    const renamed = await client.next(25);
    expect([renamed.readUInt32BE(20), renamed.readUInt32BE(26)]).toEqual([callId, newCallId]);
    expect(renamed.toString('hex')).toContain(text(47, '3001'));
    await simulator.request('DELETE', `/calls/${newCallId}`);
    expect((await client.next(24)).readUInt32BE(12)).toBe(newCallId);
  });

  it('delivers only the variables a client registered for', async () => {
    const client = await open(allEvents);
    const mask = 0b10;
    const named = `${u16(82)}${u16(10)}${Buffer.from('user.vip\0\0').toString('hex')}`;
    client.send(frame(110, u32(5), u16(mask), u16(1), u16(0), named));
    expect((await client.next(111)).toString('hex')).toBe(u32(5));
    await call({ variables: { '1': 'gold', '2': 'blue' }, namedVariables: { 'user.vip': 'y', 'user.age': '9' } });
    const begun = (await client.next(23)).toString('latin1');
    expect(begun).toMatch(/blue/);
    expect(begun).toMatch(/user\.vip/);
    expect(begun).not.toMatch(/gold|user\.age/);
  });

  it('tells one change once for each skill group when it is set to, but not to a client that ignores duplicates', async () => {
    await simulator.post('/settings', { skillGroupEvents: 3 });
    const [client, thrifty] = [await open(allEvents), await open(allEvents | ignoreDuplicates)];
    await simulator.post('/agents/1001/login');
    const events: Buffer[] = [];
    for (let count = 0; count < 6; count++) events.push(await client.next(30));
    expect(events.map((body) => [body.readUInt16BE(30), body.readUInt32BE(20)])).toEqual([
      ...[20, 21, 22].map((group) => [0, group]),
      ...[20, 21, 22].map((group) => [2, group]),
    ]);
    expect((await thrifty.typesUntilHeartbeat()).filter((type) => type === 30)).toHaveLength(2);
  });

  it('monitors a device: its events carry the MonitorID, masks can change, and it can be stopped', async () => {
    const client = await open(peripheralMonitor);
    client.send(monitorDevice(7, '3001'));
    const conf = await client.next(94);
    const monitorId = conf.readUInt32BE(4);
    expect([conf.readUInt32BE(0), monitorId > 0]).toEqual([7, true]);
    await simulator.post('/agents/1002/login');
    await call({});
    for (const type of [30, 30, 30, 30, 23, 9, 10, 30]) {
      expect((await client.next(type)).readUInt32BE(0)).toBe(monitorId);
    }
    client.send(frame(97, u32(8), u32(monitorId), u32(0), u32(0x2)));
    expect((await client.next(98)).toString('hex')).toBe(u32(8));
    await simulator.post('/agents/1001/logout');
    for (const { callId } of (await simulator.get('/calls')).body as { callId: number }[]) {
      await simulator.request('DELETE', `/calls/${callId}`);
    }
    // Of everything that ends the call and signs out, only the LOGOUT.
    expect(await client.typesUntilHeartbeat()).toEqual([30, 6]);
    client.send(frame(95, u32(9), u32(monitorId)));
    expect((await client.next(96)).toString('hex')).toBe(u32(9));
    await simulator.post('/agents/1001/login');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
  });

  it('monitors a call until its end, through a new key', async () => {
    const client = await open(peripheralMonitor);
    const callId = await call({});
    client.send(monitorCall(3, callId, '3001'));
    const monitorId = (await client.next(94)).readUInt32BE(4);
    const { body } = await simulator.post(`/calls/${callId}/data`, { newCallId: true });
    expect((await client.next(25)).readUInt32BE(0)).toBe(monitorId);
    await simulator.request('DELETE', `/calls/${(body as { callId: number }).callId}`);
    expect(await client.typesUntilHeartbeat()).toEqual([14, 13, 24, 6]);
    client.send(frame(95, u32(4), u32(monitorId)));
    expect((await client.next(1)).toString('hex')).toBe(failure(4, 55));
  });

  it('refuses monitors as documented', async () => {
    const client = await open(peripheralMonitor);
    const both = frame(93, u32(1), peripheral, u32(1), u32(0), u32(0), u16(0), u16(0), text(25, '1'), text(76, '1'));
    client.send(both + monitorDevice(2, '9999') + monitorCall(3, 77, '3001') + frame(95, u32(4), u32(99)));
    for (const [invokeId, status] of [
      [1, 54],
      [2, 87],
      [3, 13],
      [4, 55],
    ] as const) {
      expect((await client.next(1)).toString('hex')).toBe(failure(invokeId, status));
    }
    client.send(monitorDevice(5, '3001') + monitorDevice(6, '3001'));
    expect((await client.next(1)).toString('hex')).toBe(failure(6, 89));
    const other = await open(allEvents);
    other.send(monitorDevice(7, '3001'));
    expect((await other.next(1)).toString('hex')).toBe(failure(7, 12));
  });

  it('lists the team of a supervisor and monitors it', async () => {
    const client = await open(supervisorService);
    client.send(frame(133, u32(1), u32(5015)) + frame(133, u32(2), u32(5016)));
    // One team in one segment: TeamID 5001 in tag 92.
    expect((await client.next(134)).toString('hex')).toBe(`${u32(1)}000100010000${u16(92)}0004${u32(5001)}`);
    expect((await client.next(1)).toString('hex')).toBe(failure(2, 64));
    client.send(frame(135, u32(3), u32(5001)));
    const monitorId = (await client.next(136)).readUInt32BE(4);
    const team = await client.next(128);
    expect([team.readUInt32BE(4), team.readUInt16BE(8)]).toEqual([5001, 10]);
    // 1001 leads it: AgentFlags (87) 1; the others 0.
    expect(team.toString('hex')).toContain(`${text(86, '1001')}${u16(87)}00020001`);
    expect(team.toString('hex')).toContain(`${text(86, '1002')}${u16(87)}00020000`);
    await simulator.post('/agents/1011/login');
    await simulator.post('/agents/1002/login');
    for (const state of [0, 2]) {
      const event = await client.next(30);
      expect([event.readUInt32BE(0), event.readUInt16BE(30)]).toEqual([monitorId, state]);
      expect(event.toString('hex')).toContain(text(5, '1002'));
    }
    client.send(frame(135, u32(4), u32(5001)) + frame(135, u32(5), u32(9)) + frame(137, u32(6), u32(monitorId)));
    expect((await client.next(1)).toString('hex')).toBe(failure(4, 83));
    expect((await client.next(1)).toString('hex')).toBe(failure(5, 65));
    expect((await client.next(138)).toString('hex')).toBe(u32(6));
  });

  it('passes user messages on: to a client, a supervisor, a team, or everybody', async () => {
    const [sender, other] = [await open(allEvents), await open(allEvents, 'second', 'b')];
    const [leader, member] = [await openAsAgent('1001'), await openAsAgent('1002')];
    const send = (invokeId: number, distribution: number, ...to: string[]): void => {
      sender.send(frame(107, u32(invokeId), peripheral, u16(distribution), ...to, text(7, 'hello')));
    };
    send(1, 0, text(1, 'second'));
    expect((await sender.next(108)).toString('hex')).toBe(u32(1));
    expect((await other.next(109)).toString('hex').slice(8)).toBe(`0000${text(1, 'ctimon')}${text(7, 'hello')}`);
    send(2, 1, text(5, '1002'));
    expect((await leader.next(109)).readUInt16BE(4)).toBe(1);
    send(3, 2, text(5, '1002'));
    for (const client of [leader, member]) expect((await client.next(109)).readUInt16BE(4)).toBe(2);
    send(4, 3);
    for (const client of [leader, member, other]) expect((await client.next(109)).readUInt16BE(4)).toBe(3);
    send(5, 0, text(1, 'nobody'));
    expect((await sender.next(1)).toString('hex')).toBe(failure(5, 63));
    send(6, 9);
    expect((await sender.next(1)).toString('hex')).toBe(failure(6, 71));
  });

  it('tells a client monitor of the sessions that are there, that come and that go', async () => {
    const first = await open(allEvents, 'second');
    const monitor = await open(clientMonitor);
    const there = await monitor.next(99);
    expect([there.readUInt32BE(4), there.readUInt32BE(8), there.readUInt32BE(20)]).toEqual([
      none,
      allEvents,
      first.socket.localPort,
    ]);
    expect(there.toString('hex')).toContain(text(1, 'second'));
    const third = await open(allEvents, 'thirds');
    expect((await monitor.next(99)).toString('hex')).toContain(text(1, 'thirds'));
    first.send(frame(7, u32(9), u32(16)));
    const closed = await monitor.next(100);
    expect([closed.readUInt32BE(0), closed.readUInt32BE(8)]).toEqual([there.readUInt32BE(0), 16]);
    third.socket.resetAndDestroy();
    expect((await monitor.next(100)).readUInt32BE(8)).toBe(37);
    expect(first.frames.some(({ type }) => type === 99)).toBe(false);
  });

  it('gives the reason 999 to what a supervisor forces, whatever LOAD says', async () => {
    await simulator.post('/settings', { load: 0 });
    const client = await open(allEvents);
    await simulator.post('/agents/1002/login', { state: 'READY' });
    const set = (invokeId: number, state: number): string =>
      frame(
        38,
        ...[u32(invokeId), peripheral, u16(state), u16(0), u16(0), u16(255), '01', u32(0)],
        ...[text(6, '3002'), text(5, '1002'), text(69, '1001')],
      );
    await client.typesUntilHeartbeat();
    for (const [invokeId, state] of [
      [1, 2],
      [2, 1],
    ] as const) {
      client.send(set(invokeId, state));
      expect(await client.nextAgentState()).toEqual({ state, reasonCode: 999 });
    }
    await simulator.post('/settings', { load: 1 });
  });

  it('confirms a client event report, and refuses what it has no layout for', async () => {
    const client = await open(allEvents);
    client.send(frame(32, u32(1), u16(1), text(66, 'CTIOS'), text(7, '3')) + frame(32, u32(2), u16(3), text(66, 'x')));
    expect((await client.next(33)).toString('hex')).toBe(u32(1));
    expect((await client.next(1)).toString('hex')).toBe(failure(2, 6));
    client.send(frame(131, u32(3), peripheral, text(5, '1001')));
    expect((await client.next(1)).toString('hex')).toBe(failure(3, 12));
  });
});

describe('the simulated CTI servers with a certificate', () => {
  it('speak TLS on both sides, and reset the connection below it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-tls-'));
    const files = { SIM_TLS_CERT: join(folder, 'cert.pem'), SIM_TLS_KEY: join(folder, 'key.pem') };
    writeFileSync(files.SIM_TLS_CERT, serverCertificate);
    writeFileSync(files.SIM_TLS_KEY, serverKey);
    const simulator = await CtiSimulator.start(files);
    try {
      for (const port of [simulator.ports.a, simulator.ports.b]) {
        const socket = connectTls({ port, host: '127.0.0.1', ca: signingCa, servername: serverName });
        const received: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => received.push(chunk));
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        socket.write(Buffer.from(openRequest, 'hex'));
        await waitFor('OPEN_CONF', () => Buffer.concat(received).subarray(4, 8).toString('hex') === '00000004');
        const closed = new Promise((resolve) => socket.once('close', resolve));
        await simulator.post('/faults', { side: port === simulator.ports.a ? 'A' : 'B', fault: 'reset' });
        await closed;
      }
      const plain = await RawClient.connect(simulator.ports.a);
      plain.send(openRequest);
      await waitFor('the end of a client without TLS', () => plain.closed);
      expect(plain.frames).toEqual([]);
    } finally {
      await simulator.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
