import { UPLOAD_SILENCE_MS_MAX } from './configuration-upload';
import { staff, type UploadManner, warmStage } from './warm-up.spec-support';

describe('the configuration upload', () => {
  it('asks for the key, then for the agents of our peripheral, and for nothing else', async () => {
    const { pair, clock } = warmStage({ agents: staff(1) });
    await clock.pass(100);
    expect(pair.end.last('OPEN_REQ')).toMatchObject({ ConfigMsgMask: 4, CallMsgMask: 0x83effd });
    expect(pair.end.last('CONFIG_REQUEST_KEY_EVENT')).toMatchObject({ PeripheralID: 5000 });
    expect(pair.end.last('CONFIG_REQUEST_EVENT')).toMatchObject({
      ConfigInformation: 4,
      ConfigMsgMask: 4,
      PeripheralID: 5000,
    });
  });

  it('may come in parts', async () => {
    const { warmUp, clock } = warmStage({ agents: staff(5), manner: 'inTwoParts' });
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 5 });
  });

  it.each<[UploadManner, number]>([
    ['noKeysAndEmpty', 1_000],
    ['silent', UPLOAD_SILENCE_MS_MAX + 1_000],
    ['silentAfterKey', UPLOAD_SILENCE_MS_MAX + 1_000],
  ])('a server that is %s is lived with: the agents known otherwise are asked about', async (manner, withinMs) => {
    const { warmUp, mirror, pair, clock } = warmStage({ agents: staff(2), manner, warmUp: { agents: ['1'] } });
    await clock.pass(900);
    expect(mirror.view('1')).toBeDefined();
    await clock.pass(withinMs - 900);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 1 });
    expect(pair.end.count('CONFIG_REQUEST_EVENT')).toBe(manner === 'silent' ? 0 : 1);
  });

  it('is not asked for again when the key is the same: updates are, or they would end', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(2) });
    await clock.pass(1_000);
    pair.end.peripheral('offline');
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(pair.end.count('CONFIG_REQUEST_EVENT')).toBe(2);
    expect(pair.end.last('CONFIG_REQUEST_EVENT')).toMatchObject({ ConfigInformation: 0, ConfigMsgMask: 4 });
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('is over at once when the key is the same, whatever the server makes of a request for nothing', async () => {
    const { warmUp, pair, clock, server } = warmStage({ agents: staff(2) });
    await clock.pass(1_000);
    server.manner = 'silentAfterKey';
    pair.end.peripheral('offline');
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('is asked for again when the key is all zeros: that says "upload", not "unchanged"', async () => {
    const { warmUp, pair, clock, server } = warmStage({ agents: staff(2) });
    server.key = new Uint8Array(8);
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    await clock.pass(1_000);
    pair.end.peripheral('offline');
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(pair.end.count('CONFIG_REQUEST_EVENT')).toBe(2);
    expect(pair.end.last('CONFIG_REQUEST_EVENT')).toMatchObject({ ConfigInformation: 4, ConfigMsgMask: 4 });
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('does not end with an update that comes in the middle of it', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(2), manner: 'silentAfterKey' });
    await clock.pass(100);
    pair.end.send({ name: 'CONFIG_BEGIN_EVENT', ConfigType: 2, ConfigInformation: 4 });
    const Records = [{ RecordType: 0, FltPeripheralID: 5000, LoginID: '7' }];
    pair.end.send({ name: 'CONFIG_AGENT_EVENT', Records });
    pair.end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: 0 });
    expect(warmUp.configuredAgents).toBeUndefined();
    pair.end.send({ name: 'CONFIG_BEGIN_EVENT', ConfigType: 1, ConfigInformation: 4 });
    pair.end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: 0 });
    expect(warmUp.configuredAgents?.agentIds).toEqual(['7']);
    await clock.pass(100);
    expect(warmUp.isComplete).toBe(true);
  });

  it('does not wait for the peripheral: another one of the gateway is off line, and ours is not on line yet', async () => {
    const { link, warmUp, pair, clock, server } = warmStage({ agents: staff(2), manner: 'silent' });
    server.manner = 'whole';
    pair.end.drop();
    pair.end.accept();
    pair.end.grant({ PeripheralOnline: false, PGStatus: 4 });
    pair.end.peripheral('offline', 5003);
    await clock.pass(1_000);
    expect(link.phase).toBe('outOfService');
    expect(warmUp.configuredAgents?.agentIds).toEqual(['1', '2']);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(0);
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
    expect(pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(1);
  });

  it('that got no answer out of service is asked for again in service', async () => {
    const { warmUp, pair, clock, server } = warmStage({ agents: staff(2), manner: 'silent' });
    pair.end.drop();
    pair.end.accept();
    pair.end.grant({ PeripheralOnline: false });
    await clock.pass(UPLOAD_SILENCE_MS_MAX);
    server.manner = 'whole';
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(2);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('is not asked for on standby, where nothing but heartbeats may be sent', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(2), link: { standby: true } });
    pair.end.drop();
    pair.end.accept();
    pair.end.grant({ SessionType: 2 });
    await clock.pass(1_000);
    expect(pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(0);
    pair.end.send({ name: 'STANDBY_ACTIVE_EVENT_MSG' });
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('below version 24 is asked for without the mask of updates, which is that of OPEN_REQ', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(2), link: { version: 19 } });
    await clock.pass(1_000);
    expect(pair.end.last('OPEN_REQ')).toMatchObject({ ConfigMsgMask: 4 });
    expect(pair.end.last('CONFIG_REQUEST_EVENT')).toMatchObject({ ConfigInformation: 4, ConfigMsgMask: undefined });
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('that was cut off by a gap is asked for again', async () => {
    const { warmUp, pair, clock, server } = warmStage({ agents: staff(2), manner: 'silentAfterKey' });
    await clock.pass(1_000);
    pair.end.peripheral('offline');
    server.manner = 'whole';
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(pair.end.last('CONFIG_REQUEST_EVENT')).toMatchObject({ ConfigInformation: 4 });
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('is not over before its last part', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(2), manner: 'silentAfterKey' });
    await clock.pass(100);
    const part = (LoginID: string, ConfigEndStatus: number): void => {
      pair.end.send({ name: 'CONFIG_BEGIN_EVENT', ConfigType: 1, ConfigInformation: 4 });
      pair.end.send({ name: 'CONFIG_AGENT_EVENT', Records: [{ RecordType: 0, FltPeripheralID: 5000, LoginID }] });
      pair.end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus });
    };
    part('1', 5);
    await clock.pass(UPLOAD_SILENCE_MS_MAX - 1);
    expect(warmUp.progress).toMatchObject({ phase: 'filling', agents: 1, waiting: 0 });
    part('2', 0);
    await clock.pass(100);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('that was refused leaves no copy: it is asked for again, whatever the key', async () => {
    const { pair, clock, server, warmUp } = warmStage({ agents: staff(2), manner: 'refused' });
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 0 });
    server.manner = 'whole';
    pair.end.peripheral('offline');
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('ends with the session: its silence says nothing about the next one', async () => {
    const { pair, clock, warmUp } = warmStage({
      agents: staff(2),
      manner: 'silentAfterKey',
      warmUp: { agents: ['1'] },
    });
    await clock.pass(1_000);
    pair.end.peripheral('offline');
    await clock.pass(UPLOAD_SILENCE_MS_MAX);
    pair.end.peripheral('online');
    await clock.pass(UPLOAD_SILENCE_MS_MAX - 1);
    expect(warmUp.isComplete).toBe(false);
    await clock.pass(1);
    expect(warmUp.isComplete).toBe(true);
  });

  it('is not asked for where it is switched off, or where the session was not opened for it', async () => {
    const off = warmStage({ agents: staff(2), warmUp: { upload: false, agents: ['1'] } });
    await off.clock.pass(1_000);
    expect(off.warmUp.isComplete).toBe(true);
    expect(off.pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(0);
    const unasked = warmStage({ agents: staff(2), link: { configuration: false } });
    await unasked.clock.pass(1_000);
    expect(unasked.warmUp.isComplete).toBe(true);
    expect(unasked.pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(0);
    expect(unasked.pair.end.last('OPEN_REQ')).toMatchObject({ ConfigMsgMask: 0, CallMsgMask: 0x3effd });
  });

  it('is given up on a server that refuses the configuration mask: the same side is asked without, once and for all', async () => {
    const { link, pair, clock, warmUp } = warmStage({ agents: staff(2), warmUp: { agents: ['1'] } });
    pair.end.drop();
    pair.end.accept();
    pair.end.send({ name: 'FAILURE_CONF', InvokeID: pair.end.last('OPEN_REQ').InvokeID, Status: 95 });
    pair.end.accept();
    expect(pair.end.last('OPEN_REQ')).toMatchObject({ ConfigMsgMask: 0, CallMsgMask: 0x83effd });
    expect(pair.tried).toBe('aaa');
    pair.end.grant();
    expect(link.inService).toBe(true);
    await clock.pass(1_000);
    expect(pair.end.count('CONFIG_REQUEST_KEY_EVENT')).toBe(0);
    expect(warmUp.isComplete).toBe(true);
  });

  it('an agent that is added later is asked about, one that is deleted is not any more', async () => {
    const { warmUp, mirror, pair, clock } = warmStage({ agents: staff(1), warmUp: { agents: [] } });
    await clock.pass(1_000);
    const change = (RecordType: number, LoginID: string): void => {
      pair.end.send({ name: 'CONFIG_BEGIN_EVENT', ConfigType: 2, ConfigInformation: 4 });
      pair.end.send({ name: 'CONFIG_AGENT_EVENT', Records: [{ RecordType, FltPeripheralID: 5000, LoginID }] });
      pair.end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: 0 });
    };
    change(2, '1');
    change(0, '7');
    expect(warmUp.progress.agents).toBe(1);
    await clock.pass(1_000);
    expect(pair.end.last('QUERY_AGENT_STATE_REQ')).toMatchObject({ AgentID: '7' });
    expect(mirror.view('1')).toBeDefined();
  });
});
