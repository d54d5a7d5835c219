import { encodeMessage } from '#cti-protocol/encode';
import { type Message } from '#cti-protocol/messages';
import { stateDraft } from './agents.spec-support';
import { linkInService, settled, startLink } from './cti-pair.spec-support';
import { WRITE_BACKLOG_BYTES_MAX } from './link-options';
import { type Answer, REQUESTS_PENDING_MAX } from './pending-requests';

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
