import { AgentState } from '#cti-protocol/enumerations';
import { ended } from './agent-desk.spec-support';
import { stateDraft } from './agents.spec-support';
import { PERIPHERAL } from './cti-pair.spec-support';
import { ASK_AGAIN_AFTER_MS, ENQUIRIES_AT_ONCE_MAX, ENQUIRIES_PER_SECOND_MAX } from './warm-up';
import { staff, warmStage } from './warm-up.spec-support';

const { AVAILABLE, LOGOUT, NOT_READY, TALKING } = AgentState;

describe('a mirror that is kept warm', () => {
  it('knows every agent of the configuration upload, with state and calls, and says so', async () => {
    const agents = staff(3);
    agents['2'] = { state: TALKING, device: 'x2', calls: [{ callId: 7, device: 'x2' }] };
    agents['3'] = { state: LOGOUT, device: 'x3', calls: [] };
    const { warmUp, mirror, pair, clock, completed } = warmStage({ agents });
    expect(warmUp.isComplete).toBe(false);
    await clock.pass(1_000);
    expect(completed).toHaveLength(1);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 3, waiting: 0, underWay: 0, unanswered: 0 });
    expect(mirror.view('1')).toMatchObject({ state: NOT_READY, onCall: false });
    expect(mirror.view('2')).toMatchObject({ state: TALKING, onCall: true });
    expect(mirror.view('3')).toMatchObject({ signedOut: true });
    expect([pair.end.count('QUERY_AGENT_STATE_REQ'), pair.end.count('SNAPSHOT_DEVICE_REQ')]).toEqual([3, 2]);
  });

  it('learns agents from teams, from events and from its owner, and nobody twice', async () => {
    const { mirror, pair, clock, warmUp } = warmStage({
      agents: staff(4),
      manner: 'silent',
      warmUp: { agents: ['1', '2'] },
    });
    const Agents = ['2', '3'].map((AtcAgentID) => ({
      AtcAgentID,
      AgentFlags: 0,
      AtcAgentState: 2,
      AtcStateDuration: 0,
    }));
    pair.end.send({ name: 'AGENT_TEAM_CONFIG_EVENT', PeripheralID: PERIPHERAL, TeamID: 1, ConfigOperation: 0, Agents });
    pair.end.send(stateDraft('4', AVAILABLE, { device: 'x4' }));
    await clock.pass(1_000);
    expect(['1', '2', '3', '4'].filter((agentId) => mirror.view(agentId) === undefined)).toEqual([]);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(4);
    expect(warmUp.progress.agents).toBe(4);
  });

  it('hears of teams on a session that is not in service yet', async () => {
    const { mirror, pair, clock } = warmStage({ agents: staff(1), manner: 'silent' });
    pair.end.peripheral('offline');
    const Agents = [{ AtcAgentID: '1', AgentFlags: 0, AtcAgentState: 2, AtcStateDuration: 0 }];
    pair.end.send({ name: 'AGENT_TEAM_CONFIG_EVENT', PeripheralID: PERIPHERAL, TeamID: 1, ConfigOperation: 0, Agents });
    pair.end.peripheral('online');
    await clock.pass(1_000);
    expect(mirror.view('1')).toBeDefined();
  });

  it('asks an agent who signs in for its calls, though it was known before', async () => {
    const agents = staff(1);
    agents['1']!.state = LOGOUT;
    const { mirror, pair, clock, warmUp } = warmStage({ agents });
    await clock.pass(1_000);
    agents['1']!.state = NOT_READY;
    pair.end.send(stateDraft('1', NOT_READY, { device: 'x1' }));
    expect(mirror.view('1')).toBeUndefined();
    expect(warmUp.isComplete).toBe(true);
    await clock.pass(100);
    expect(mirror.view('1')).toMatchObject({ state: NOT_READY });
  });

  it('asks nobody about an agent of whom everything was told meanwhile', async () => {
    const { pair, clock, warmUp } = warmStage({ agents: staff(2), warmUp: { enquiriesPerSecondMax: 1 } });
    pair.end.send(stateDraft('2', LOGOUT, { device: undefined }));
    await clock.pass(5_000);
    expect(warmUp.isComplete).toBe(true);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(1);
  });
});

