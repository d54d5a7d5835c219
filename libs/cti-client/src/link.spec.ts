import { encodeMessage } from '#cti-protocol/encode';
import { ServiceMask, SystemEventID } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { stateDraft } from './agents.spec-support';
import { linkInService, settled, startLink } from './cti-pair.spec-support';
import { WRITE_BACKLOG_BYTES_MAX } from './link-options';
import { type Answer, REQUESTS_PENDING_MAX } from './pending-requests';

describe('opening a session', () => {
  it('offers the configured version and asks for all events and client control, for every peripheral', () => {
    const { pair } = startLink();
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ')).toMatchObject({
      VersionNumber: 24,
      ServicesRequested: 0x14,
      PeripheralID: 0xffffffff,
      // Four heartbeats of 5 s.
      IdleTimeout: 20,
      ClientID: 'lastcall',
    });
  });

  it('is in service once the session is granted and every peripheral is on line', () => {
    const { link, pair, story } = startLink();
    expect(link.phase).toBe('connecting');
    pair.end.accept();
    expect(link.phase).toBe('opening');
    pair.end.grant();
    expect(link.inService).toBe(true);
    expect(story.at(-1)).toBe('inService: the CTI server granted the session');
  });

  it('steps the version down on INVALID_VERSION, with the same side, and keeps the accepted one', () => {
    const { link, pair } = startLink();
    for (const refused of [24, 23, 22]) {
      pair.end.accept();
      const { VersionNumber, InvokeID } = pair.end.last('OPEN_REQ');
      expect(VersionNumber).toBe(refused);
      pair.end.send({ name: 'FAILURE_CONF', InvokeID, Status: 1 });
    }
    pair.end.accept();
    pair.end.grant();
    expect(link.version).toBe(21);
    expect(pair.tried).toBe('aaaa');
    pair.end.drop();
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ').VersionNumber).toBe(21);
  });

  it('goes no lower than version 13: then the other side is tried with the configured version', () => {
    const { pair } = startLink({ version: 14 });
    for (const refused of [14, 13]) {
      pair.end.accept();
      const { VersionNumber, InvokeID } = pair.end.last('OPEN_REQ');
      expect(VersionNumber).toBe(refused);
      pair.end.send({ name: 'FAILURE_CONF', InvokeID, Status: 1 });
    }
    expect(pair.tried).toBe('aab');
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ').VersionNumber).toBe(14);
  });

  it('resets TCP and tries the other side when no OPEN_CONF comes for 30 s', async () => {
    const { pair, clock, story } = startLink();
    pair.end.accept();
    await clock.pass(29_999);
    expect(pair.tried).toBe('a');
    await clock.pass(1);
    expect(pair.tried).toBe('ab');
    expect(pair.ends[0]?.isReset).toBe(true);
    expect(story.at(-1)).toBe('connecting: no OPEN_CONF within 30000 ms');
  });

  it('goes to the other side when the session is refused, and says why', () => {
    const { pair, story } = startLink();
    pair.end.accept();
    pair.end.send({ name: 'FAILURE_CONF', InvokeID: pair.end.last('OPEN_REQ').InvokeID, Status: 36 });
    expect(pair.tried).toBe('ab');
    expect(story.at(-1)).toBe('connecting: OPEN_REQ refused: 36 INVALID_PASSWORD');
  });

  it.each([
    ['without ALL_EVENTS there is no mirror', ServiceMask.CLIENT_CONTROL, 'ALL_EVENTS (0x10)'],
    ['without control there is no request', ServiceMask.ALL_EVENTS, 'CLIENT_CONTROL (0x4)'],
  ])('closes a session that lacks a service: %s', (_, ServicesGranted, missing) => {
    const { link, pair } = startLink();
    pair.end.accept();
    pair.end.grant({ ServicesGranted });
    expect(link.phase).toBe('closing');
    expect(link.why).toContain(missing);
    pair.end.send({ name: 'CLOSE_CONF', InvokeID: pair.end.last('CLOSE_REQ').InvokeID });
    expect(pair.tried).toBe('ab');
  });

  it('is content with AGENT_STATE_CONTROL_ONLY in place of CLIENT_CONTROL', () => {
    const { link, pair } = startLink();
    pair.end.accept();
    pair.end.grant({ ServicesGranted: ServiceMask.ALL_EVENTS | ServiceMask.AGENT_STATE_CONTROL_ONLY });
    expect(link.inService).toBe(true);
  });

  it('waits on a standby session until the server becomes active', () => {
    const { link, pair } = startLink({ standby: true });
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ').ServicesRequested).toBe(0x02000014);
    pair.end.grant({ SessionType: 2 });
    expect(link.phase).toBe('standby');
    pair.end.send({ name: 'STANDBY_ACTIVE_EVENT_MSG' });
    expect(link.inService).toBe(true);
  });

  it('does not ask for standby sessions below version 24', () => {
    const { pair } = startLink({ standby: true, version: 23 });
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ').ServicesRequested).toBe(0x14);
  });
});

