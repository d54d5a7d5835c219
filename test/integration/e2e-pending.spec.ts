import { type Side } from '#domain/agent';
import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * A call begins between our request and its effect, so the CTI server keeps the change pending until the call ends. An agent
 * who returns meanwhile must not be signed out by it, nor made Not Ready.
 */

/** The CTI server takes so long for a change: the call begins in this time. */
const effectMs = 1_500;
/** The request times out while the call goes on, so what came of it has to be asked. */
const requestTimeoutMs = 2_000;

/** Of an agent's own Not Ready. */
const ownReason = 7;

interface Kind {
  readonly name: string;
  readonly load: 0 | 1;
  readonly mode: 'uccx' | 'ucce';
  readonly hasSupervisor: boolean;
  /** State before the loss. A Ready agent is made Not Ready first, and then that is what stays pending. */
  readonly before: 'READY' | 'NOT_READY';
  /** The request that the CTI server keeps pending; under LOAD 0 a LOGOUT as Not Ready, reason 50002. */
  readonly pending: 'LOGOUT' | 'NOT_READY';
}

const kinds: readonly Kind[] = [
  {
    ...{ name: 'UCCE with a supervisor keeps LOGOUT', load: 1, mode: 'ucce', hasSupervisor: true },
    ...{ before: 'NOT_READY', pending: 'LOGOUT' },
  },
  {
    ...{ name: 'UCCX keeps LOGOUT', load: 1, mode: 'uccx', hasSupervisor: false },
    ...{ before: 'NOT_READY', pending: 'LOGOUT' },
  },
  {
    ...{ name: 'UCCE, LOAD 1, keeps Not Ready', load: 1, mode: 'ucce', hasSupervisor: false },
    ...{ before: 'READY', pending: 'NOT_READY' },
  },
  {
    ...{ name: 'UCCE, LOAD 0, keeps Not Ready in place of LOGOUT', load: 0, mode: 'ucce', hasSupervisor: false },
    ...{ before: 'NOT_READY', pending: 'LOGOUT' },
  },
  {
    ...{ name: 'UCCE, LOAD 0, keeps Not Ready', load: 0, mode: 'ucce', hasSupervisor: false },
    ...{ before: 'READY', pending: 'NOT_READY' },
  },
];

/** One for the kinds with a supervisor and one for the others, whose settings are changed at run time. */
let shared: Site | undefined;
let sharedHasSupervisor = false;

async function siteFor({ hasSupervisor, load, mode }: Kind): Promise<Site> {
  if (shared === undefined || sharedHasSupervisor !== hasSupervisor) {
    await shared?.stop();
    shared = await startSite({
      times: { requestTimeoutMs, issuingMsMax: 2 * requestTimeoutMs + 2_000 },
      env: { SIM_AGENTS: '20', ...(hasSupervisor ? { CTI_SUPERVISOR_ID: '9001' } : {}) },
    });
    sharedHasSupervisor = hasSupervisor;
    await shared.untilIssuable();
  }
  await shared.post('/settings', { load, mode });
  return shared;
}
afterAll(() => shared?.stop());

describe.each(kinds)('a change that is pending behind a call: $name', (kind) => {
  const { load, before, pending } = kind;
  // Agents whom no other kind has touched.
  const [returning = '', ghost = ''] = [1, 2].map((n) => String(1_000 + 2 * kinds.indexOf(kind) + n));
  let site: Site;
  beforeAll(async () => {
    site = await siteFor(kind);
  });

  /** Lost, the request is on its way, and a call begins before it has an effect. Answers the call. */
  async function loseAndCall(agentId: string): Promise<string> {
    await site.signIn(agentId, ...(before === 'READY' ? (['READY'] as const) : []));
    if (before === 'NOT_READY')
      await site.post(`/agents/${agentId}/state`, { state: 'NOT_READY', reasonCode: ownReason });
    const desktop = await site.open(agentId, 'primary');
    for (const side of ['A', 'B'])
      await site.post('/faults', { side, fault: 'answerAfterConf', ms: effectMs, on: true });
    await desktop.bye();
    await waitFor('the request', async () => (await site.requests(agentId)).find(isOurs));
    const { callId } = await site.post('/calls', { agentId, ...(before === 'READY' ? {} : { kind: 'nonAcd' }) });
    await waitFor('the change to be pending', async () =>
      (await site.requests(agentId)).some(({ outcome, stateName }) => outcome === 'pending' && stateName === pending),
    );
    await site.post('/faults', {}, 'DELETE');
    return String(callId);
  }

  const isOurs = ({ stateName }: { stateName: string }): boolean => stateName === pending;

  async function opened(agentId: string, side: Side): Promise<TestDesktop> {
    const desktop = await site.open(agentId, side);
    expect(desktop.opened).toMatchObject({ mustSignIn: false });
    return desktop;
  }

  it('is replaced before the agent, back on the other side, is acknowledged; the end of the call signs nobody out', async () => {
    const callId = await loseAndCall(returning);
    const desktop = await opened(returning, 'secondary');
    await site.post(`/calls/${callId}`, {}, 'DELETE');
    await waitFor('the end of the call', async () => (await site.ctiAgent(returning)).calls.length === 0);
    await pause(effectMs);
    const agent = await site.ctiAgent(returning);
    expect(agent.stateName).not.toBe('LOGOUT');
    if (before === 'READY') expect(agent.stateName).toBe('AVAILABLE');
    else expect(agent).toMatchObject({ stateName: 'NOT_READY', reasonCode: ownReason });
    expect(desktop.closed).toBeUndefined();
    expect((await site.record(returning)).phase.name).toBe('present');
    expect((await site.told(returning)).map(({ entry }) => entry.what)).toContain('outcome');
  });

  it('takes effect when the call ends and nobody has come back: the ghost is out', async () => {
    const callId = await loseAndCall(ghost);
    expect((await site.record(ghost)).phase.name).not.toBe('settled');
    await site.post(`/calls/${callId}`, {}, 'DELETE');
    await site.untilPhase(ghost, 'settled');
    const { stateName } = await site.ctiAgent(ghost);
    expect(stateName).toBe(load === 0 ? 'NOT_READY' : 'LOGOUT');
  });
});
