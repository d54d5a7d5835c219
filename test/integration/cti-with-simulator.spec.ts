import { AgentDesk, type ForcedChangeRequest } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { Mirror } from '#cti-client/mirror';
import { AgentState } from '#cti-protocol/enumerations';
import { pino } from 'pino';
import { CtiSimulator } from '../kit/cti-simulator';
import { waitFor } from '../kit/wait';

const { AVAILABLE, NOT_READY } = AgentState;
const forced: ForcedChangeRequest = { reasonCode: 255, notReadyReasonCode: 20001, mayStillSend: () => true };

describe('the link and the desk with the simulated pair of CTI servers', () => {
  let simulator: CtiSimulator;
  let link: CtiLink;
  let mirror: Mirror;
  let desk: AgentDesk;

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  beforeEach(async () => {
    await simulator.request('DELETE', '/faults');
    await simulator.request('DELETE', '/requests');
    await simulator.post('/settings', { load: 1 });
    await simulator.post('/agents/1001/logout');
    link = new CtiLink({
      endpoints: {
        a: { host: '127.0.0.1', port: simulator.ports.a },
        b: { host: '127.0.0.1', port: simulator.ports.b },
      },
      peripheralId: 5000,
      version: 24,
      clientId: 'lastcall',
      clientPassword: 'secret',
      heartbeatMs: 5_000,
      openTimeoutMs: 2_000,
      requestTimeoutMs: 3_000,
      requestsPerSecondMax: 500,
      startSide: 'a',
      log: pino({ level: 'silent' }),
      closeTimeoutMs: 500,
      backOffFirstMs: 50,
      randomWaitMsMax: 50,
    });
    mirror = new Mirror({ peripheralId: 5000 });
    desk = new AgentDesk(link, mirror, { log: pino({ level: 'silent' }) });
    link.start();
    await waitFor('the link', () => link.inService);
  });

  afterEach(async () => {
    await link.stop();
    for (const callId of callIds.splice(0)) await simulator.request('DELETE', `/calls/${callId}`);
  });

  const callIds: string[] = [];

  const login = async (state: 'READY' | 'NOT_READY'): Promise<void> => {
    await simulator.post('/agents/1001/login');
    await simulator.post('/agents/1001/state', { state });
  };
  const call = async (): Promise<string> => {
    const { body } = await simulator.post('/calls', { agentId: '1001' });
    const { callId } = body as { callId: string };
    callIds.push(callId);
    return callId;
  };

  it('signs out an agent who is Ready: Not Ready, then the sign-out', async () => {
    await login('READY');
    const outcome = await desk.forceLogout('1001', forced);
    expect(outcome).toMatchObject({ kind: 'confirmed', became: 'loggedOut', previousState: AVAILABLE });
    const { body } = await simulator.get('/requests');
    expect(body).toMatchObject([
      { agentId: '1001', stateName: 'NOT_READY', reasonCode: 20001 },
      { agentId: '1001', stateName: 'LOGOUT', reasonCode: 255 },
    ]);
  });

  it('makes the agent Not Ready under LOAD 0', async () => {
    await simulator.post('/settings', { load: 0 });
    await login('NOT_READY');
    const outcome = await desk.forceLogout('1001', forced);
    expect(outcome).toMatchObject({ kind: 'confirmed', became: 'notReady', reasonCode: 50002 });
  });

  it('finds an agent signed out already, and sends nothing', async () => {
    expect(await desk.forceLogout('1001', forced)).toEqual({ kind: 'alreadySignedOut' });
    expect(await simulator.get('/requests')).toMatchObject({ body: [] });
  });

  it('does not know an agent whom nobody knows', async () => {
    expect(await desk.look('9999')).toEqual({ kind: 'unknownAgent' });
  });

  it('leaves an agent on a call alone, and hears when the call ends', async () => {
    await login('READY');
    const callId = await call();
    expect(await desk.look('1001')).toMatchObject({ kind: 'known', view: { onCall: true } });
    expect(await desk.forceLogout('1001', forced)).toMatchObject({ kind: 'notSent' });
    const free: string[] = [];
    mirror.on('agentChanged', (_, after) => {
      if (!after.onCall) free.push(after.agentId);
    });
    await simulator.request('DELETE', `/calls/${callId}`);
    await waitFor('the end of the call', () => free.includes('1001'));
    expect(mirror.size.calls).toBe(0);
    expect(await desk.forceLogout('1001', forced)).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
  });

  it('sees by a snapshot a call that began before it looked', async () => {
    await login('NOT_READY');
    await call();
    const answer = await desk.look('1001');
    expect(answer).toMatchObject({ kind: 'known', view: { onCall: true } });
    if (answer.kind === 'known') expect(answer.view.calls.length).toBe(1);
  });

  it('gives Ready back to whom our own Not Ready took it, and to nobody else', async () => {
    await login('NOT_READY');
    const mayStillSend = (): boolean => true;
    expect(await desk.restoreReady('1001', 20_001, { mayStillSend })).toEqual({ kind: 'notOurs', state: NOT_READY });
    await simulator.post('/agents/1001/state', { state: 'READY' });
    await desk.ask('1001');
    const forced = { reasonCode: 20_001, notReadyReasonCode: 20_001, mayStillSend };
    expect(await desk.forceNotReady('1001', forced)).toMatchObject({ kind: 'confirmed', became: 'notReady' });
    expect(await desk.restoreReady('1001', 20_001, { mayStillSend })).toEqual({ kind: 'restored' });
    expect(await desk.look('1001')).toMatchObject({ kind: 'known', view: { state: AVAILABLE } });
  });
});