describe('heartbeats', () => {
  it('leave every interval, and answers keep the session', async () => {
    const { link, pair, clock } = linkInService();
    pair.onMessage = (message, end) => {
      if (message.name === 'HEARTBEAT_REQ') end.send({ name: 'HEARTBEAT_CONF', InvokeID: message.InvokeID });
    };
    await clock.pass(60_000);
    expect(pair.end.count('HEARTBEAT_REQ')).toBe(12);
    expect(link.inService).toBe(true);
    expect(link.counters.heartbeatsMissed).toBe(0);
  });

  it('three in a row without an answer reset TCP and reconnect', async () => {
    const { link, pair, clock, story } = linkInService();
    await clock.pass(19_999);
    expect(link.inService).toBe(true);
    await clock.pass(1);
    expect(link.phase).toBe('connecting');
    expect(pair.ends[0]?.isReset).toBe(true);
    expect(link.counters.heartbeatsMissed).toBe(3);
    expect(story.at(-1)).toBe('connecting: 3 heartbeats in a row without an answer');
  });

  it('two in a row are forgiven when the third is answered', async () => {
    const { link, pair, clock } = linkInService();
    await clock.pass(15_000);
    pair.end.send({ name: 'HEARTBEAT_CONF', InvokeID: pair.end.last('HEARTBEAT_REQ').InvokeID });
    await clock.pass(15_000);
    expect(link.inService).toBe(true);
  });

  it('one that is answered by FAILURE_CONF means that the server is down', async () => {
    const { link, pair, clock } = linkInService();
    await clock.pass(5_000);
    pair.end.send({ name: 'FAILURE_CONF', InvokeID: pair.end.last('HEARTBEAT_REQ').InvokeID, Status: 15 });
    expect(link.phase).toBe('connecting');
    expect(link.why).toContain('refused a heartbeat: 15 CTI_SERVER_OFFLINE');
  });
});

describe('the state of the peripheral and of the gateway', () => {
  it('our peripheral off line is out of service, back on line is in service again', () => {
    const { link, pair } = linkInService();
    pair.end.peripheral('offline');
    expect(link.phase).toBe('outOfService');
    expect(link.why).toContain('peripheral 5000 is off line');
    pair.end.peripheral('online');
    expect(link.inService).toBe(true);
  });

  it('another peripheral off line changes nothing', () => {
    const { link, pair } = linkInService();
    pair.end.peripheral('offline', 5003);
    expect(link.inService).toBe(true);
  });

  it('a session that opens while some peripheral is off line waits to hear of ours', () => {
    const { link, pair } = startLink();
    pair.end.accept();
    // As captured: PGStatus 4 since one of several peripherals is off line (ged188.md §11.7).
    pair.end.grant({ PeripheralOnline: false, PGStatus: 4 });
    expect(link.phase).toBe('outOfService');
    pair.end.peripheral('online', 5001);
    expect(link.phase).toBe('outOfService');
    pair.end.peripheral('online');
    expect(link.inService).toBe(true);
  });

  it.each([
    ['OPC_DOWN', 1],
    ['CTI_SERVER_OFFLINE', 8],
  ])('PGStatus %s is out of service: there are no call and agent events', (_, status) => {
    const { link, pair } = linkInService();
    pair.end.systemEvent(SystemEventID.TEXT_FYI, status);
    expect(link.phase).toBe('outOfService');
    pair.end.systemEvent(SystemEventID.TEXT_FYI, 0);
    expect(link.inService).toBe(true);
  });

  it('the central controller down changes nothing: agents still work', () => {
    const { link, pair } = linkInService();
    pair.end.systemEvent(SystemEventID.CENTRAL_CONTROLLER_OFFLINE, 2);
    expect(link.inService).toBe(true);
  });

  it.each([SystemEventID.PERIPHERAL_GATEWAY_OFFLINE, SystemEventID.CTI_SERVER_OFFLINE])(
    'event %i is out of service',
    (eventId) => {
      const { link, pair } = linkInService();
      pair.end.systemEvent(eventId);
      expect(link.phase).toBe('outOfService');
    },
  );

  it('a session that stays out of service for a minute is closed, and the other side tried', async () => {
    const { pair, clock, link } = linkInService();
    pair.onMessage = (message, end) => {
      if (message.name === 'HEARTBEAT_REQ') end.send({ name: 'HEARTBEAT_CONF', InvokeID: message.InvokeID });
      if (message.name === 'CLOSE_REQ') end.send({ name: 'CLOSE_CONF', InvokeID: message.InvokeID });
    };
    pair.end.peripheral('offline');
    await clock.pass(60_000);
    expect(pair.tried).toBe('ab');
    expect(link.phase).toBe('connecting');
  });
});

