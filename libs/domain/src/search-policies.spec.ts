import { type Agent, unseenAgent } from './agent';
import { decide } from './decide';
import { type AgentEvent } from './event';
import { explore, type Move, type Verdict } from './explore.spec-support';
import { defaultPolicy, type Policy, type Stage } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { confirmed, desktop, nobodyHolds } from './story.spec-support';

/**
 * A policy that changes reaches one process before another. Every step of a loss may be decided by either of two policies
 * then, in any order; the clock goes on by one at any moment. No logout may come earlier than the more patient of the two
 * allows where it began the loss, and never earlier than both; and every loss ends with a logout, since both policies say so.
 */
interface World {
  readonly agent: Agent;
  readonly now: number;
}

const untilMax = 6;
const open = desktop('tab-1');

function policyOf(...stages: readonly [Stage, ...Stage[]]): Policy {
  const graceMs = { bye: 0, lost: 0, serverLost: 0, withoutDesktop: 0, operator: 0 };
  return { ...defaultPolicy, stages, graceMs, retryMs: 0, heldLookMs: 0, issuingMsMax: 0 };
}

const logout = (afterMs: number): Stage => ({ afterMs, action: 'logout', reasonCode: 255 });
const notReady = (afterMs: number): Stage => ({ afterMs, action: 'notReady', reasonCode: 777 });

function searchWith(policies: readonly [Policy, Policy], decideWith = decide): Verdict {
  const earliest = Math.min(...policies.map(({ stages }) => stages.find(({ action }) => action === 'logout')!.afterMs));
  const first = decide(
    unseenAgent({ peripheralId: 1, agentId: '1' }),
    { type: 'desktopOpened', desktop: open },
    0,
    policies[0],
  );
  const movesOf = ({ agent, now }: World): Move<World>[] => {
    const moves: Move<World>[] = [];
    // The loss begins at once: times count from it.
    if (now < untilMax && agent.phase.name !== 'present')
      moves.push({ label: 'time goes on', system: true, unsafe: false, world: { agent, now: now + 1 } });
    for (const [place, policy] of policies.entries()) {
      for (const event of eventsOf(agent)) {
        const { agent: after, commands } = decideWith(agent, event, now, policy);
        const isEarly = commands.some((each) => each.type === 'request' && each.action === 'logout') && now < earliest;
        const label = `${event.type} by process ${String(place)} at ${String(now)}`;
        moves.push({ label, system: true, unsafe: isEarly, world: { agent: after, now } });
      }
    }
    return moves;
  };
  return explore(
    { agent: first.agent, now: 0 },
    movesOf,
    ({ agent: { phase } }) => phase.name === 'settled' && phase.outcome === 'loggedOut',
  );
}

function eventsOf({ epoch, phase }: Agent): AgentEvent[] {
  switch (phase.name) {
    case 'present':
      return [{ type: 'desktopClosed', connection: open.connection, cause: 'lost', seenBy: 's' }];
    case 'grace':
    case 'held':
      return [{ type: 'lastLookAnswered', epoch, facts: calmFacts, look: nobodyHolds }];
    case 'issuing': {
      const became = phase.loss.stage.action === 'logout' ? 'loggedOut' : 'notReady';
      return [{ type: 'outcomeSeen', epoch, attempts: phase.loss.attempts, result: confirmed(became) }];
    }
    case 'unseen':
    case 'settled':
      return [];
  }
}

describe('two policies at once', () => {
  const impatient = policyOf(logout(3));
  const staged = policyOf(notReady(1), logout(4));

  it.each([
    ['a stage that only one of them has', [impatient, staged]],
    ['the same stages at other times', [policyOf(notReady(1), logout(2)), policyOf(notReady(3), logout(5))]],
    ['a logout that is no later than the other’s Not Ready', [policyOf(notReady(3), logout(5)), policyOf(logout(2))]],
    ['stages in the other order', [policyOf(logout(2)), policyOf(notReady(2), logout(3))]],
  ] as const)('never sign out earlier than either allows, and always sign out: %s', (_, policies) => {
    const verdict = searchWith([...policies]);
    expect(verdict).toMatchObject({ unsafe: null, stuck: null });
    expect(verdict.states).toBeGreaterThan(20);
  });

  it('would, if one fixed the time and the other picked the action', () => {
    const careless: typeof decide = (agent, event, now, policy) => {
      const { phase } = agent;
      if (phase.name !== 'grace') return decide(agent, event, now, policy);
      const [stage] = policy.stages;
      return decide({ ...agent, phase: { ...phase, loss: { ...phase.loss, stage } } }, event, now, policy);
    };
    expect(searchWith([impatient, staged], careless).unsafe?.at(-1)).toBe('lastLookAnswered by process 0 at 1');
  });
});
