import { AgentDesk, type ForcedChangeRequest } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { type LinkOptions } from '#cti-client/link-options';
import { Mirror } from '#cti-client/mirror';
import { type Message } from '#cti-protocol/messages';
import { pino } from 'pino';
import { otherCa, serverCertificate, serverKey, serverName, signingCa } from './cti-certificates.spec-support';
import { RawServer, type RawSession } from './cti-raw-server.spec-support';
import { pause, waitFor } from '../kit/wait';

// Worked examples of GED-188, and others in the same manner; {id} is the InvokeID.
/** E1 with our IdleTimeout (20 s) and our CallMsgMask (no queues, no routes, no teams). */
const openRequest24 =
  '0000004200000003{id}0000001800000014ffffffff000000140003effd' +
  '00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400';
/** E2 */
const openConf24 =
  '0000003400000004{id}00000014000000000000000065920080000100110009000000000001' +
  '00e40002000100d000040000138800e000020000';
const openConf20 =
  '0000003200000004{id}0000001400000000000000006592008000010011000900000000' +
  '00e40002000100d000040000138800e000020000';
const invalidVersion = '0000000800000001{id}00000001';
/** E4 */
const heartbeatConf = '0000000400000006{id}';
const closeRequest = '0000000800000007{id}00000000';
const closeConf = '0000000400000008{id}';
/** Agent 1001 on 3001, as floating fields of version 24. */
const agentId = '0005000531303031' + '00';
const extension = '0004000533303031' + '00';
const instrument = '0006000533303031' + '00';
/** E6: NOT_READY, reason 50002. */
const notReady =
  '000000590000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c352000000010000' +
  `00000001000000010000139700000000000000000000${agentId}${extension}${instrument}`;
/** E7: LOGOUT, reason 999. */
const loggedOut =
  '000000590000001e0000000000001388000000000011000100000000ffffffffffffffff0000000103e7000000010000' +
  `00000000000000000000139700000000000000000000${agentId}${extension}${instrument}`;
/** E9 */
const queryRequest = `0000001900000024{id}000013880000000100000000${agentId}`;
/** NOT_READY, on the voice domain. */
const queryConf =
  `0000003400000025{id}0002000000000001000000000001000000010000139700000000` + `00000000${extension}${instrument}`;
const queryConfLoggedOut = '0000002200000025{id}0001000000000001000000000001000000010000139700000000' + '00000000';
/** An agent's device is type 76. */
const snapshotRequest = `0000001300000054{id}00001388004c${instrument}`;
const noCalls = '0000000600000055{id}0000';
/** E11: reason 999, forced. */
const forcedLogout999 = `0000002700000026{id}0000138800010000000003e70100000000${instrument}${agentId}`;
/** E13 */
const setConf = '0000000400000027{id}';
/** E14 */
const controlFailure10112 = '0000000a00000023{id}001600002780';

const withId = (hex: string, id: string): string => hex.replace('{id}', id);
/** The InvokeID of a request, as hex. */
const idOf = (hex: string): string => hex.slice(16, 24);
/** The VersionNumber of an OPEN_REQ. */
const versionOf = (hex: string): number => Number.parseInt(hex.slice(24, 32), 16);

/** Sends what answers a frame of `type`, once it is there; answers the frame. */
async function answer(session: RawSession, type: number, hex: string): Promise<string> {
  const request = await session.next(type);
  session.send(withId(hex, idOf(request)));
  return request;
}

const opens = (session: RawSession): Promise<string> => answer(session, 3, openConf24);

