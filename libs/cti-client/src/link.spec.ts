import { ServiceMask, SystemEventID } from '#cti-protocol/enumerations';
import { linkInService, startLink } from './cti-pair.spec-support';

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

  it('steps the version down when an old server refuses it with a text, in tags of one byte', () => {
    const { pair } = startLink({ version: 20 });
    pair.end.accept();
    const invokeId = pair.end.last('OPEN_REQ').InvokeID.toString(16).padStart(8, '0');
    const text = Buffer.from('bad version\0', 'latin1').toString('hex');
    pair.end.sendBytes(Buffer.from(`0000001600000001${invokeId}00000001070c${text}`, 'hex'));
    expect(pair.tried).toBe('aa');
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ').VersionNumber).toBe(19);
    pair.end.grant();
    // In a session the width of tags is agreed: there the same bytes are a fault.
    const other = linkInService();
    other.pair.end.sendBytes(Buffer.from(`0000001600000001${invokeId}00000001070c${text}`, 'hex'));
    expect(other.story.at(-1)).toMatch(/^connecting: FAILURE_CONF/);
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
    // As captured: PGStatus 4 since one of several peripherals is off line (GED-188).
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