describe('losing and finding the server', () => {
  it.each([11, 15, 16, 110])('FAILURE_EVENT %i closes the session and reconnects', (Status) => {
    const { link, pair } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status });
    expect(link.phase).toBe('closing');
    expect(pair.end.last('CLOSE_REQ').Status).toBe(Status);
    pair.end.send({ name: 'CLOSE_CONF', InvokeID: pair.end.last('CLOSE_REQ').InvokeID });
    expect(link.phase).toBe('connecting');
  });

  it('another FAILURE_EVENT changes nothing', () => {
    const { link, pair } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status: 12 });
    expect(link.inService).toBe(true);
  });

  it('a server that does not confirm the close is left after 5 s', async () => {
    const { link, pair, clock } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status: 15 });
    await clock.pass(5_000);
    expect(link.phase).toBe('connecting');
    expect(pair.ends[0]?.isReset).toBe(true);
  });

  it('tries the same side, the other side, then waits at random and backs off, side by side', async () => {
    const { pair, clock } = linkInService();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const attempts = pair.ends.length;
      const lostAtMs = clock.monotonicMs();
      pair.end.drop();
      while (pair.ends.length === attempts) await clock.pass(500);
      waits.push(clock.monotonicMs() - lostAtMs);
    }
    expect(pair.tried).toBe('aabababa');
    // The random wait is half of its 2 s here.
    expect(waits).toEqual([0, 0, 1_000, 15_000, 30_000, 60_000, 120_000]);
  });

  it('a session that lasted makes the next loss a first one; one that broke at once does not', async () => {
    const { pair, clock } = linkInService();
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    pair.end.drop();
    expect(pair.tried).toBe('aab');
    pair.onMessage = (message, end) => {
      if (message.name === 'HEARTBEAT_REQ') end.send({ name: 'HEARTBEAT_CONF', InvokeID: message.InvokeID });
    };
    pair.end.accept();
    pair.end.grant();
    await clock.pass(10_000);
    pair.end.drop();
    expect(pair.tried).toBe('aabb');
  });

  it('a connection that is not made within 5 s is given up for the other side', async () => {
    const { pair, clock } = startLink();
    await clock.pass(5_000);
    expect(pair.tried).toBe('ab');
  });

  it('does not listen to a connection that it gave up', () => {
    const { link, pair } = linkInService();
    const [old] = pair.ends;
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    old?.peripheral('offline');
    old?.drop();
    expect(link.inService).toBe(true);
    expect(pair.ends.length).toBe(2);
  });

  it('counts what happened', () => {
    const { link, pair } = linkInService();
    pair.end.drop();
    expect(link.counters).toMatchObject({ connects: 2, sessions: 1, gaps: 1, faults: 0, framesSent: 1 });
  });
});

