import { CtiSimulator } from '../kit/cti-simulator';
import { openRequest, RawClient, setAgentState } from './simulator.spec-support';
import { waitFor } from '../kit/wait';

const notReady = 2;
const logout = 1;
const heartbeat = (invokeId: number): string => `0000000400000005${invokeId.toString(16).padStart(8, '0')}`;
/** E1 with the ACTIVE_STANDBY service. */
const standbyRequest = openRequest.replace('00000014', '02000014');

describe('a fault that strikes sessions of the simulator', () => {
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
    await simulator.post('/agents/1001/login');
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await simulator.request('DELETE', '/faults');
  });

  async function open(side: 'a' | 'b' = 'a'): Promise<RawClient> {
    const client = await RawClient.open(simulator.ports[side]);
    clients.push(client);
    await client.typesUntilHeartbeat();
    return client;
  }

  async function connect(side: 'a' | 'b' = 'a'): Promise<RawClient> {
    const client = await RawClient.connect(simulator.ports[side]);
    clients.push(client);
    return client;
  }

  const strike = (fault: string, details: object = {}) => simulator.post('/faults', { side: 'A', fault, ...details });

  async function outcomes(): Promise<unknown> {
    return (await simulator.get('/requests')).body;
  }

  it('up: a side that was down listens again; to one that listens it does nothing', async () => {
    const other = await open('b');
    await strike('down');
    await expect(RawClient.connect(simulator.ports.a)).rejects.toThrow();
    await strike('up');
    const client = await open();
    await strike('up');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    expect(await other.typesUntilHeartbeat()).toEqual([6]);
  });

  it('reset: every connection of the side, opened or not, is reset once; new ones are taken at once', async () => {
    const [client, unopened, other] = [await open(), await connect(), await open('b')];
    await strike('reset');
    await waitFor('the resets', () => client.closed && unopened.closed);
    expect([client.hadError, unopened.hadError]).toEqual([true, true]);
    expect(await other.typesUntilHeartbeat()).toEqual([6]);
    expect(await (await open()).typesUntilHeartbeat()).toEqual([6]);
  });

  it('heartbeatFailure: heartbeats are answered by FAILURE_CONF 15 until it is taken back', async () => {
    const client = await open();
    await strike('heartbeatFailure');
    client.send(heartbeat(7));
    expect((await client.next(1)).toString('hex')).toBe('000000070000000f');
    client.send(heartbeat(8));
    expect((await client.next(1)).toString('hex')).toBe('000000080000000f');
    await strike('heartbeatFailure', { on: false });
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
  });

  it('refuseOpen: OPEN_REQ is refused as often as was said, with 17 or the status that was given', async () => {
    const client = await connect();
    await strike('refuseOpen', { count: 2 });
    for (const answer of ['0000000100000011', '0000000100000011']) {
      client.send(openRequest);
      expect((await client.next(1)).toString('hex')).toBe(answer);
    }
    await strike('refuseOpen', { status: 15 });
    client.send(openRequest);
    expect((await client.next(1)).toString('hex')).toBe('000000010000000f');
    client.send(openRequest);
    await client.next(4);
  });

  it('silenceOpen: OPEN_REQ is not answered and opens nothing; the next one is', async () => {
    const client = await connect();
    await strike('silenceOpen');
    client.send(openRequest);
    client.send(heartbeat(2));
    expect((await client.next(1)).toString('hex')).toBe('0000000200000004');
    expect(client.frames).toEqual([]);
    client.send(openRequest);
    await client.next(4);
  });

  it('reject: CONTROL_FAILURE_CONF comes in place of the CONF, and the agent stays', async () => {
    const client = await open();
    await strike('reject');
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(35)).toString('hex')).toBe('00000004001600002780');
    await strike('reject', { failureCode: 32, peripheralErrorCode: 1 });
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(35)).toString('hex')).toBe('00000004002000000001');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    expect(await outcomes()).toMatchObject([
      { outcome: 'rejected', code: '22/10112', effective: false },
      { outcome: 'rejected', code: '32/1', effective: false },
    ]);
    expect((await simulator.get('/agents/1001')).body).toMatchObject({ stateName: 'NOT_READY' });
  });

  it('answerAfterConf: the CONF comes at once, the change and its event later', async () => {
    const client = await open();
    await strike('answerAfterConf', { ms: 300 });
    const sentAt = Date.now();
    client.send(setAgentState(logout, 255, 1));
    expect(await client.typesUntilHeartbeat()).toEqual([39, 6]);
    expect((await simulator.get('/agents/1001')).body).toMatchObject({ stateName: 'NOT_READY' });
    expect(await client.nextAgentState()).toMatchObject({ state: logout, reasonCode: 50002 });
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(295);
    expect(await outcomes()).toMatchObject([{ outcome: 'loggedOut', effective: true }]);
  });

  it('pgDown: told as such; no events and no changes on this side until it is over', async () => {
    const [client, other] = [await open(), await open('b')];
    await strike('pgDown');
    // SYSTEM_EVENT 6, PERIPHERAL_GATEWAY_OFFLINE, with PGStatus 1.
    expect((await client.next(31)).toString('hex')).toMatch(/^00000001.{8}0000000600001388/);
    await simulator.post('/agents/1001/state', { state: 'READY' });
    await simulator.post('/agents/1001/state', { state: 'NOT_READY', reasonCode: 3 });
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    client.send(setAgentState(logout, 255, 1));
    expect((await client.next(1)).toString('hex')).toBe('000000040000000f');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    expect(await other.nextAgentState()).toMatchObject({ state: 3 });
    expect(await other.nextAgentState()).toMatchObject({ state: notReady, reasonCode: 3 });
    const late = await connect();
    late.send(openRequest);
    expect((await late.next(4)).readUInt32BE(12)).toBe(1);
    await strike('pgDown', { on: false });
    expect((await client.next(31)).toString('hex')).toMatch(/^00000000.{8}0000000800000000/);
    expect((await client.next(31)).toString('hex')).toMatch(/^00000000.{8}0000000300001388/);
    await simulator.post('/agents/1001/state', { state: 'READY' });
    expect(await client.nextAgentState()).toMatchObject({ state: 3 });
  });

  it('a standby pair: the second side stays mute until the first is gone and 277 makes it active', async () => {
    await simulator.post('/faults', { side: 'B', fault: 'standby' });
    const active = await connect('a');
    active.send(standbyRequest);
    expect((await active.next(4)).readUInt16BE(30)).toBe(1);
    const standby = await connect('b');
    standby.send(standbyRequest);
    expect((await standby.next(4)).readUInt16BE(30)).toBe(2);
    // Only OPEN, HEARTBEAT and CLOSE are allowed on a standby session, and it is told nothing.
    await simulator.post('/agents/1001/state', { state: 'READY' });
    standby.send('000000190000002400000003000013880000000100000000000500053130303100');
    expect((await standby.next(1)).toString('hex')).toBe('000000030000000c');
    expect(await standby.typesUntilHeartbeat()).toEqual([6]);
    expect(await active.nextAgentState()).toMatchObject({ state: 3 });

    await strike('down');
    await simulator.post('/faults', { side: 'B', fault: 'standby', on: false });
    expect((await standby.next(277)).length).toBe(0);
    standby.send('000000190000002400000003000013880000000100000000000500053130303100');
    expect((await standby.next(37)).readUInt16BE(4)).toBe(3);
    standby.send(setAgentState(notReady, 20001, 0));
    await standby.next(39);
    expect(await standby.nextAgentState()).toMatchObject({ state: notReady, reasonCode: 20001 });
  });

  it('maintenance: 278, after 279 280, and 281 from the client, which then may send no requests', async () => {
    const client = await connect();
    client.send(standbyRequest);
    await client.next(4);
    await strike('maintenance');
    expect((await client.next(278)).toString('hex')).toBe('00000001');
    client.send('0000000600000117000000010001');
    expect((await client.next(280)).toString('hex')).toBe('0001');
    client.send('0000000000000119');
    client.send('000000190000002400000003000013880000000100000000000500053130303100');
    expect((await client.next(1)).toString('hex')).toBe('000000030000006e');
    const late = await connect();
    late.send(standbyRequest);
    expect((await late.next(1)).toString('hex')).toBe('000000010000006e');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
    await strike('maintenance', { on: false });
    expect((await client.next(280)).toString('hex')).toBe('0000');
    client.send('000000190000002400000003000013880000000100000000000500053130303100');
    await client.next(37);
  });

  it('maintenance: a client that refuses is told that it is off, one that cannot be asked gets FAILURE_EVENT 110', async () => {
    const [client, unasked] = [await connect(), await open()];
    client.send(standbyRequest);
    await client.next(4);
    await strike('maintenance');
    expect((await unasked.next(2)).toString('hex')).toBe('0000006e');
    await waitFor('the end', () => unasked.closed);
    await client.next(278);
    client.send('0000000600000117000000010000');
    expect((await client.next(280)).toString('hex')).toBe('0000');
    expect(await client.typesUntilHeartbeat()).toEqual([6]);
  });

  it('maintenance: a session that is not said to be quiet within 5 s is ended', async () => {
    const client = await connect();
    client.send(standbyRequest);
    await client.next(4);
    await strike('maintenance');
    await client.next(278);
    client.send('0000000600000117000000010001');
    await client.next(280);
    expect((await client.next(2)).toString('hex')).toBe('0000006e');
    await waitFor('the end', () => client.closed);
  });

  it('standby: a client below version 24 is refused with 15', async () => {
    await strike('standby');
    const client = await connect();
    client.send(openRequest.replace('00000018', '00000017'));
    expect((await client.next(1)).toString('hex')).toBe('000000010000000f');
  });
});