describe('a link over real sockets', () => {
  const servers: RawServer[] = [];
  const links: CtiLink[] = [];
  let a: RawServer;
  let b: RawServer;

  beforeEach(async () => {
    a = await startServer();
    b = await startServer();
  });

  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.stop()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function startServer(...security: Parameters<typeof RawServer.start>): Promise<RawServer> {
    const server = await RawServer.start(...security);
    servers.push(server);
    return server;
  }

  function startLink(changes: Partial<LinkOptions> = {}) {
    const link = new CtiLink({
      endpoints: { a: a.endpoint, b: b.endpoint },
      peripheralId: 5000,
      version: 24,
      clientId: 'ctimon',
      clientPassword: 'secret',
      heartbeatMs: 5_000,
      openTimeoutMs: 2_000,
      requestTimeoutMs: 2_000,
      requestsPerSecondMax: 500,
      startSide: 'a',
      log: pino({ level: 'silent' }),
      closeTimeoutMs: 20,
      backOffFirstMs: 20,
      randomWaitMsMax: 20,
      ...changes,
    });
    links.push(link);
    const whys: string[] = [];
    link.on('phase', (_, why) => whys.push(why));
    const heard: Message[] = [];
    link.on('message', (message) => heard.push(message));
    link.start();
    return { link, whys, heard };
  }

  const inService = (link: CtiLink): Promise<true> => waitFor('the link to be in service', () => link.inService);

  it('opens a session with the bytes of the protocol sheet (E1, E2)', async () => {
    const { link } = startLink();
    const session = await a.session(1);
    expect(await opens(session)).toBe(withId(openRequest24, '00000001'));
    await inService(link);
    expect(link.version).toBe(24);
  });

  it('says goodbye when it is stopped, and resets TCP', async () => {
    const { link } = startLink({ closeTimeoutMs: 2_000 });
    const session = await a.session(1);
    await opens(session);
    await inService(link);
    const stopped = link.stop();
    expect(await answer(session, 7, closeConf)).toBe(withId(closeRequest, '00000002'));
    await stopped;
    await waitFor('the end of the connection', () => session.isClosed);
    expect(session.wasReset).toBe(true);
  });

  it('keeps a session whose heartbeats are answered, and resets one whose are not', async () => {
    const { link, whys } = startLink({ heartbeatMs: 30 });
    const session = await a.session(1);
    await opens(session);
    for (let beat = 0; beat < 5; beat++) await answer(session, 5, heartbeatConf);
    expect(link.inService).toBe(true);
    await waitFor('the reset', () => session.isClosed);
    expect(session.wasReset).toBe(true);
    expect(whys).toContain('3 heartbeats in a row without an answer');
    await a.session(2);
  });

  it('fails over to side B when side A is gone', async () => {
    const { link } = startLink();
    await opens(await a.session(1));
    await inService(link);
    await a.stop();
    await opens(await b.session(1));
    await inService(link);
    expect(link.side).toBe('b');
    expect(link.counters).toMatchObject({ sessions: 2, gaps: 1 });
  });

  it('goes from refused to refused side with a back-off, and finds the one that comes back', async () => {
    const endpoints = { a: a.endpoint, b: b.endpoint };
    await a.stop();
    await b.stop();
    const { link } = startLink({ endpoints });
    await waitFor('five attempts', () => link.counters.connects >= 5);
    const back = await startServer({ port: endpoints.b.port });
    await opens(await back.session(1));
    await inService(link);
  });

  it('survives a cut inside a frame: what came is dropped, the next session starts afresh', async () => {
    const { link, heard } = startLink();
    const first = await a.session(1);
    await opens(first);
    await inService(link);
    first.socket.write(Buffer.from(notReady, 'hex').subarray(0, 40), () => first.socket.destroy());
    const second = await a.session(2);
    await opens(second);
    await inService(link);
    second.send(notReady);
    await waitFor('the event', () => heard.length > 0);
    expect(heard).toMatchObject([{ name: 'AGENT_STATE_EVENT', AgentID: '1001', EventReasonCode: 50002 }]);
  });

  it('reads messages that come byte by byte', async () => {
    const { link, heard } = startLink();
    const session = await a.session(1);
    await opens(session);
    await inService(link);
    for (const byte of Buffer.from(notReady + loggedOut, 'hex')) {
      session.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor('both events', () => heard.length === 2);
    expect(heard).toMatchObject([{ AgentState: 2 }, { AgentState: 1, EventReasonCode: 999 }]);
  });

  it('resets the connection on an impossible length, and names message, field and offset', async () => {
    const { link } = startLink();
    const session = await a.session(1);
    await opens(session);
    await inService(link);
    session.send('7fffffff0000001e');
    await waitFor('the reset', () => session.isClosed);
    expect(session.wasReset).toBe(true);
    await waitFor('the fault to be counted', () => link.counters.faults === 1);
    await opens(await a.session(2));
    await inService(link);
  });

  it('says in its log what could not be read', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => lines.push(line) });
    startLink({ log });
    const session = await a.session(1);
    await opens(session);
    session.send('000000020000001effff');
    await waitFor('a line in the log', () => lines.length > 0);
    expect(lines[0]).toMatch(/AGENT_STATE_EVENT: MonitorID at offset 8/);
  });

  it('steps the version down until the server takes it, and writes the layouts of that version', async () => {
    const { link } = startLink({ version: 22 });
    const versions: number[] = [];
    for (const n of [1, 2]) versions.push(versionOf(await answer(await a.session(n), 3, invalidVersion)));
    versions.push(versionOf(await answer(await a.session(3), 3, openConf20)));
    expect(versions).toEqual([22, 21, 20]);
    await inService(link);
    expect(link.version).toBe(20);
  });

  describe('with a desk', () => {
    const request: ForcedChangeRequest = { reasonCode: 999, notReadyReasonCode: 20001, mayStillSend: () => true };

    async function openDesk() {
      const { link } = startLink();
      const mirror = new Mirror({ peripheralId: 5000 });
      const desk = new AgentDesk(link, mirror, { log: pino({ level: 'silent' }) });
      const session = await a.session(1);
      await opens(session);
      await inService(link);
      return { link, mirror, desk, session };
    }

    async function tellOfAgent(session: RawSession): Promise<void> {
      const query = await answer(session, 36, queryConf);
      expect(query).toBe(withId(queryRequest, idOf(query)));
      const snapshot = await answer(session, 84, noCalls);
      expect(snapshot).toBe(withId(snapshotRequest, idOf(snapshot)));
    }

    it('signs an agent out with the bytes of the protocol sheet (E9, E11), and takes the event for the proof (E7)', async () => {
      const { desk, session } = await openDesk();
      const outcome = desk.forceLogout('1001', request);
      await tellOfAgent(session);
      const written = await answer(session, 38, setConf);
      expect(written).toBe(withId(forcedLogout999, idOf(written)));
      session.send(loggedOut);
      expect(await outcome).toEqual({ kind: 'confirmed', became: 'loggedOut', reasonCode: 999, previousState: 2 });
    });

    it('takes a CONTROL_FAILURE_CONF that comes after the CONF for the outcome (E13, E14)', async () => {
      const { desk, session } = await openDesk();
      const outcome = desk.forceLogout('1001', request);
      await tellOfAgent(session);
      const written = await session.next(38);
      session.send(withId(setConf, idOf(written)));
      await pause(50);
      session.send(withId(controlFailure10112, idOf(written)));
      expect(await outcome).toMatchObject({ kind: 'rejected', failureCode: 22, peripheralErrorCode: 10112 });
    });

    it('sees LOAD 0 in NOT_READY with 50002 (E6)', async () => {
      const { desk, session } = await openDesk();
      const outcome = desk.forceLogout('1001', request);
      await tellOfAgent(session);
      await answer(session, 38, setConf);
      session.send(notReady);
      expect(await outcome).toMatchObject({ kind: 'confirmed', became: 'notReady', reasonCode: 50002 });
    });

    it('is in doubt when the connection is cut after the request, and settles it by asking the next session', async () => {
      const { link, desk, session } = await openDesk();
      const outcome = desk.forceLogout('1001', request);
      await tellOfAgent(session);
      await session.next(38);
      session.socket.resetAndDestroy();
      expect(await outcome).toMatchObject({ kind: 'inDoubt' });
      const next = await a.session(2);
      await opens(next);
      await inService(link);
      const settled = desk.settleDoubt('1001', 'loggedOut');
      await answer(next, 36, queryConfLoggedOut);
      expect(await settled).toEqual({ kind: 'loggedOut', reasonCode: 0 });
    });
  });

  describe('with TLS', () => {
    const security = { tls: { key: serverKey, cert: serverCertificate } };

    it('talks to a server whose certificate the pinned CA signed', async () => {
      const side = await startServer(security);
      const endpoints = { a: side.endpoint, b: b.endpoint };
      const { link } = startLink({ endpoints, tls: { ca: signingCa, servername: serverName } });
      await opens(await side.session(1));
      await inService(link);
    });

    it.each([
      ['another CA', { ca: otherCa, servername: serverName }],
      ['another name', { ca: signingCa, servername: 'elsewhere.test' }],
    ])('does not say a word to one with %s', async (_, tls) => {
      const side = await startServer(security);
      const { link, whys } = startLink({ endpoints: { a: side.endpoint, b: side.endpoint }, tls });
      await waitFor('the second attempt', () => link.counters.connects >= 2);
      expect(side.sessions.flatMap(({ frames }) => frames)).toEqual([]);
      expect(whys.join(' ')).toMatch(/the connection failed: (UNABLE_TO_VERIFY|SELF_SIGNED|ERR_TLS_CERT|DEPTH)/);
    });
  });
});
