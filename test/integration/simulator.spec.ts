import { request } from 'node:http';
import { Random } from '../kit/random';
import { CtiSimulator } from '../kit/cti-simulator';
import { openRequest, RawClient, setAgentState } from './simulator.spec-support';
import { waitFor } from '../kit/wait';

/** E2 without its ICMCentralControllerTime, which is the time of day. */
const openConfirmation =
  '00000001000000140000000000000000' + '00010011000900000000000100e40002000100d000040000138800e000020000';
const notReady = 2;
const logout = 1;

describe('the simulated pair of CTI servers', () => {
  let simulator: CtiSimulator;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  beforeEach(async () => {
    await simulator.request('DELETE', '/faults');
    await simulator.request('DELETE', '/requests');
    await simulator.post('/settings', { load: 1, mode: 'ucce', honourForcedFlag: false });
    await simulator.post('/agents/1001/logout');
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.destroy();
  });

  async function open(side: 'a' | 'b' = 'a'): Promise<RawClient> {
    const client = await RawClient.open(simulator.ports[side]);
    clients.push(client);
    return client;
  }

  async function connect(): Promise<RawClient> {
    const client = await RawClient.connect(simulator.ports.a);
    clients.push(client);
    return client;
  }

  async function signIn(client: RawClient, state?: 'READY'): Promise<void> {
    await simulator.post('/agents/1001/login', state === undefined ? {} : { state });
    expect(await client.nextAgentState()).toMatchObject({ state: 0 });
    expect(await client.nextAgentState()).toMatchObject({ state: notReady });
    if (state === 'READY') expect(await client.nextAgentState()).toMatchObject({ state: 3 });
  }

  async function outcomes(): Promise<unknown> {
    return (await simulator.get('/requests')).body;
  }

  it('answers OPEN_REQ byte for byte as the worked example, then tells that the peripheral is on line', async () => {
    const client = await connect();
    client.send(openRequest);
    const body = (await client.next(4)).toString('hex');
    expect(body.slice(0, 32) + body.slice(40)).toBe(openConfirmation);
    const system = await client.next(31);
    expect(system.length).toBe(26);
    expect([system.readUInt32BE(0), system.readUInt32BE(8), system.readUInt32BE(12)]).toEqual([0, 3, 5000]);
  });

  it('tells the teams to a client that asked for them', async () => {
    const client = await open();
    const team = await client.next(128);
    expect([team.readUInt32BE(0), team.readUInt32BE(4), team.readUInt16BE(8)]).toEqual([5000, 5001, 10]);
  });

  it('answers heartbeats with their InvokeID', async () => {
    const client = await open();
    client.send('000000040000000500000002');
    expect((await client.next(6)).toString('hex')).toBe('00000002');
  });

  it('answers CLOSE_REQ and ends the connection', async () => {
    const client = await open();
    client.send('00000008000000070000000900000000');
    expect((await client.next(8)).toString('hex')).toBe('00000009');
    await waitFor('the end', () => client.closed);
  });

  it.each([
    ['1: a version it does not speak', openRequest.replace('00000018', '0000000c'), '0000000100000001'],
    ['18: an idle timeout below 20 s', openRequest.replace('00000078', '00000013'), '0000000100000012'],
    [
      '20: call mask bits that a version does not have',
      openRequest.replace('00000018', '00000016').replace('0080ffff', 'ffffffff'),
      '0000000100000014',
    ],
    ['4: anything before OPEN_REQ', '000000040000000500000002', '0000000200000004'],
  ])('refuses an opening with status %s', async (_what, hex, answer) => {
    const client = await connect();
    client.send(hex);
    expect((await client.next(1)).toString('hex')).toBe(answer);
  });

  it('refuses a second OPEN_REQ with 5, and an unknown message with 48', async () => {
    const client = await open();
    client.send(openRequest);
    expect((await client.next(1)).toString('hex')).toBe('0000000100000005');
    client.send('00000004000003e700000007');
    expect((await client.next(1)).toString('hex')).toBe('0000000700000030');
  });

  it('refuses control with 12 to a client that was not granted it', async () => {
    const client = await connect();
    client.send(openRequest.replace('00000014', '00000010'));
    await client.next(4);
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(1)).toString('hex')).toBe('000000040000000c');
    expect(await outcomes()).toMatchObject([{ outcome: 'failed', code: '12', effective: false }]);
  });

  it('resets the connection when a length is impossible', async () => {
    const client = await open();
    const other = await open();
    client.send('7fffffff00000026');
    await waitFor('the reset', () => client.closed);
    expect(client.hadError).toBe(true);
    other.send('000000040000000500000003');
    expect((await other.next(6)).toString('hex')).toBe('00000003');
  });

  it('resets a client that is silent for longer than its idle timeout of 20 s', async () => {
    const client = await connect();
    client.send(openRequest.replace('00000078', '00000014'));
    await client.next(4);
    const openedAt = Date.now();
    await waitFor('the reset', () => client.closed);
    expect(Date.now() - openedAt).toBeGreaterThan(19_500);
  });

  it('makes a forced logout a logout with 50002 under LOAD 1, CONF first, and tells both sides', async () => {
    const client = await open();
    const other = await open('b');
    await signIn(client);
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(39)).toString('hex')).toBe('00000004');
    expect(await client.nextAgentState()).toEqual({ state: logout, reasonCode: 50002 });
    await other.nextAgentState();
    await other.nextAgentState();
    expect(await other.nextAgentState()).toEqual({ state: logout, reasonCode: 50002 });
    expect(await outcomes()).toMatchObject([
      {
        side: 'A',
        agentId: '1001',
        stateName: 'LOGOUT',
        reasonCode: 255,
        forced: true,
        outcome: 'loggedOut',
        effective: true,
      },
    ]);
  });

  it('makes a forced logout Not Ready 50002 under LOAD 0', async () => {
    await simulator.post('/settings', { load: 0 });
    const client = await open();
    await signIn(client);
    client.send(setAgentState(logout, 255, 1));
    await client.next(39);
    expect(await client.nextAgentState()).toEqual({ state: notReady, reasonCode: 50002 });
    expect(await outcomes()).toMatchObject([{ outcome: 'notReady', effective: true }]);
  });

  it('refuses a logout from Ready: the CONF, then CONTROL_FAILURE_CONF 22/10112', async () => {
    const client = await open();
    await signIn(client, 'READY');
    client.send(setAgentState(logout, 255, 1));
    await client.next(39);
    expect((await client.next(35)).toString('hex')).toBe('00000004001600002780');
    expect(await outcomes()).toMatchObject([{ outcome: 'rejected', code: '22/10112', effective: false }]);
  });

  it('refuses an agent it does not know in place of the CONF', async () => {
    const client = await open();
    client.send(setAgentState(logout, 255, 1).replace('3130303100', '3939393900'));
    expect((await client.next(35)).toString('hex')).toBe('00000004010000000004');
    expect(client.frames.some((frame) => frame.type === 39)).toBe(false);
  });

  it('holds a forced logout on a call until the call ends (LOAD 0), and tells what will come', async () => {
    await simulator.post('/settings', { load: 0 });
    const client = await open();
    await signIn(client, 'READY');
    const call = await simulator.post('/calls', { agentId: '1001' });
    const { callId } = call.body as { callId: number };
    for (const type of [30, 23, 9, 10]) await client.next(type);
    expect(await client.nextAgentState()).toMatchObject({ state: 4 });
    client.send(setAgentState(logout, 255, 1));
    await client.next(39);
    const pending = await client.next(30);
    expect(pending.readUInt16BE(30)).toBe(4);
    expect(pending.toString('hex')).toContain('007b00020002');
    expect(await outcomes()).toMatchObject([{ outcome: 'pending', effective: false, onCall: true }]);
    await simulator.request('DELETE', `/calls/${callId}`);
    for (const type of [14, 13]) await client.next(type);
    expect(await client.nextAgentState()).toEqual({ state: notReady, reasonCode: 50002 });
    await client.next(24);
    expect(await outcomes()).toMatchObject([{ outcome: 'notReady', effective: true }]);
  });

  it('logs out at once under LOAD 1 although the call goes on', async () => {
    const client = await open();
    await signIn(client, 'READY');
    const call = await simulator.post('/calls', { agentId: '1001' });
    client.send(setAgentState(logout, 255, 1));
    await client.next(39);
    expect(await client.nextAgentState()).toEqual({ state: logout, reasonCode: 50002 });
    // SNAPSHOT_DEVICE_REQ for 3001: the call is still there.
    client.send('000000130000005400000008000013880000000600053330303100');
    const snapshot = await client.next(85);
    expect(snapshot.readUInt16BE(4)).toBe(1);
    await simulator.request('DELETE', `/calls/${(call.body as { callId: number }).callId}`);
  });

  it('answers QUERY_AGENT_STATE_REQ with the state, and the configuration upload with every agent', async () => {
    const client = await open();
    await signIn(client);
    client.send('000000190000002400000003000013880000000100000000000500053130303100');
    const state = await client.next(37);
    expect([state.readUInt32BE(0), state.readUInt16BE(4), state.readInt32BE(22)]).toEqual([3, notReady, 5015]);
    client.send('0000000c000000e800000004000000040000' + '1388');
    await client.next(233);
    expect((await client.next(237)).readUInt16BE(0)).toBe(10);
    expect((await client.next(237)).readUInt16BE(0)).toBe(10);
    expect((await client.next(234)).readUInt32BE(0)).toBe(0);
  });

  it('tells of an added agent by an update where the latest CONFIG_REQUEST_EVENT asked for that, and only there', async () => {
    const [wanting, silent, withdrawn] = [await open(), await open('b'), await open()];
    wanting.send('0000000c000000e800000000' + '00000004' + '00001388');
    withdrawn.send('0000000c000000e800000000' + '00000004' + '00001388');
    withdrawn.send('0000000c000000e800000000' + '00000000' + '00001388');
    for (const client of [wanting, silent, withdrawn]) await client.typesUntilHeartbeat();
    await simulator.post('/agents', { agentIds: ['New1'] });
    const begin = await wanting.next(233);
    expect([begin.readUInt16BE(0), begin.readUInt32BE(2), begin.readUInt16BE(6)]).toEqual([2, 4, 179]);
    const records = await wanting.next(237);
    expect(records.readUInt16BE(0)).toBe(1);
    // RecordType 0, FltPeripheralID 5000, AgentType 2 (it leads its team), LoginID New1: tags 183, 208, 189, 190.
    expect(records.subarray(2).toString('hex')).toContain(
      '00b7000200' + '0000d0000400001388' + '00bd0002000200be0005' + '4e65773100',
    );
    expect((await wanting.next(234)).readUInt32BE(0)).toBe(0);
    expect(await silent.typesUntilHeartbeat()).not.toContain(233);
    expect(await withdrawn.typesUntilHeartbeat()).not.toContain(233);
  });

  it('survives whatever bytes a client sends', async () => {
    const random = new Random(20_260_719);
    for (let round = 0; round < 150; round++) {
      const client = random.below(2) === 0 ? await open() : await connect();
      const body = Buffer.from(Array.from({ length: random.below(120) }, () => random.byte()));
      const header = Buffer.alloc(8);
      header.writeUInt32BE(random.below(20) === 0 ? random.below(2_147_483_647) : body.length, 0);
      header.writeUInt32BE(random.below(300), 4);
      client.socket.write(Buffer.concat([header, body]));
      await client.settled();
      client.socket.destroy();
    }
    expect(await (await open()).typesUntilHeartbeat()).toContain(6);
  });

  it('has agents with ids of their own, each once', async () => {
    const body = { agentIds: ['Agent001', '0012', 'Agent001'], state: 'READY' };
    expect(await simulator.post('/agents', body)).toMatchObject({
      body: { added: 2, first: 'Agent001', last: '0012' },
    });
    expect(await simulator.post('/agents', body)).toMatchObject({ body: { added: 0 } });
    expect(await simulator.get('/agents/Agent001')).toMatchObject({ body: { stateName: 'AVAILABLE' } });
    expect(await simulator.get('/agents/agent001')).toMatchObject({ status: 404 });
    for (const wrong of [{ agentIds: ['1234'] }, { agentIds: ['a b'] }, { count: 1, agentIds: ['a'] }, {}]) {
      expect(await simulator.post('/agents', wrong)).toMatchObject({ status: 400 });
    }
  });

  it('names the field when a body is wrong, and says no to what cannot be', async () => {
    expect(await simulator.post('/calls', { agentId: 'no id' })).toMatchObject({
      status: 400,
      body: { field: 'agentId' },
    });
    expect(await simulator.post('/settings', { laod: 1 })).toMatchObject({ status: 400, body: { field: 'laod' } });
    expect(await simulator.post('/faults', { side: 'C', fault: 'down' })).toMatchObject({
      status: 400,
      body: { field: 'side' },
    });
    expect(await simulator.post('/calls', '{')).toMatchObject({ status: 400, body: { code: 'invalidBody' } });
    expect(await simulator.post('/agents/9999/login')).toMatchObject({ status: 404, body: { code: 'unknownAgent' } });
    expect(await simulator.post('/calls', { agentId: '1001' })).toMatchObject({
      status: 409,
      body: { code: 'loggedOut' },
    });
    expect(await simulator.request('DELETE', '/calls/77')).toMatchObject({
      status: 404,
      body: { code: 'unknownCall' },
    });
    const crossSite = await simulator.request('POST', '/settings', '{}', { origin: 'https://elsewhere.example' });
    expect(crossSite).toMatchObject({ status: 403, body: { code: 'otherSite' } });
  });

  it('refuses a name that is none of its own, which a page may have pointed at it (DNS rebinding)', async () => {
    const ofSite = { host: 'evil.example:8085', origin: 'http://evil.example:8085' };
    for (const headers of [
      ofSite,
      { host: 'evil.example' },
      { host: 'localhost.evil.example' },
      { host: '127.0.0.1.evil.example' },
    ]) {
      for (const [method, path] of [
        ['POST', '/settings'],
        ['GET', '/agents'],
        ['GET', '/desktop/'],
        ['POST', '/desktops'],
      ] as const) {
        expect([path, headers.host, await rawAnswer(simulator, { method, path, headers })]).toMatchObject([
          path,
          headers.host,
          { status: 403, body: expect.stringContaining('otherHost') as string },
        ]);
      }
    }
  });

  it('answers to loopback names, to addresses, and to the names of SIM_HOSTS', async () => {
    const named = await CtiSimulator.start({ SIM_HOSTS: 'sim.example, Other.example' });
    const own = ['localhost', 'LOCALHOST:8085', 'page.localhost', '127.0.0.1', '10.0.0.7:1', '[::1]:8085'];
    try {
      for (const host of own) {
        expect([host, (await rawAnswer(simulator, { path: '/agents', headers: { host } })).status]).toEqual([
          host,
          200,
        ]);
      }
      for (const host of [...own, 'sim.example', 'SIM.example:99', 'other.example']) {
        expect([host, (await rawAnswer(named, { path: '/agents', headers: { host } })).status]).toEqual([host, 200]);
      }
      expect((await rawAnswer(named, { path: '/agents', headers: { host: 'evil.example' } })).status).toBe(403);
    } finally {
      await named.stop();
    }
  });
});

describe('the end of the simulator', () => {
  it('tells every session FAILURE_EVENT 15 and ends with code 0', async () => {
    const simulator = await CtiSimulator.start();
    const client = await RawClient.open(simulator.ports.a);
    const code = simulator.stop();
    expect((await client.next(2)).toString('hex')).toBe('0000000f');
    await waitFor('the end', () => client.closed);
    expect(await code).toBe(0);
  });
});

/** With a Host header of the test's own, which fetch does not allow. */
function rawAnswer(
  { app }: CtiSimulator,
  { method = 'GET', path, headers }: { method?: string; path: string; headers: Record<string, string> },
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${app.url}${path}`, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => {
        resolve({ status: answer.statusCode, body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
