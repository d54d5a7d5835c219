import { AgentState } from '#cti-protocol/enumerations';
import { forced, newDesk } from './agent-desk.spec-support';
import { DRAIN_MS_MAX, STOPPING_MS_MAX } from './link-options';
import { linkInService, type ServerEnd, startLink } from './cti-pair.spec-support';
import { type Message } from '#cti-protocol/messages';

const { LOGOUT, NOT_READY } = AgentState;

const goOn = (end: ServerEnd, status: boolean): void => {
  end.send({ name: 'ACTIVE_MAINTENANCE_EVENT_MSG', MaintenanceModeStatus: status });
};
const confirmClose = (message: Message, end: ServerEnd): void => {
  if (message.name === 'CLOSE_REQ') end.send({ name: 'CLOSE_CONF', InvokeID: message.InvokeID });
};

describe('maintenance of the CTI server', () => {
  it('is accepted when the server asks for it, and changes nothing yet', () => {
    const { link, pair } = linkInService({ standby: true });
    pair.end.send({ name: 'ACTIVE_MAINTENANCE_REQ_MSG', InvokeID: 77 });
    expect(pair.end.last('ACTIVE_MAINTENANCE_RESP_MSG')).toEqual({
      name: 'ACTIVE_MAINTENANCE_RESP_MSG',
      InvokeID: 77,
      MaintenanceModeAccepted: true,
    });
    expect(link.inService).toBe(true);
  });

  it('begins with 280: with nothing on its way 281 and CLOSE_REQ leave at once, and the other side is tried', () => {
    const { link, pair, story } = linkInService({ standby: true });
    pair.onMessage = confirmClose;
    goOn(pair.end, true);
    const sent = pair.ends[0]?.received.map(({ name }) => name);
    expect(sent).toEqual(['OPEN_REQ', 'STOPPING_REQUESTS_TO_THIS_SIDE_IND', 'CLOSE_REQ']);
    expect(pair.ends[0]?.last('CLOSE_REQ')).toMatchObject({ Status: 0 });
    expect(pair.tried).toBe('ab');
    expect(link.phase).toBe('connecting');
    expect(story.map((line) => line.split(':')[0])).toEqual([
      'connecting',
      'opening',
      'inService',
      'draining',
      'closing',
      'connecting',
    ]);
    pair.end.accept();
    pair.end.grant();
    expect(link.inService).toBe(true);
  });

  it('does not begin with 281, which the client sends', () => {
    const { link, pair } = linkInService({ standby: true });
    pair.end.send({ name: 'STOPPING_REQUESTS_TO_THIS_SIDE_IND' });
    expect(link.inService).toBe(true);
  });

  it('is answered by 281 within 5 s while a request is still out, once, and the request is waited for', async () => {
    const rig = newDesk(NOT_READY, { standby: true, requestTimeoutMs: 60_000 });
    const outcome = rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    goOn(rig.pair.end, true);
    await rig.clock.pass(STOPPING_MS_MAX - 1);
    expect(rig.pair.end.count('STOPPING_REQUESTS_TO_THIS_SIDE_IND')).toBe(0);
    await rig.clock.pass(1);
    expect(rig.pair.end.count('STOPPING_REQUESTS_TO_THIS_SIDE_IND')).toBe(1);
    expect(STOPPING_MS_MAX).toBeLessThan(5_000);
    expect(rig.link.phase).toBe('draining');
    rig.tell(LOGOUT, { reason: 50002, device: undefined });
    expect(await outcome).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
    expect(rig.link.phase).toBe('closing');
    expect(rig.pair.end.count('STOPPING_REQUESTS_TO_THIS_SIDE_IND')).toBe(1);
  });

  it('is answered again when it is announced again after it was cancelled', async () => {
    const rig = newDesk(NOT_READY, { standby: true, requestTimeoutMs: 60_000 });
    void rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    for (const times of [1, 2]) {
      goOn(rig.pair.end, true);
      await rig.clock.pass(STOPPING_MS_MAX);
      expect(rig.pair.end.count('STOPPING_REQUESTS_TO_THIS_SIDE_IND')).toBe(times);
      goOn(rig.pair.end, false);
      expect(rig.link.inService).toBe(true);
    }
  });

  it('is not forgotten when the peripheral goes off line in the middle of it', async () => {
    const rig = newDesk(NOT_READY, { standby: true });
    void rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    goOn(rig.pair.end, true);
    rig.pair.end.peripheral('offline');
    expect(rig.link.phase).toBe('closing');
    expect(rig.pair.end.count('STOPPING_REQUESTS_TO_THIS_SIDE_IND')).toBe(1);
  });

  it('lets a request that is out come to its end, sends no new one, and tells the gap when it leaves', async () => {
    const rig = newDesk(NOT_READY, { standby: true });
    const gaps: string[] = [];
    rig.link.on('gap', (why) => gaps.push(why));
    const outcome = rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    expect(rig.written).toHaveLength(1);
    goOn(rig.pair.end, true);
    expect(rig.link.phase).toBe('draining');
    const more = rig.link.send(
      (InvokeID) => ({ name: 'HEARTBEAT_REQ', InvokeID }),
      () => undefined,
    );
    expect(more).toMatchObject({ kind: 'notSent' });
    expect(await rig.desk.ask('1001')).toMatchObject({ kind: 'unavailable' });
    expect(gaps).toEqual([]);
    rig.tell(LOGOUT, { reason: 50002, device: undefined });
    expect(await outcome).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
    expect(rig.link.phase).toBe('closing');
    expect(gaps).toHaveLength(1);
  });

  it('does not wait for outcomes for ever', async () => {
    const rig = newDesk(NOT_READY, { standby: true, requestTimeoutMs: 60_000 });
    const outcome = rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    goOn(rig.pair.end, true);
    // Whatever else the server tells of itself meanwhile does not bring new requests back.
    rig.pair.end.peripheral('online');
    await rig.clock.pass(DRAIN_MS_MAX - 1);
    expect(rig.link.phase).toBe('draining');
    await rig.clock.pass(1);
    expect(rig.link.phase).toBe('closing');
    expect(await outcome).toMatchObject({ kind: 'inDoubt' });
  });

  it('may be cancelled: the session goes on, and nothing was missed', async () => {
    const rig = newDesk(NOT_READY, { standby: true });
    const gaps: string[] = [];
    rig.link.on('gap', (why) => gaps.push(why));
    void rig.desk.forceLogout('1001', forced());
    await rig.clock.pass(100);
    goOn(rig.pair.end, true);
    goOn(rig.pair.end, false);
    expect(rig.link.inService).toBe(true);
    expect(gaps).toEqual([]);
    rig.tell(NOT_READY, { reason: 1 });
    await rig.clock.pass(DRAIN_MS_MAX);
    expect(rig.link.inService).toBe(true);
  });

  it('of a server whose session is out of service leads to the other side; on a standby session it means nothing', () => {
    const { link, pair } = linkInService({ standby: true });
    pair.end.peripheral('offline');
    goOn(pair.end, true);
    expect(link.phase).toBe('closing');
    const other = startLink({ standby: true });
    other.pair.end.accept();
    other.pair.end.grant({ SessionType: 2 });
    goOn(other.pair.end, true);
    expect(other.link.phase).toBe('standby');
  });

  it('without the standby service ends by FAILURE_EVENT 110, and the other side follows the guide', () => {
    const { link, pair } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status: 110 });
    expect(link.phase).toBe('closing');
  });
});