describe('stopping', () => {
  it('says CLOSE_REQ with status 0 and is idle when the server confirms', async () => {
    const { link, pair } = linkInService();
    const stopped = link.stop();
    expect(pair.end.last('CLOSE_REQ').Status).toBe(0);
    expect(link.phase).toBe('closing');
    pair.end.send({ name: 'CLOSE_CONF', InvokeID: pair.end.last('CLOSE_REQ').InvokeID });
    await stopped;
    expect(link.phase).toBe('idle');
    expect(pair.end.isReset).toBe(true);
  });

  it('waits no longer than 5 s, and leaves no timer behind', async () => {
    const { link, clock } = linkInService();
    const stopped = link.stop();
    await clock.pass(5_000);
    await stopped;
    expect(clock.timersArmed).toBe(0);
  });

  it('is idle, and stays it, when the server drops the connection instead of confirming', async () => {
    const { link, pair, clock } = linkInService();
    const stopped = link.stop();
    pair.end.drop();
    await stopped;
    await clock.pass(300_000);
    expect(link.phase).toBe('idle');
    expect(pair.tried).toBe('a');
  });

  it('needs no server in any other phase', async () => {
    const { link, pair } = startLink();
    await link.stop();
    expect(link.phase).toBe('idle');
    expect(pair.end.isReset).toBe(true);
  });

  it('can be asked for from a listener before the connection is made, and leaves none behind', async () => {
    const { link, pair } = linkInService();
    link.on('phase', (phase) => {
      if (phase === 'connecting') void link.stop();
    });
    pair.end.drop();
    await settled();
    expect(link.phase).toBe('idle');
    expect(pair.ends.map(({ isReset }) => isReset)).toEqual([true, true]);
  });

  it('can be asked for from a listener in service', async () => {
    const { link, pair, clock } = startLink();
    link.on('phase', (phase) => {
      if (phase === 'inService') void link.stop();
    });
    pair.end.accept();
    pair.end.grant();
    await clock.pass(5_000);
    expect(link.phase).toBe('idle');
  });
});

describe('reading', () => {
  it('takes messages however the stream is cut', () => {
    const { link, pair } = linkInService();
    const heard: Message[] = [];
    link.on('message', (message) => heard.push(message));
    const event = encodeMessage(stateDraft('1001', 2), 24);
    for (const byte of Buffer.concat([event, event])) pair.end.sendBytes(Uint8Array.of(byte));
    expect(heard.map(({ name }) => name)).toEqual(['AGENT_STATE_EVENT', 'AGENT_STATE_EVENT']);
  });

  it('skips a message whose type it does not know', () => {
    const { link, pair } = linkInService();
    pair.end.sendBytes(Buffer.from('00000004000003e700000002', 'hex'));
    expect(link.inService).toBe(true);
    expect(link.counters.messagesUnknown).toBe(1);
  });

  it('resets the connection on an impossible length, and names message, field and offset', () => {
    const { link, pair } = linkInService();
    pair.end.sendBytes(Buffer.from('7fffffff00000006', 'hex'));
    expect(link.phase).toBe('connecting');
    expect(pair.ends[0]?.isReset).toBe(true);
    expect(link.why).toMatch(/HEARTBEAT_CONF: MessageLength at offset 0/);
    expect(link.counters.faults).toBe(1);
  });

  it('resets the connection on a message that is too short, and names message, field and offset', () => {
    const { link, pair } = linkInService();
    pair.end.sendBytes(Buffer.from('000000020000001effff', 'hex'));
    expect(link.phase).toBe('connecting');
    expect(link.why).toMatch(/AGENT_STATE_EVENT: MonitorID at offset 8/);
  });

  it('believes nothing that follows the unreadable message in the same chunk', () => {
    const { link, pair } = linkInService();
    const heard: Message[] = [];
    link.on('message', (message) => heard.push(message));
    const event = encodeMessage(stateDraft('1001', 2), 24);
    pair.end.sendBytes(Buffer.concat([event, Buffer.from('000000020000001effff', 'hex'), event]));
    expect(heard.length).toBe(1);
  });

  it('gives a connection up once, however much of what follows cannot be read', () => {
    const { link, pair } = linkInService();
    pair.end.sendBytes(Buffer.from('000000020000001effff'.repeat(3), 'hex'));
    expect(link.counters.faults).toBe(1);
    expect(pair.tried).toBe('aa');
  });

  it('hands on no event while out of service', () => {
    const { link, pair } = linkInService();
    pair.end.peripheral('offline');
    const heard: Message[] = [];
    link.on('message', (message) => heard.push(message));
    pair.end.send(stateDraft('1001', 3));
    expect(heard).toEqual([]);
  });
});