describe('after a gap', () => {
  it('the mirror is not complete until everybody was asked about again', async () => {
    const { warmUp, mirror, pair, clock, completed } = warmStage({ agents: staff(3) });
    await clock.pass(1_000);
    pair.end.peripheral('offline');
    expect(warmUp.progress).toMatchObject({ phase: 'void', agents: 3 });
    expect(mirror.view('1')).toBeUndefined();
    await clock.pass(1_000);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(3);
    pair.end.peripheral('online');
    expect(warmUp.progress.phase).toBe('filling');
    await clock.pass(1_000);
    expect(completed).toHaveLength(2);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(6);
  });

  it('in the middle of the warm-up it begins anew, on the new connection', async () => {
    const { warmUp, pair, clock } = warmStage({ agents: staff(50), warmUp: { enquiriesPerSecondMax: 10 } });
    await clock.pass(2_000);
    expect(warmUp.progress.phase).toBe('filling');
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    await clock.pass(4_000);
    expect(warmUp.isComplete).toBe(false);
    await clock.pass(2_000);
    expect(warmUp.isComplete).toBe(true);
    expect(pair.end.count('QUERY_AGENT_STATE_REQ')).toBe(50);
  });

  it('asks first about those whom somebody needed', async () => {
    const { desk, pair, clock } = warmStage({ agents: staff(50) });
    await clock.pass(1_000);
    await desk.look('40');
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    await clock.pass(0);
    expect(pair.end.last('QUERY_AGENT_STATE_REQ')).toMatchObject({ AgentID: '40' });
  });
});

describe('the rate of a warm-up', () => {
  it('is limited, whatever the number of agents', async () => {
    const { pair, clock } = warmStage({ agents: staff(12_000) });
    await clock.pass(10_000);
    const asked = pair.end.count('QUERY_AGENT_STATE_REQ');
    expect(asked).toBeGreaterThan(0.95 * 10 * ENQUIRIES_PER_SECOND_MAX);
    expect(asked).toBeLessThanOrEqual(10 * ENQUIRIES_PER_SECOND_MAX + 1);
  });

  it('takes at most half of what the link may send', async () => {
    const { pair, clock } = warmStage({ agents: staff(500), link: { requestsPerSecondMax: 20 } });
    await clock.pass(10_000);
    const sent = pair.end.count('QUERY_AGENT_STATE_REQ') + pair.end.count('SNAPSHOT_DEVICE_REQ');
    expect(sent).toBeLessThanOrEqual(102);
    expect(sent).toBeGreaterThan(90);
  });

  it('has no more enquiries on their way than a slow server answers', async () => {
    const { pair, clock, link, warmUp } = warmStage({ agents: staff(500) });
    pair.onMessage = () => undefined;
    await clock.pass(5_000);
    expect(link.requestsPending).toBe(ENQUIRIES_AT_ONCE_MAX);
    expect(warmUp.progress.underWay).toBe(ENQUIRIES_AT_ONCE_MAX);
  });

  it('does not keep a gate waiting, not even for an agent who is being asked about in spare turns', async () => {
    const { desk, pair, clock } = warmStage({ agents: staff(500), link: { requestsPerSecondMax: 4 } });
    await clock.pass(3_000);
    const under = pair.end.last('QUERY_AGENT_STATE_REQ').AgentID ?? '';
    const looks = Promise.all([desk.look('400'), desk.look('401'), desk.ask(under)]);
    expect(await ended(looks, (ms) => clock.pass(ms), 1_750)).toMatchObject([
      { kind: 'known' },
      { kind: 'known' },
      { kind: 'known' },
    ]);
  });
});

describe('a gate that needs an agent who is being asked about in spare turns', () => {
  it('asks itself, and does not wait until nobody else is in a hurry', async () => {
    const { desk, pair, clock } = warmStage({
      agents: staff(10),
      manner: 'silent',
      link: { requestsPerSecondMax: 1 },
      warmUp: { agents: ['1'] },
    });
    await clock.pass(500);
    expect(pair.end.last('QUERY_AGENT_STATE_REQ')).toMatchObject({ AgentID: '1' });
    expect(pair.end.count('SNAPSHOT_DEVICE_REQ')).toBe(0);
    const asked = desk.ask('1');
    const others = Promise.all(['2', '3', '4', '5', '6', '7'].map((agentId) => desk.look(agentId)));
    expect(await ended(asked, (ms) => clock.pass(ms), 8_500)).toMatchObject({ kind: 'known' });
    await ended(others, (ms) => clock.pass(ms), 10_000);
  });
});

describe('agents who cannot be told of', () => {
  it('are asked about again after a pause, some times, and then left to the gates', async () => {
    const { warmUp, pair, clock, completed } = warmStage({ agents: staff(2) });
    const answer = pair.onMessage;
    let refused = 0;
    pair.onMessage = (message, end) => {
      if (message.name === 'QUERY_AGENT_STATE_REQ' && message.AgentID === '2') {
        refused += 1;
        end.send({ name: 'FAILURE_CONF', InvokeID: message.InvokeID, Status: 99 });
      } else answer(message, end);
    };
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'filling', waiting: 1 });
    await clock.pass(3 * ASK_AGAIN_AFTER_MS);
    expect(refused).toBe(3);
    expect(completed).toHaveLength(1);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', unanswered: 1 });
    await clock.pass(60_000);
    expect(refused).toBe(3);
  });

  it('are done with when the CTI server knows no such agent', async () => {
    const { warmUp, clock } = warmStage({ agents: staff(1), warmUp: { agents: ['9999'] } });
    await clock.pass(1_000);
    expect(warmUp.progress).toMatchObject({ phase: 'complete', agents: 2, unanswered: 0 });
  });
});
