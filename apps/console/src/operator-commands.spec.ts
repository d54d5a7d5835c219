import { type Agent, type Phase, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { defaultPolicy } from '#domain/policy';
import { command, type CommandParts, type OperatorCommand } from './operator-commands';

const now = 1_000_000;
const key = { peripheralId: 5000, agentId: '1001' };
const desktop = { connection: 'c1', desktopId: 'd1', side: 'secondary', serverId: 's1' } as const;
const loss = aLoss({ epoch: 2, lostAt: now, desktop });

function agentIn(phase: Phase, desktops: Agent['desktops'] = {}): Agent {
  return { ...unseenAgent(key), epoch: 2, desktops, phase };
}

/** Decides as the engine would, with nobody else acting. */
function partsOf(agent: Agent): CommandParts & { events: AgentEvent[] } {
  const events: AgentEvent[] = [];
  return {
    peripheralId: 5000,
    events,
    handle: (_key, event) => {
      events.push(event);
      const decision = decide(agent, event, now, defaultPolicy);
      return Promise.resolve({ agent: decision.agent, changed: decision.agent !== agent });
    },
  };
}

const grace = agentIn({ name: 'grace', loss, dueAt: now + 60_000 });
const held = agentIn({ name: 'held', loss, dueAt: now, reasons: ['massLoss'] });
const present = agentIn({ name: 'present', restore: null }, { c1: desktop });
const issuing = agentIn({
  name: 'issuing', loss, dueAt: now, since: now, deadline: now + 1, pending: null,
}); // prettier-ignore
const settled = agentIn({ name: 'settled', outcome: 'loggedOut', at: now });

describe("an operator's command", () => {
  it('reaches the engine with the name of the operator', async () => {
    const parts = partsOf(grace);
    expect((await command(parts, '1001', 'cancel', 'anna')).outcome).toBe('cancelledByOperator');
    expect(parts.events).toEqual([{ type: 'operatorCancelled', by: 'anna' }]);
  });

  it('releases a held loss, and ends a grace', async () => {
    expect((await command(partsOf(held), '1001', 'release', 'anna')).loss?.released).toBe(true);
    expect((await command(partsOf(grace), '1001', 'logout', 'anna')).dueAt).toBe(now);
  });

  it('orders the logout of an agent of whom nothing is known', async () => {
    const view = await command(partsOf(unseenAgent(key)), '1001', 'logout', 'anna');
    expect(view).toMatchObject({ phase: 'grace', loss: { cause: 'operator', side: null } });
  });

  it('never signs out an agent with an open desktop, and says which', async () => {
    await expect(command(partsOf(present), '1001', 'logout', 'anna')).rejects.toMatchObject({
      code: 'NO_EFFECT',
      message: 'agent 1001 has 1 open desktop on the secondary side: not a ghost, so nobody may sign it out here.',
    });
  });

  it.each<[OperatorCommand, Agent, string]>([
    ['cancel', present, 'agent 1001 has 1 open desktop on the secondary side: there is no loss to cancel.'],
    ['cancel', settled, 'The loss of agent 1001 is settled (loggedOut): there is nothing to cancel.'],
    ['release', grace, 'agent 1001 is in grace, nothing holds its loss: there is nothing to release.'],
    [
      'logout',
      issuing,
      'A request for agent 1001 is on its way; it cannot be called back, and its outcome is awaited.',
    ],
  ])('%s is refused with the reason when it would change nothing', async (ordered, agent, sentence) => {
    await expect(command(partsOf(agent), '1001', ordered, 'anna')).rejects.toMatchObject({ message: sentence });
  });

  it.each<OperatorCommand>(['cancel', 'release'])('%s of an agent without a record says so', async (ordered) => {
    await expect(command(partsOf(unseenAgent(key)), '1001', ordered, 'anna')).rejects.toMatchObject({
      code: 'NO_EFFECT',
      message: `agent 1001 is in no loss: there is nothing to ${ordered}.`,
    });
  });
});