describe('requests', () => {
  const query = (InvokeID: number) =>
    ({
      name: 'QUERY_AGENT_STATE_REQ',
      InvokeID,
      PeripheralID: 5000,
      MRDID: 1,
      ICMAgentID: 0,
      AgentID: '1001',
    }) as const;

  it('are answered by their InvokeID, in any order', () => {
    const { link, pair } = linkInService();
    const answers: string[] = [];
    link.send(query, (answer) => answers.push(`first ${answer.kind}`));
    link.send(query, (answer) => answers.push(`second ${answer.kind}`));
    const [first, second] = pair.end.received.filter(({ name }) => name === 'QUERY_AGENT_STATE_REQ');
    const idOf = (message: Message | undefined): number =>
      message?.name === 'QUERY_AGENT_STATE_REQ' ? message.InvokeID : 0;
    pair.end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID: idOf(second), FailureCode: 1, PeripheralErrorCode: 0 });
    pair.end.send({ name: 'FAILURE_CONF', InvokeID: idOf(first), Status: 17 });
    expect(answers).toEqual(['second controlFailure', 'first failure']);
  });

  it('hear a CONTROL_FAILURE_CONF after the CONF, until they are ended', () => {
    const { link, pair } = linkInService();
    const answers: string[] = [];
    const sent = link.send(query, (answer) => answers.push(answer.kind));
    const { InvokeID } = pair.end.last('QUERY_AGENT_STATE_REQ');
    pair.end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID });
    pair.end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode: 10112 });
    expect(answers).toEqual(['confirmed', 'controlFailure']);
    if (sent.kind === 'sent') sent.exchange.end();
    pair.end.send({ name: 'CONTROL_FAILURE_CONF', InvokeID, FailureCode: 22, PeripheralErrorCode: 10112 });
    expect(answers.length).toBe(2);
    expect(link.requestsPending).toBe(0);
  });

  it('time out after 20 s', async () => {
    const { link, pair, clock } = linkInService({ heartbeatMs: 60_000 });
    const answers: Answer[] = [];
    link.send(query, (answer) => answers.push(answer));
    await clock.pass(19_999);
    expect(answers).toEqual([]);
    await clock.pass(1);
    expect(answers).toEqual([{ kind: 'timedOut' }]);
    expect(link.counters.requestsTimedOut).toBe(1);
    expect(pair.tried).toBe('a');
  });

  it('are lost, all of them, when the link leaves service', () => {
    const { link, pair } = linkInService();
    const answers: Answer[] = [];
    link.send(query, (answer) => answers.push(answer));
    pair.end.peripheral('offline');
    expect(answers).toMatchObject([{ kind: 'lost' }]);
    expect(link.requestsPending).toBe(0);
  });

  it('are not sent while out of service', () => {
    const { link, pair } = linkInService();
    pair.end.peripheral('offline');
    expect(link.send(query, () => undefined)).toMatchObject({ kind: 'notSent' });
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(0);
  });

  it('are not sent when they are withdrawn at the last moment', () => {
    const { link, pair } = linkInService();
    expect(
      link.send(
        query,
        () => undefined,
        () => false,
      ),
    ).toMatchObject({ kind: 'notSent' });
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(0);
    expect(link.requestsPending).toBe(0);
  });

  it('are not sent when a value does not fit its field, and the link stays', () => {
    const { link } = linkInService();
    const sent = link.send(
      (InvokeID) => ({ ...query(InvokeID), AgentID: 'longer-than-11-characters' }),
      () => undefined,
    );
    expect(sent).toMatchObject({
      kind: 'notSent',
      why: expect.stringContaining('QUERY_AGENT_STATE_REQ.AgentID') as string,
    });
    expect(link.inService).toBe(true);
  });

  it('are not sent when a thousand are without an answer', () => {
    const { link } = linkInService();
    for (let request = 0; request < REQUESTS_PENDING_MAX; request++) link.send(query, () => undefined);
    expect(link.send(query, () => undefined)).toMatchObject({ kind: 'notSent' });
    expect(link.requestsPending).toBe(REQUESTS_PENDING_MAX);
  });

  it('reset a connection that takes no more bytes', () => {
    const { link, pair } = linkInService();
    pair.backlogBytes = WRITE_BACKLOG_BYTES_MAX + 1;
    const answers: Answer[] = [];
    link.send(query, (answer) => answers.push(answer));
    expect(link.phase).toBe('connecting');
    expect(answers).toMatchObject([{ kind: 'lost' }]);
  });

  it('leave no faster than allowed, in the order they came', async () => {
    const { link, clock } = linkInService({ requestsPerSecondMax: 10 });
    const turns: number[] = [];
    for (let request = 0; request < 4; request++) void link.turn().then(() => turns.push(clock.monotonicMs()));
    await settled();
    await clock.pass(1_000);
    expect(turns).toEqual([0, 100, 200, 300]);
  });

  it('that wait for their turn are sent home when the link stops', async () => {
    const { link } = startLink({ requestsPerSecondMax: 1 });
    const turns = [link.turn(), link.turn()];
    await link.stop();
    expect(await Promise.all(turns)).toEqual(['now', 'stopped']);
  });
});
