import { CtiSimulator } from '../kit/cti-simulator';
import { openRequest, RawClient, setAgentState } from './simulator.spec-support';
import { waitFor } from '../kit/wait';

const notReady = 2;
const logout = 1;

describe('a fault of the simulator', () => {
  let simulator: CtiSimulator;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  beforeEach(async () => {
    await simulator.request('DELETE', '/requests');
    await simulator.post('/agents/1001/logout');
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await simulator.request('DELETE', '/faults');
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

  async function signIn(client: RawClient): Promise<void> {
    await signInQuietly();
    expect(await client.nextAgentState()).toMatchObject({ state: 0 });
    expect(await client.nextAgentState()).toMatchObject({ state: notReady });
  }

  async function signInQuietly(): Promise<void> {
    expect((await simulator.post('/agents/1001/login')).status).toBe(200);
  }

  async function outcomes(): Promise<unknown> {
    return (await simulator.get('/requests')).body;
  }

  it('applies a request and tells nobody on that side (silenceAfterApply)', async () => {
    const client = await open();
    const other = await open('b');
    await signIn(client);
    await client.typesUntilHeartbeat();
    await simulator.post('/faults', { side: 'A', fault: 'silenceAfterApply' });
    client.send(setAgentState(logout, 255, 1));
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    expect(await other.typesUntilHeartbeat()).toEqual([128, 128, 30, 30, 30, 6]);
    expect(await outcomes()).toMatchObject([{ outcome: 'loggedOut', effective: true }]);
  });

  it('does nothing at all with a request (silence), and rejects one after its CONF (rejectAfterConf)', async () => {
    const client = await open();
    await signIn(client);
    await client.typesUntilHeartbeat();
    await simulator.post('/faults', { side: 'A', fault: 'silence' });
    client.send(setAgentState(logout, 255, 1));
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    await simulator.post('/faults', { side: 'A', fault: 'rejectAfterConf', peripheralErrorCode: 10104 });
    client.send(setAgentState(logout, 255, 1));
    expect(await client.typesUntilHeartbeat()).toEqual([39, 35, 6]);
    client.send(setAgentState(logout, 255, 1));
    expect(await client.typesUntilHeartbeat()).toEqual([39, 30, 6]);
    expect(await outcomes()).toMatchObject([
      { outcome: 'silenced' },
      { outcome: 'rejected', code: '22/10104' },
      { outcome: 'loggedOut' },
    ]);
  });

  it('leaves heartbeats unanswered, and writes byte by byte', async () => {
    const client = await open();
    await simulator.post('/faults', { side: 'A', fault: 'dropHeartbeats' });
    client.send('000000040000000500000002');
    await simulator.post('/faults', { side: 'A', fault: 'bytewise' });
    await simulator.post('/faults', { side: 'A', fault: 'dropHeartbeats', on: false });
    client.send('000000040000000500000003');
    const chunks: number[] = [];
    client.socket.on('data', (chunk: Buffer) => chunks.push(chunk.length));
    expect((await client.next(6)).toString('hex')).toBe('00000003');
    expect(chunks.length).toBeGreaterThan(6);
  });

  it('tells that the peripheral is off line, and refuses changes meanwhile', async () => {
    const client = await open();
    await signIn(client);
    await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline' });
    expect((await client.next(31)).toString('hex')).toMatch(/^00000004.{8}0000000400001388/);
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(35)).toString('hex')).toBe('00000004002200000000');
    await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline', on: false });
    expect((await client.next(31)).toString('hex')).toMatch(/^00000000.{8}0000000300001388/);
  });

  it('sends an impossible length, then goes down and comes back', async () => {
    const client = await open();
    await client.typesUntilHeartbeat();
    await simulator.post('/faults', { side: 'A', fault: 'impossibleLength' });
    await waitFor('the header', () => client.rest === '7fffffff0000001e');
    await simulator.post('/faults', { side: 'A', fault: 'down' });
    await waitFor('the reset', () => client.closed);
    await expect(RawClient.connect(simulator.ports.a)).rejects.toThrow();
    await open('b');
    await simulator.post('/faults', { side: 'A', fault: 'up' });
    await open('a');
  });

  it('delays what it sends, in order', async () => {
    const client = await open();
    await client.typesUntilHeartbeat();
    await simulator.post('/faults', { side: 'A', fault: 'delay', ms: 300 });
    const sentAt = Date.now();
    client.send('000000040000000500000001');
    client.send('000000040000000500000002');
    expect((await client.next(6)).toString('hex')).toBe('00000001');
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(295);
    expect((await client.next(6)).toString('hex')).toBe('00000002');
  });

  it('freezes half-open, and catches up when that ends', async () => {
    const client = await open();
    await client.typesUntilHeartbeat();
    await simulator.post('/faults', { side: 'A', fault: 'freeze' });
    client.send('000000040000000500000001');
    await signInQuietly();
    expect(client.frames).toEqual([]);
    expect(client.closed).toBe(false);
    await simulator.post('/faults', { side: 'A', fault: 'freeze', on: false });
    expect(await client.typesUntilHeartbeat()).toEqual([30, 30, 6, 6]);
  });

  it.each([
    ['failureEvent', '000000040000000200000010', { status: 16 }],
    ['cutInsideFrame', `000000500000001e${'ff'.repeat(36)}`, {}],
    ['garbage', `000000500000001e${'ff'.repeat(80)}`, {}],
    ['unknownMessage', '000000040000270f00000000', {}],
  ])('sends what the fault %s says', async (fault, bytes, details) => {
    const client = await open();
    await client.typesUntilHeartbeat();
    const received: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => received.push(chunk));
    await simulator.post('/faults', { side: 'A', fault, ...details });
    await waitFor(fault, () => Buffer.concat(received).toString('hex') === bytes);
    if (fault === 'failureEvent' || fault === 'cutInsideFrame') await waitFor('the end', () => client.closed);
  });

  it('lets only clients that are ready for it open on standby, and activates them', async () => {
    await simulator.post('/faults', { side: 'A', fault: 'standby' });
    const unready = await connect();
    unready.send(openRequest);
    expect((await unready.next(1)).toString('hex')).toBe('000000010000006b');
    const client = await connect();
    client.send(openRequest.replace('00000014', '02000014'));
    expect((await client.next(4)).readUInt16BE(30)).toBe(2);
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(1)).toString('hex')).toBe('000000040000000c');
    await simulator.post('/faults', { side: 'A', fault: 'standby', on: false });
    await client.next(277);
    await signInQuietly();
    expect(await client.typesUntilHeartbeat()).toEqual([30, 30, 6]);
  });
});
